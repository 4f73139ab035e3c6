"""Databases that are made for an import on a server, and dropped at its end."""

import re
import secrets
from contextlib import contextmanager

import psycopg2
import sqlalchemy as sa

from .section import Fatal, reason


def connection_url(text):
    try:
        url = sa.engine.make_url(re.sub(r"^postgres:", "postgresql:", text))
    except sa.exc.ArgumentError as error:
        raise Fatal("invalid URL: %s" % reason(error)) from error
    if url.get_backend_name() != "postgresql":
        raise Fatal("the project's database is %s; only PostgreSQL's can be imported" % url.get_backend_name())
    return url.set(drivername="postgresql+psycopg2")


class Scratch:
    """Databases of this run's own on the server of a URL, gone at the end."""

    def __init__(self, url, template=None):
        self.url, self.template = connection_url(url), template
        self.name = "whisper_import_" + secrets.token_hex(8)
        self.made = []

    def __enter__(self):
        self.main = self._create(self.name, self.template)
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
