"""The schema of a database that Alembic has brought to some revision: what a pack begins with."""

import os
import re
import subprocess
import tempfile

import psycopg2
import sqlalchemy as sa

from .scratch import connection_url
from .section import Fatal, Section, reason

VERSION_TABLES = """
    SELECT pg_catalog.format('%I.%I', nspname, relname)
    FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relname = 'alembic_version' AND relkind IN ('r', 'p')
    ORDER BY pg_class.oid IS NOT DISTINCT FROM pg_catalog.to_regclass('alembic_version') DESC, 1"""
OWN_EXTENSION = re.compile(r" EXTENSION (- )?whisper_migrate\b")   # in pg_restore's list
FOR_PSQL = re.compile(r"^\\(un)?restrict .*\n", re.M)              # around what newer releases write


class Baseline:
    """Read at once, and in one snapshot, so that schema and revisions belong together."""

    def __init__(self, url):
        self.url = connection_url(url)
        engine = sa.create_engine(self.url, poolclass=sa.pool.NullPool, client_encoding="utf8")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                tables = connection.exec_driver_sql(VERSION_TABLES.replace("%", "%%")).scalars().all()
                self.revisions = connection.exec_driver_sql(
                    "SELECT version_num FROM %s ORDER BY 1" % tables[0]).scalars().all() if tables else []
                if not self.revisions:
                    raise Fatal("database \"%s\" stands at no revision of Alembic; \"alembic stamp\" records the one "
                                "that its schema has" % self.url.database)
                snapshot = connection.exec_driver_sql("SELECT pg_catalog.pg_export_snapshot()").scalar()
                self.sql = self._dump(snapshot, tables[0])
        except (sa.exc.DBAPIError, psycopg2.Error) as error:
            raise Fatal("cannot read database \"%s\": %s" % (self.url.database, reason(error))) from error

    def section(self):
        section = Section()
        section.statements.append(self.sql)
        return section

    def load(self, url):
        """Makes the schema in the empty database at `url`."""
        try:
            with sa.create_engine(url, poolclass=sa.pool.NullPool, client_encoding="utf8").connect() as connection:
                connection.connection.cursor().execute(self.sql)
                connection.connection.commit()
        except (sa.exc.DBAPIError, psycopg2.Error) as error:
            raise Fatal("the schema of database \"%s\" cannot be made in a scratch database: %s"
                        % (self.url.database, reason(error))) from error

    def _dump(self, snapshot, version_table):
        uri = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with tempfile.TemporaryDirectory() as directory:
            archive, wanted = os.path.join(directory, "archive"), os.path.join(directory, "wanted")
            _run("pg_dump", "--format=custom", "--schema-only", "--no-owner", "--no-privileges", "--encoding=UTF8",
                 "--snapshot=" + snapshot, "--exclude-table=" + version_table, "--file=" + archive, "--dbname=" + uri)
            entries = _run("pg_restore", "--list", archive).splitlines()
            with open(wanted, "w", encoding="utf-8") as file:
                file.writelines(entry + "\n" for entry in entries if not OWN_EXTENSION.search(entry))
            script = _run("pg_restore", "--no-owner", "--no-privileges", "--use-list=" + wanted, "--file=-", archive)
        return FOR_PSQL.sub("", script).strip()


def _run(*command):
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except FileNotFoundError as error:
        raise Fatal("no program %s; install PostgreSQL's client programs" % command[0]) from error
    except subprocess.CalledProcessError as error:
        raise Fatal(" ".join(error.stderr.decode("utf-8", "replace").split())) from error
    return done.stdout.decode("utf-8")
