"""What a project's env.py says of its metadata: a naming convention names the constraints that revisions leave unnamed."""

import logging.config
import os
import re
from contextlib import ExitStack
from unittest import mock

import psycopg2
import sqlalchemy as sa
from alembic.runtime.environment import EnvironmentContext

from .section import reason

GIVEN = re.compile(r"\btarget_metadata\s*=\s*(?!None\b|target_metadata\b)\w")


class Stopped(BaseException):
    """env.py has said what it has to say. No Exception, so that it does not catch it."""


def _stop(*_, **__):
    raise Stopped


def target_metadata(project):
    """(metadata or None, why it is not known or None). Runs env.py as far as it configures the context or would connect."""
    path = os.path.join(project.script.dir, "env.py")
    try:
        with open(path, encoding="utf-8") as file:
            source = file.read()
    except OSError:
        return None, None
    if not GIVEN.search(source):
        return None, None
    given, namespace = {}, {"__name__": "env_py", "__file__": path}

    def configure(*_, **options):
        given.update(options)
        raise Stopped
    project.point_at("")
    problem = None
    with ExitStack() as stack:
        environment = stack.enter_context(EnvironmentContext(project.config, project.script, as_sql=True))
        environment.configure = configure
        for owner, name in ((sa.engine.Engine, "connect"), (sa.engine.Engine, "begin"),
                            (sa.engine.Engine, "raw_connection"), (psycopg2, "connect")):
            stack.enter_context(mock.patch.object(owner, name, _stop))
        for name in ("fileConfig", "dictConfig"):   # nobody asked for its log
            stack.enter_context(mock.patch.object(logging.config, name, lambda *_, **__: None))
        try:
            exec(compile(source, path, "exec"), namespace)
        except Stopped:
            pass
        except (Exception, SystemExit) as error:
            problem = reason(error)
    metadata = given.get("target_metadata", namespace.get("target_metadata"))
    return metadata, None if metadata is not None else problem
