"""Tells what is not imported: each cause once, with all revisions that it keeps out."""

from .section import DOWN, UP


def _named(revisions):
    return ("revisions " if len(revisions) > 1 else "revision ") + ", ".join(revisions)


def _one_way(project, sections):
    causes = {}
    for revision in project.revisions:
        section = sections[revision.revision, DOWN]
        if section.irreversible:
            causes.setdefault(section.problem, []).append(revision.revision)
    return ["%s %s no way down: %s" % (_named(names), "have" if len(names) > 1 else "has", cause)
            for cause, names in causes.items()]


def _failing(project, sections):
    """({cause: {revision: directions}}, {(root, cause): revisions}): what fails, and what cannot be tried after it."""
    failing, behind = {}, {}
    for revision in project.revisions:
        for way in (UP, DOWN):
            section = sections[revision.revision, way]
            if not section.problem or section.irreversible:
                continue
            if section.root is None:
                failing.setdefault(section.problem, {}).setdefault(revision.revision, []).append(way)
            else:
                names = behind.setdefault((section.root, section.cause), [])
                if revision.revision not in names:
                    names.append(revision.revision)
    return failing, behind


def messages(project, sections):
    """(messages, how many revisions miss something that they have in Alembic)"""
    failing, behind = _failing(project, sections)
    lines = _one_way(project, sections)
    for cause, revisions in failing.items():
        ways = [way for way in (UP, DOWN) if any(way in of_one for of_one in revisions.values())]
        line = "%s cannot be imported: %s: %s" % (_named([*revisions]), " and ".join(ways), cause)
        after = [name for root in revisions for name in behind.pop((root, cause), []) if name not in revisions]
        lines.append(line + ("; nor can what comes after: " + ", ".join(dict.fromkeys(after)) if after else ""))
    for (root, cause), names in behind.items():   # it could be rendered, and they cannot
        lines.append("%s cannot be imported: revision %s fails in the scratch database: %s"
                     % (_named(names), root, cause))
    missing = {name for revisions in failing.values() for name in revisions}
    return lines, len(missing.union(*_failing(project, sections)[1].values()))
