"""Renders a revision's SQL without a server."""

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import DDLElement
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BindParameter

from . import refusal
from .section import DOWN, Refused, Section, note_autocommit, reason, tidy

ASKS = "it asks whether it runs offline"


class Unknown:
    """The result of a statement that was only rendered: looking at it means that a server is needed."""

    def __init__(self, connection):
        self._connection = connection

    def __getattr__(self, name):
        self._connection.refuse("it reads the result of a statement")

    __bool__ = __iter__ = __len__ = __getitem__ = lambda self, *_: self.__getattr__("result")


class OfflineConnection(MockConnection):
    """Stands for the connection while a revision is rendered, and renders what Alembic would send."""

    def __init__(self, dialect, section):
        super().__init__(dialect, self.execute)
        self.section = section

    def refuse(self, why):
        self.section.problem = why   # kept, because the revision may catch the exception
        raise Refused(why)

    def execute(self, statement, *values, **named):
        if isinstance(statement, str):   # the driver's rules for % apply to it
            self.refuse("it sends a string to the driver")
        named.pop("execution_options", None)
        if any(values) or named:
            self.refuse("it executes a statement with parameters")
        self.render(statement)
        return Unknown(self)

    def _run_ddl_visitor(self, visitorcallable, element, *args, **kwargs):
        if kwargs.get("checkfirst"):
            self.refuse("it looks whether an object exists (checkfirst)")
        super()._run_ddl_visitor(visitorcallable, element, *args, **kwargs)

    # Takes the place of Alembic's own, which changes tabs inside literals and lets missing values pass as NULL.
    def render(self, statement, execution_options=None, multiparams=(), params=None):
        if multiparams or params:
            self.refuse("it executes a statement with parameters")
        if isinstance(statement, str):
            statement = sa.text(statement)
        if isinstance(statement, DDLElement):
            self.section.add(tidy(str(statement.compile(dialect=self.dialect))))
            return
        for element in visitors.iterate(statement):
            if not isinstance(element, BindParameter):
                continue
            if element.required or isinstance(element.value, (bytes, bytearray, memoryview)):
                self.refuse("parameter \"%s\" has no literal form" % element.key)
        compiled = statement.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True})
        binds = getattr(compiled, "binds", {}).values()
        if getattr(compiled, "prefetch", None) or any(bind.required for bind in binds):
            self.refuse("it inserts values that are only known when it runs")
        self.section.add(str(compiled))


def render(project, revision, direction):
    """One direction of a revision; whatever stands in the way is the section's problem."""
    section = Section()
    project.point_at("")
    try:
        function = getattr(revision.module, direction)
        with EnvironmentContext(project.config, project.script, as_sql=True) as environment:
            environment.configure(dialect_name="postgresql", dialect_opts={"paramstyle": "named"},
                                  target_metadata=project.metadata)
            context = environment.get_context()
            context.dialect._backslash_escapes = False   # standard_conforming_strings is on
            connection = OfflineConnection(context.dialect, section)
            context.connection = context.impl.connection = connection
            context.impl._exec = connection.render
            context.impl.emit_begin = context.impl.emit_commit = lambda: None
            note_autocommit(context, section)
            # What it does offline may be less than what it does in a database.
            environment.is_offline_mode = lambda: connection.refuse(ASKS)
            if "as_sql" in function.__code__.co_names:
                connection.refuse(ASKS)
            with Operations.context(context):
                function()
    except AttributeError as error:
        if isinstance(error.obj, OfflineConnection):
            error = Refused("it uses a connection (%s)" % error.name)
        section.fail(error, irreversible=False)
    except (Exception, SystemExit) as error:
        section.fail(error, irreversible=direction == DOWN and refusal.declined(project, error)
                     and not refusal.asked_whether_offline(project, error))
    return section
