"""The Alembic project: its revisions, and what they say of themselves."""

import os
import re

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import to_tuple

from .section import Fatal, reason

NAME = re.compile(r"(?!(?:heads?|base)\Z)[A-Za-z0-9_.-]{1,63}")


class Project:
    def __init__(self, ini):
        if not os.path.isfile(ini):
            raise Fatal("no file \"%s\"; name the project's ini file with --ini" % ini)
        try:
            self.config = Config(ini)
            self.script = ScriptDirectory.from_config(self.config)
            self.revisions = [*self.script.walk_revisions("base", "heads")][::-1]   # predecessors first
        except Exception as error:   # whatever a revision's module raises when it is imported
            raise Fatal("the project of \"%s\" cannot be loaded: %s" % (ini, reason(error))) from error
        if not self.revisions:
            raise Fatal("no revisions in \"%s\"" % self.script.dir)
        self.url = self.config.get_main_option("sqlalchemy.url") or ""
        if self.url.startswith("driver:"):   # as `alembic init` leaves it
            self.url = ""
        self._check_names()
        self.metadata = None   # env.py's target_metadata

    def parents(self, revision):
        return to_tuple(revision.down_revision, default=())

    def depends_on(self, revision):   # may be written as labels or prefixes
        return tuple(self.script.get_revision(name).revision for name in to_tuple(revision.dependencies, default=()))

    def labels(self, revision):   # its own: Script.branch_labels has those of the whole branch
        return sorted(to_tuple(getattr(revision.module, "branch_labels", None), default=()))

    def message(self, revision):
        return " ".join((revision.doc or "").split())

    def point_at(self, url):
        """What a revision finds in the configuration is never the project's own database."""
        self.config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))

    def _check_names(self):
        for revision in self.revisions:
            for name in (revision.revision, *self.labels(revision)):
                if not NAME.fullmatch(name):
                    raise Fatal("invalid name \"%s\" in \"%s\"; revisions and labels have 1 to 63 letters, digits, "
                                "underscores, hyphens and dots, and are not called head, heads or base"
                                % (name, revision.path))
