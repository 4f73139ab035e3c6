"""Whether a revision says itself that it has no way down: it has no downgrade(), or one that raises an exception."""

import dis
import os

import psycopg2
import sqlalchemy as sa

from .section import Refused

INSTALLED = {"site-packages", "dist-packages"}
FAILURES = (Refused, sa.exc.SQLAlchemyError, psycopg2.Error)
ASKS_WHETHER_OFFLINE = {"as_sql", "is_offline_mode"}


def missing(revision, direction):
    return not callable(getattr(revision.module, direction, None))


def declined(project, error):
    """Whether code of the project decided to raise `error`. What the server or a library raises is a failure, and so is
    what Python does about an expression, as an index out of range."""
    frames = _frames(error)
    code, offset = frames[-1]
    if not _of_project(project, code):
        return False
    cause = error
    while cause is not None:
        if isinstance(cause, FAILURES):
            return False
        cause = cause.__cause__ or cause.__context__
    return isinstance(error, SystemExit) or any(
        step.offset == offset and step.opname == "RAISE_VARARGS" for step in dis.get_instructions(code))


def asked_whether_offline(project, error):
    """Whether code of the project on the way to `error` looks at how it runs: with a server, it may not raise it."""
    return any(ASKS_WHETHER_OFFLINE & {*code.co_names} for code, _ in _frames(error) if _of_project(project, code))


def _frames(error):
    frames, trace = [], error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code, trace.tb_lasti))
        trace = trace.tb_next
    return frames


def _of_project(project, code):
    path = os.path.realpath(code.co_filename)
    for root in project.roots:
        if os.path.commonpath([root, path]) == root:
            return not INSTALLED & {*os.path.relpath(path, root).split(os.sep)}
    return False
