"""The Alembic project: its revisions, and what they say of themselves."""

import os
import re

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError, to_tuple

from .section import Fatal, reason

NAME = re.compile(r"(?!(?:heads?|base)\Z)[A-Za-z0-9_.-]{1,63}")


def package_root(directory):
    """The folder of the outermost package that a folder is in; the folder itself where it is in none."""
    root = directory
    while os.path.isfile(os.path.join(directory, "__init__.py")):
        root, directory = directory, os.path.dirname(directory)
    return root


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
        self.baseline, self.starts = None, []
        self._covered = {}     # what a baseline stands for: {revision: the one of the baseline's that it is part of}
        self.roots = {os.path.dirname(os.path.realpath(ini))} | {   # where the project's own code is
            package_root(os.path.dirname(os.path.realpath(revision.path))) for revision in self.revisions}

    def begin_at(self, baseline):
        """The pack begins with the schema of a database, and goes on with what comes after its revisions."""
        before = {name: self._with_ancestors(name, baseline) for name in baseline.revisions}
        self.baseline = baseline   # of its revisions, an older Alembic keeps some that come before others
        self.starts = [name for name in before if not any(name in before[other] for other in before if other != name)]
        for name in self.starts:
            for ancestor in before[name]:
                self._covered.setdefault(ancestor, name)
        self.revisions = [revision for revision in self.revisions if revision.revision not in self._covered]

    def covered_by(self, start):
        return [name for name, by in self._covered.items() if by == start]

    def parents(self, revision):
        return tuple(name for name in to_tuple(revision.down_revision, default=())
                     if self._covered.get(name, name) == name)

    def depends_on(self, revision):
        parents = self.parents(revision)
        names = [*self._dependencies(revision), *to_tuple(revision.down_revision, default=())]
        names = dict.fromkeys(self._covered.get(name, name) for name in names)   # as a part of which it comes
        return tuple(name for name in names if name not in parents)

    def _dependencies(self, revision):   # may be written as labels or prefixes
        return [self.script.get_revision(name).revision for name in to_tuple(revision.dependencies, default=())]

    def _with_ancestors(self, name, baseline):
        try:
            self.script.get_revision(name)
        except CommandError as error:
            raise Fatal("database \"%s\" stands at \"%s\", which the project does not have"
                        % (baseline.url.database, name)) from error
        found, waiting = set(), [name]
        while waiting:
            revision = self.script.get_revision(waiting.pop())
            if revision.revision not in found:
                found.add(revision.revision)
                waiting += [*to_tuple(revision.down_revision, default=()), *self._dependencies(revision)]
        return found

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
