"""Writes a pack: pack.json and a file per revision."""

import json
import os
import re

from .section import DOWN, UP, Fatal

LONGEST_SLUG = 40


def slug(message):
    """'New Personality Field!' -> 'new_personality_field', cut between words where there are some."""
    made = "_".join(re.findall(r"[a-z0-9]+", message.lower()))
    if len(made) <= LONGEST_SLUG:
        return made
    cut = made.rfind("_", 0, LONGEST_SLUG + 1)
    return made[:cut if cut > 0 else LONGEST_SLUG]


def render(project, revision, up, down):
    lines = ["-- revision: " + revision.revision,
             "-- down_revision: " + (", ".join(project.parents(revision)) or "base")]
    for key, value in (("depends_on", ", ".join(project.depends_on(revision))),
                       ("branch_labels", ", ".join(project.labels(revision))),
                       ("message", project.message(revision))):
        if value:
            lines.append("-- %s: %s" % (key, value))
    text = "\n".join(lines) + "\n"
    for marker, section in (("up", up), ("down", down)):
        if section is down and section.problem:   # no way down, and the file must say so
            text += "\n-- no way down: %s\n" % section.problem
        else:
            option = "" if section.transactional else " transaction:false"
            text += "\n-- migrate:%s%s\n%s" % (marker, option, section.text())
    return text


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
    width = max(4, len(str(len(project.revisions))))
    try:
        os.makedirs(os.path.join(directory, tier))
        with open(os.path.join(directory, "pack.json"), "w", encoding="utf-8") as file:
            json.dump({"name": name, "tiers": [{"name": tier, "kind": "versioned"}]}, file, indent=4)
            file.write("\n")
        for number, revision in enumerate(project.revisions, 1):
            words = filter(None, ("%0*d" % (width, number), revision.revision, slug(project.message(revision))))
            path = os.path.join(directory, tier, "_".join(words) + ".sql")
            with open(path, "w", encoding="utf-8", newline="") as file:   # line ends inside literals stay as they are
                file.write(render(project, revision, *(sections[revision.revision, way] for way in (UP, DOWN))))
    except OSError as error:
        raise Fatal("cannot write \"%s\": %s" % (error.filename, error.strerror)) from error
