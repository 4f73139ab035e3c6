"""Raw figures as CSV; medians and their ratios as a page of Markdown."""

import csv
import json
import os
import platform
import re
import statistics
import subprocess
from pathlib import Path

BASELINE = "psql -1 -f"

INTRODUCTION = """\
# Benchmarks

Written by `make bench` (`QUICK=yes` for a smaller one); raw figures are in [benchmarks.csv](benchmarks.csv).

Everything runs on one private server, each contender on a fresh database that is a copy of the same template, and the
runs of the contenders are interleaved. All of them send the same SQL: psql gets what `whisper_sql()` gives, without
the engine's records; Alembic sends it by `op.execute()` in its one transaction; dbmate and node-pg-migrate have it
in their own files. The engine's figures include reading the files and writing its registry and history.

*Time* is the median wall time of the client, from its start to its end, so psql's own start is in it; *ratio* is
whisper_migrate's against it, and below 1.0 means that whisper_migrate is faster. *Server* is the median processor
time of the backend, which other work on the machine disturbs less. *Statement* is the time of one statement in a
session that does nothing else, loading the module included.
"""


def command(*words):
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ""


def machine(client, tools, load):
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    about = [
        f"{os.cpu_count()} cores, {model.group(1).strip() if model else platform.machine()},"
        f" {int(memory.group(1)) / 1048576:.0f} GB memory; load average {min(load):.1f} to {max(load):.1f}",
        command(client.bindir / "postgres", "--version"),
        command("g++", "--version"),
    ]
    if "alembic" in tools:
        about.append(command("alembic", "--version"))
    if "dbmate" in tools:
        about.append(command(tools["dbmate"], "--version"))
    if "node-pg-migrate" in tools:
        package = tools["node-pg-migrate"].parents[1] / "node-pg-migrate" / "package.json"
        about.append(f"node-pg-migrate {json.loads(package.read_text())['version']}, Node {command('node', '--version')}")
    data = command("stat", "--file-system", "--format=%T", os.environ["PGHOST"])
    settings = "fsync = off, full_page_writes = off, autovacuum = off, max_locks_per_transaction = 1024"
    return [*about, f"the database directory on {data}; {settings}; otherwise the server's defaults"]


def write_csv(path, results):
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["case", "step", "contender", "run", "wall_s", "statement_s", "backend_cpu_s", "backend_peak_kb"])
        for case, step, contender, run, m in results:
            figures = [m.wall, m.statement, m.processor]
            rows.writerow([case, step, contender, run, *(f"{f:.6f}" if f is not None else "" for f in figures), m.memory])


def seconds(value):
    if value is None:
        return ""
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}" if ours is not None and theirs else ""


class Medians:
    def __init__(self, results):
        self.values = {}
        for case, step, contender, _, m in results:
            self.values.setdefault((case, step, contender), []).append(m)

    def of(self, key, attribute):
        figures = [getattr(m, attribute) for m in self.values.get(key, ())]
        return statistics.median(figures) if figures and None not in figures else None

    def keys(self):
        return self.values.keys()


def comparison(medians):
    lines = [
        "| case | step | contender | time | ratio | server | ratio |",
        "|---|---|---|--:|--:|--:|--:|",
    ]
    contested = {key[:2] for key in medians.keys() if key[2] != "whisper_migrate"}
    order = {}
    for key in medians.keys():
        order.setdefault(key[0], {}).setdefault(key[1], []).append(key)
    for case, steps in order.items():
        for step, keys in steps.items():
            if (case, step) not in contested:
                continue
            ours = (case, step, "whisper_migrate")
            for key in sorted(keys, key=lambda k: (k[2] != "whisper_migrate", k[2] != BASELINE)):
                other = key[2] != "whisper_migrate"
                cells = [case if not other else "", step if not other else "", key[2]]
                for attribute in ("wall", "processor"):
                    theirs = medians.of(key, attribute)
                    cells += [seconds(theirs), ratio(medians.of(ours, attribute), theirs) if other else ""]
                lines.append("| " + " | ".join(cells) + " |")
    return lines


def alone(medians):
    lines = ["| case | step | statement | server | peak memory of the backend |", "|---|---|--:|--:|--:|"]
    for key in medians.keys():
        if key[2] != "whisper_migrate":
            continue
        memory = medians.of(key, "memory")
        cells = [key[0], key[1], seconds(medians.of(key, "statement")), seconds(medians.of(key, "processor"))]
        lines.append("| " + " | ".join([*cells, f"{memory / 1024:.0f} MB"]) + " |")
    return lines


def planner(path):
    """Google Benchmark's CSV: what stands before the header is about the machine."""
    lines = ["| benchmark | time |", "|---|--:|"]
    text = path.read_text().splitlines()
    while text and not text[0].startswith("name,"):
        text.pop(0)
    for row in csv.DictReader(line for line in text if not line.startswith("name,") or line is text[0]):
        if row["real_time"] and not row["name"].endswith("_RMS"):
            # Of the growth, _BigO, the unit is what it grows with.
            unit = ("ns · " if row["name"].endswith("_BigO") else "") + row["time_unit"]
            lines.append(f"| `{row['name']}` | {float(row['cpu_time']):.4g} {unit} |")
    return lines


def write_markdown(path, results, tools, client, load, planner_csv):
    medians = Medians(results)
    runs = sorted({len(m) for m in medians.values.values()})
    lines = [INTRODUCTION, "## Machine", ""]
    lines += [f"- {about}" for about in machine(client, tools, load)]
    lines += ["", f"Medians of {' or '.join(map(str, runs))} runs.", "", "## Against other tools", ""]
    lines += comparison(medians)
    lines += ["", "## whisper_migrate's statements", ""]
    lines += alone(medians)
    if planner_csv and planner_csv.exists():
        lines += ["", "## Planner and reader", "", "Without a server: processor time of one call.", ""]
        lines += planner(planner_csv)
    path.write_text("\n".join(lines) + "\n")
