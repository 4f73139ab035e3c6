"""Writes a pack: pack.json and a file per revision."""

import json
import os
import re

from .section import DOWN, UP, Fatal, Section

LONGEST_SLUG = 40


def slug(message):
    """'New Personality Field!' -> 'new_personality_field', cut between words where there are some."""
    made = "_".join(re.findall(r"[a-z0-9]+", message.lower()))
    if len(made) <= LONGEST_SLUG:
        return made
    cut = made.rfind("_", 0, LONGEST_SLUG + 1)
    return made[:cut if cut > 0 else LONGEST_SLUG]


def header(revision, parents, depends_on, labels, message):
    lines = ["-- revision: " + revision, "-- down_revision: " + (", ".join(parents) or "base")]
    for key, value in (("depends_on", ", ".join(depends_on)), ("branch_labels", ", ".join(labels)), ("message", message)):
        if value:
            lines.append("-- %s: %s" % (key, value))
    return "\n".join(lines) + "\n"


def body(up, down):
    text = ""
    for marker, section in (("up", up), ("down", down)):
        if section is down and section.problem:   # no way down, and the file must say so
            text += "\n-- no way down: %s\n" % section.problem
        else:
            option = "" if section.transactional else " transaction:false"
            text += "\n-- migrate:%s%s\n%s" % (marker, option, section.text())
    return text


def baseline_files(project):
    """(revision, message, text): the first makes the schema, the others are heads that it has besides."""
    schema = project.baseline.section() if project.baseline else None
    for name in project.starts:
        first = name == project.starts[0]
        covered = project.covered_by(name)
        labels = sorted({label for each in covered for label in project.labels(project.script.get_revision(each))})
        message = " ".join(("baseline: " + project.message(project.script.get_revision(name))).split())
        down = Section(problem="it stands for the revisions up to %s" % name)
        yield name, message, header(name, (), () if first else project.starts[:1], labels, message) + body(
            schema if first else Section(), down)


def revision_files(project, sections):
    for revision in project.revisions:
        name, message = revision.revision, project.message(revision)
        yield name, message, header(name, project.parents(revision), project.depends_on(revision),
                                    project.labels(revision), message) + body(sections[name, UP], sections[name, DOWN])


def check_output(directory):
    """Raises Fatal where a pack would mix with files that are there."""
    try:
        if os.listdir(directory):
            raise Fatal("directory \"%s\" is not empty; choose another with --output" % directory)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Fatal("cannot write to \"%s\": %s" % (directory, error.strerror)) from error


def write(project, sections, directory, tier):
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", os.path.basename(os.path.abspath(directory)))[:63] or "alembic"
    files = [*baseline_files(project), *revision_files(project, sections)]
    width = max(4, len(str(len(files))))
    try:
        os.makedirs(os.path.join(directory, tier))
        with open(os.path.join(directory, "pack.json"), "w", encoding="utf-8") as file:
            json.dump({"name": name, "tiers": [{"name": tier, "kind": "versioned"}]}, file, indent=4)
            file.write("\n")
        for number, (revision, message, text) in enumerate(files, 1):
            words = filter(None, ("%0*d" % (width, number), revision, slug(message)))
            path = os.path.join(directory, tier, "_".join(words) + ".sql")
            with open(path, "w", encoding="utf-8", newline="") as file:   # line ends inside literals stay as they are
                file.write(text)
    except OSError as error:
        raise Fatal("cannot write \"%s\": %s" % (error.filename, error.strerror)) from error
