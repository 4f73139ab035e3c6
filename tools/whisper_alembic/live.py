"""Runs revisions in a scratch database, by Alembic, and records what the driver sends."""

import re
import select

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import sqlalchemy as sa
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep

from . import refusal
from .scratch import Scratch
from .section import DOWN, LEADING_COMMENTS, UP, Refused, Section, note_autocommit, tidy

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
        section.fail(error, irreversible=direction == DOWN and refusal.declined(project, error))
    return section


def capture(project, url, needed):
    """{(revision, direction): Section} for the pairs in `needed`."""
    captured, failed = {}, {}   # failed: {revision: (the one that it fails with, why)}
    last = max(number for number, revision in enumerate(project.revisions) for way in (UP, DOWN)
               if (revision.revision, way) in needed)
    psycopg2.extensions.set_wait_callback(wait)
    # A dump has what its database has beyond template0.
    with Scratch(url, "template0" if project.baseline else None) as scratch:
        if project.baseline:
            project.baseline.load(scratch.main)
        for revision in project.revisions[:last + 1]:
            name = revision.revision
            before = [failed[other] for other in project.parents(revision) + project.depends_on(revision)
                      if other in failed]
            up = Section.behind(*before[0]) if before else run(project, revision, UP, scratch.main)
            captured[name, UP] = up
            if up.problem:
                failed[name] = before[0] if before else (name, up.problem)
                captured[name, DOWN] = Section.behind(*failed[name])
            elif (name, DOWN) in needed:
                with scratch.copy() as copy:   # a way down may be missing, or commit half-way
                    captured[name, DOWN] = run(project, revision, DOWN, copy)
    return {key: section for key, section in captured.items() if key in needed}
