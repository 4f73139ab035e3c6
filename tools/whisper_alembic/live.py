"""Runs revisions in a scratch database, by Alembic, and records what the driver sends."""

import re
import secrets
import select
from contextlib import contextmanager

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import sqlalchemy as sa
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep

from .section import DOWN, LEADING_COMMENTS, UP, Fatal, Refused, Section, note_autocommit, reason, tidy

READING = re.compile(r"select|with|values|table|show|explain|\(", re.I)
SETTING = re.compile(r"\bset_config\b", re.I)   # allowed in a read-only transaction, and yet no mere look
# What reaches beyond the database that it is sent to.
CLUSTER_WIDE = re.compile(r"\b((?:create|alter|drop)\s+(?:role|user(?!\s+mapping)|group|database|tablespace)"
                          r"|alter\s+system)\b", re.I)


def wait(connection):
    """Waits for the server in Python, so that a signal is seen at once and not when the statement is done."""
    while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
        reading, writing = ([connection], []) if state == psycopg2.extensions.POLL_READ else ([], [connection])
        select.select(reading, writing, [])


class RecordingCursor(psycopg2.extensions.cursor):
    """Below SQLAlchemy, so that what a revision sends through a cursor of its own is seen, too."""

    def execute(self, query, values=None):
        section = self.connection.section
        if section is None or self.name is not None:   # a named cursor only reads
            return super().execute(query, values)
        sent = self.mogrify(query, values).decode(psycopg2.extensions.encodings[self.connection.encoding])
        bare = sent[LEADING_COMMENTS.match(sent).end():]
        reach = CLUSTER_WIDE.search(bare)
        if reach and (reach.start() == 0 or re.match(r"do\b", bare, re.I)):
            self._refuse("\"%s\" would reach beyond the scratch database" % " ".join(reach[1].upper().split()))
        keep = not READING.match(bare) or SETTING.search(bare) or self._writes(query, values)
        super().execute(query, values)
        if keep:
            section.add(tidy(sent))

    def executemany(self, query, rows):
        for row in rows:
            self.execute(query, row)

    def copy_from(self, *_, **__):
        self._refuse("it copies data through the driver")

    copy_expert = copy_from

    def _refuse(self, why):
        if self.connection.section is not None:
            self.connection.section.problem = why   # kept, because the revision may catch the exception
        raise Refused(why)

    def _writes(self, query, values):
        """Whether a query changes anything: the server knows, and is asked in a read-only (sub)transaction."""
        alone = self.connection.autocommit
        with psycopg2.extensions.cursor(self.connection) as probe:
            probe.execute("BEGIN READ ONLY" if alone else
                          "SAVEPOINT whisper_import; SET LOCAL transaction_read_only = on")
            try:
                probe.execute(query, values)
                written = False
            except psycopg2.Error as error:   # any other error the revision will meet as well
                written = isinstance(error, psycopg2.errors.ReadOnlySqlTransaction)
            probe.execute("ROLLBACK" if alone else
                          "ROLLBACK TO SAVEPOINT whisper_import; RELEASE SAVEPOINT whisper_import")
        return written


class RecordingConnection(psycopg2.extensions.connection):
    section = None   # what is recorded goes here

    def cursor(self, *args, **kwargs):
        kwargs.setdefault("cursor_factory", RecordingCursor)
        return super().cursor(*args, **kwargs)


class Scratch:
    """Databases of this run's own on the server of a URL, gone at the end."""

    def __init__(self, url):
        try:
            self.url = sa.engine.make_url(re.sub(r"^postgres:", "postgresql:", url))
        except sa.exc.ArgumentError as error:
            raise Fatal("invalid URL: %s" % reason(error)) from error
        if self.url.get_backend_name() != "postgresql":
            raise Fatal("the project's database is %s; only PostgreSQL's can be imported" % self.url.get_backend_name())
        self.url = self.url.set(drivername="postgresql+psycopg2")
        self.name = "whisper_import_" + secrets.token_hex(8)
        self.made = []

    def __enter__(self):
        self.main = self._create(self.name)
        return self

    def __exit__(self, *_):
        for name in [*self.made]:
            self._drop(name)

    @contextmanager
    def copy(self):
        """A copy of the main one as it is now."""
        name = self.name + "_down"
        try:
            yield self._create(name, template=self.name)
        finally:
            self._drop(name)

    def _create(self, name, template=None):
        self._on_server("CREATE DATABASE %s%s" % (name, " TEMPLATE " + template if template else ""))
        self.made.append(name)
        return self.url.set(database=name)

    def _drop(self, name):
        if name in self.made:
            self._on_server("DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
            self.made.remove(name)

    def _on_server(self, statement):
        failure = None
        for database in ("postgres", "template1"):   # as createdb does
            engine = sa.create_engine(self.url.set(database=database), poolclass=sa.pool.NullPool,
                                      isolation_level="AUTOCOMMIT")
            try:
                connection = engine.connect()
            except (sa.exc.DBAPIError, psycopg2.Error) as error:
                failure = failure or error
                continue
            with connection:
                try:
                    connection.execute(sa.text(statement))
                    return
                except sa.exc.DBAPIError as error:
                    raise Fatal("%s: %s" % (statement, reason(error))) from error
        raise Fatal("could not connect to \"%s\": %s" % (self.url.set(database="postgres"), reason(failure)))


def run(project, revision, direction, url):
    """One direction of a revision in the database at `url`; an error is the section's problem."""
    section = Section(captured=True)
    connection_class = type("Connection", (RecordingConnection,), {})   # for every connection that the engine makes
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, client_encoding="utf8",
                              connect_args={"connection_factory": connection_class})
    project.point_at(url.render_as_string(hide_password=False))

    def steps(_, context):
        from_script = MigrationStep.upgrade_from_script if direction == UP else MigrationStep.downgrade_from_script
        step = from_script(project.script.revision_map, revision)
        function = step.migration_fn

        def recorded():   # and not what Alembic does with its version table
            connection_class.section = section
            try:
                function()
            finally:
                connection_class.section = None
        step.migration_fn = recorded
        note_autocommit(context, section)
        return [step]

    try:
        with EnvironmentContext(project.config, project.script, fn=steps) as environment:
            with engine.connect() as connection:
                environment.configure(connection=connection, transaction_per_migration=True,
                                      target_metadata=project.metadata)
                environment.run_migrations()
    except (Exception, SystemExit) as error:
        section.fail(error, irreversible=direction == DOWN and isinstance(error, NotImplementedError))
    return section


def capture(project, url, needed):
    """{(revision, direction): Section} for the pairs in `needed`."""
    captured, failed = {}, {}
    last = max(number for number, revision in enumerate(project.revisions) for way in (UP, DOWN)
               if (revision.revision, way) in needed)
    psycopg2.extensions.set_wait_callback(wait)
    with Scratch(url) as scratch:
        for revision in project.revisions[:last + 1]:
            name = revision.revision
            before = [failed[other] for other in project.parents(revision) + project.depends_on(revision)
                      if other in failed]
            up = Section(problem=before[0]) if before else run(project, revision, UP, scratch.main)
            captured[name, UP] = up
            if up.problem:
                failed[name] = before[0] if before else "revision %s before it fails: %s" % (name, up.problem)
                captured[name, DOWN] = Section(problem=before[0] if before else "its upgrade fails: " + up.problem)
            elif (name, DOWN) in needed:
                with scratch.copy() as copy:   # a way down may be missing, or commit half-way
                    captured[name, DOWN] = run(project, revision, DOWN, copy)
    return {key: section for key, section in captured.items() if key in needed}
