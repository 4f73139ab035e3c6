"""Databases of the private server, and commands timed against them."""

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = "bench_template"

# From the backend itself, as the last statement of its session: processor time in nanoseconds, peak memory in kB.
STATISTICS = (
    "SELECT 'backend: ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1) || ' ' ||"
    " substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\\s+(\\d+)')"
)


@dataclass
class Measurement:
    wall: float  # seconds, of the client's process
    statement: float = None  # seconds, of the one statement, as psql's \timing has it
    processor: float = None  # seconds, of the backend
    memory: int = None  # kB, peak of the backend, shared buffers it touched included


class Client:
    def __init__(self, bindir, work):
        self.bindir = Path(bindir)
        self.work = Path(work)

    def psql(self, database, *arguments, capture=True):
        command = [self.bindir / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"psql {arguments}: {done.stderr[-2000:]}")
        return done.stdout if capture else None

    def create(self, database, template=TEMPLATE):
        self.drop(database)
        self.psql("postgres", "-c", f"CREATE DATABASE {database} TEMPLATE {template}")

    def drop(self, database):
        self.psql("postgres", "-c", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def timed_psql(self, database, *arguments):
        """One psql, timed from its start to its end; a single statement is timed by psql, too."""
        if "-c" in arguments:
            arguments = ("-c", "\\timing on", *arguments, "-c", "\\timing off")
        began = time.perf_counter()
        out = self.psql(database, *arguments, "-c", STATISTICS)
        wall = time.perf_counter() - began
        times = [float(t) for t in re.findall(r"^Time: ([0-9.]+) ms", out, re.MULTILINE)]
        processor, memory = re.search(r"^backend: (\d+) (\d+)$", out, re.MULTILINE).groups()
        return Measurement(wall, times[-1] / 1000 if len(times) == 1 else None, int(processor) / 1e9, int(memory))

    def timed_tool(self, database, command, cwd=None):
        host = os.environ["PGHOST"]
        environment = {
            **os.environ,
            "PGDATABASE": database,
            "BENCH_URL": f"postgresql+psycopg2://postgres@/{database}?host={host}",
            "DATABASE_URL": f"postgres://postgres@/{database}?host={host}&socket={host}&sslmode=disable",
        }
        began = time.perf_counter()
        done = subprocess.run(
            [str(c) for c in command], cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False,
        )
        wall = time.perf_counter() - began
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stdout[-2000:]}")
        return Measurement(wall)


def without_transaction(script):
    """whisper_sql()'s script without its BEGIN and COMMIT: whoever runs it says how."""
    lines = [line for line in script.splitlines() if line not in ("BEGIN;", "COMMIT;")]
    return "\n".join(lines) + "\n"


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
