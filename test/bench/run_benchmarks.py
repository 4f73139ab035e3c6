#!/usr/bin/python3
"""usage: run_benchmarks.py BINDIR WORK OUTPUT [--quick] [--runs N] [--only PATTERN]

Measures against the server that PGHOST and PGPORT name, and writes OUTPUT.csv and OUTPUT.md. The contenders take
turns: their runs are interleaved, so that whatever else the machine does meets them all alike.
"""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

import bench_flows
import bench_report
from bench_client import TEMPLATE, Client

# A check that fails must not count as a fast one.
ERROR_IF_NOT = (
    "CREATE FUNCTION error_if_not(text, text, text) RETURNS boolean LANGUAGE plpgsql AS"
    " $$BEGIN RAISE EXCEPTION 'not ok: % % %', $1, $2, $3; END$$"
)


def find_tools(npm):
    tools = {}
    if shutil.which("alembic"):
        tools["alembic"] = "alembic"
    for name in ("dbmate", "node-pg-migrate"):
        program = Path(npm) / "node_modules" / ".bin" / name
        if program.exists():
            tools[name] = program
    return tools


def cases(client, work, tools, quick):
    """Each a function, so that its files are made when its turn comes."""
    yield lambda: bench_flows.bundled(client, work, "core tier, 25 tables", "minimal")
    yield lambda: bench_flows.bundled(client, work, "research profile, 108 tables", "research")
    yield lambda: bench_flows.adoption(client, work)
    for count in (100,) if quick else (100, 1000, 5000):
        yield lambda: bench_flows.linear(client, work, tools, count)
    for count in (1000,) if quick else (1000, 10000, 100000):
        yield lambda: bench_flows.registry(client, work, count)


def measure(client, flows, runs, results):
    for run in range(runs):
        for flow in flows[run % len(flows) :] + flows[: run % len(flows)]:
            flow.prepare()
            for step, timed in flow.steps():
                results.append((flow.case, step, flow.contender, run + 1, timed()))
                print(f"{flow.case} | {step} | {flow.contender} | {results[-1][-1].wall:.3f} s", flush=True)
            flow.finish()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("bindir")
    parser.add_argument("work", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--npm", default="")
    parser.add_argument("--planner", type=Path, help="results of the planner's own benchmarks, CSV")
    options = parser.parse_args()

    options.work = options.work.resolve()
    client = Client(options.bindir, options.work)
    client.create(TEMPLATE, "template0")
    client.psql(TEMPLATE, "-c", "CREATE EXTENSION whisper_migrate", "-c", ERROR_IF_NOT)
    tools = find_tools(options.npm)
    results, load = [], [os.getloadavg()[0]]
    for make in cases(client, options.work, tools, options.quick):
        flows = make()
        if re.search(options.only, flows[0].case):
            measure(client, flows, options.runs, results)
        load.append(os.getloadavg()[0])
        # After every case: a long run that is broken off has not been for nothing.
        bench_report.write_csv(options.output.with_suffix(".csv"), results)
        bench_report.write_markdown(options.output.with_suffix(".md"), results, tools, client, load, options.planner)
    client.drop(TEMPLATE)
    print(options.output.with_suffix(".md").read_text())


if __name__ == "__main__":
    sys.exit(main())
