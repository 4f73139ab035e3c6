"""What a direction of a revision sends to the server, on its way into a file."""

import re

import psycopg2
import sqlalchemy as sa
from alembic.util import CommandError

UP, DOWN = "upgrade", "downgrade"
LEADING_COMMENTS = re.compile(r"(\s+|--[^\n]*(\n|$)|/\*.*?\*/)*", re.S)
TRANSACTION = re.compile(r"(begin|start\s+transaction|commit|end)(\s+(work|transaction))?\s*;*", re.I)
SAVEPOINT = re.compile(r"(savepoint|release(?:\s+savepoint)?|rollback\s+to(?:\s+savepoint)?)\s+\"?(\w+)\"?\s*;*", re.I)
VERSION_TABLE = re.compile(r"(alter\s+table|insert\s+into|update|delete\s+from|comment\s+on\s+\w+|drop\s+table)\s+"
                           r"(if\s+exists\s+|only\s+)*(\"?\w+\"?\.)?\"?alembic_version\b", re.I)
QUOTED = re.compile(r"""([eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$).*?\2"""
                    r"""|--[^\n]*|/\*.*?\*/)""", re.S)
MARKER = re.compile(r"^\s*--\s*migrate:", re.M | re.I)


class Refused(Exception):
    """A revision does what cannot be imported this way; the message says what."""


class Fatal(Exception):
    """Nothing can be imported; the message says why."""


def reason(error):
    """The first line of what an exception says, the server's own words where they are its."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    text = lines[0] if lines else ""
    if isinstance(error, (Refused, CommandError, sa.exc.DBAPIError, psycopg2.Error)):
        return text
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__


class Section:
    """What one direction of a revision sends to the server."""

    def __init__(self, problem=None, captured=False, irreversible=False):
        self.problem = problem             # why there is nothing to import
        self.captured = captured           # in a live run
        self.irreversible = irreversible   # the revision says so itself
        self.root = self.cause = None      # the revision whose failure keeps this one from running, and its cause
        self.transactional = True
        self.statements, self._savepoints = [], []

    @classmethod
    def behind(cls, root, cause):
        section = cls(problem="revision %s fails in the scratch database: %s" % (root, cause))
        section.root, section.cause = root, cause
        return section

    def fail(self, error, irreversible):
        """What was noted first is the cause."""
        self.problem = self.problem or reason(error)
        self.irreversible = irreversible

    def add(self, statement):
        sql = statement.strip()
        bare = sql[LEADING_COMMENTS.match(sql).end():]
        if not bare.strip(";"):
            return
        if TRANSACTION.fullmatch(bare):   # the way around a transaction before Alembic had autocommit_block()
            self.transactional = False
            return
        if VERSION_TABLE.match(bare):     # the engine keeps its own record
            return
        savepoint = SAVEPOINT.fullmatch(bare)
        if savepoint is None:
            self.statements.append(sql)
        else:
            self._savepoint(savepoint[1].lower(), savepoint[2])

    def _savepoint(self, verb, name):
        """Savepoints are not written: what was rolled back is taken out instead."""
        if verb.startswith("savepoint"):
            self._savepoints.append((name, len(self.statements)))
            return
        while self._savepoints:
            started, length = self._savepoints.pop()
            if started == name:
                if verb.startswith("rollback"):
                    del self.statements[length:]
                    self._savepoints.append((started, length))
                return

    def text(self):
        if self.problem:
            return "-- not imported: %s\n" % self.problem
        note = "-- recorded from a run in a scratch database\n" if self.captured and self.statements else ""
        return note + "".join(terminated(statement) + "\n" for statement in self.statements)


def terminated(statement):
    if "--" in statement.rsplit("\n", 1)[-1]:   # a semicolon there might be in a comment
        return statement + "\n;"
    return statement if statement.endswith(";") else statement + ";"


def tidy(sql):
    """Tabs and trailing blanks, which SQLAlchemy puts into its DDL, taken out everywhere but in quotes and comments."""
    pieces, end = [], 0
    for quoted in QUOTED.finditer(sql):
        pieces += [_tidy_plain(sql[end:quoted.start()]), quoted[0]]
        end = quoted.end()
    return "".join(pieces) + _tidy_plain(sql[end:])


def _tidy_plain(sql):
    return re.sub(r" +\n", "\n", sql.replace("\t", "    "))


def note_autocommit(context, section):
    """What autocommit_block() surrounds cannot run in a transaction, and so its section cannot."""
    original = context.autocommit_block

    def autocommit_block():
        section.transactional = False
        return original()
    context.autocommit_block = autocommit_block
