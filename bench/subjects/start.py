"""How long it takes from the start of a manager until all its workers are ready.

From just before the manager's exec (bench/loads/stopwatch.c) to READY=1. martletd and the limit
(bench/limits/starter.c) are waited for until they themselves say that all workers are ready, in the place
of systemd's NOTIFY_SOCKET. The others know of no readiness: there the workers tell the stopwatch, and
the time ends when the last of them has, whether the manager has noticed or not. All start the same
workers (bench/workers/sleeper.c, linked statically), which say READY=1 first thing and sleep, and start
all at once as far as they can. Each start is a new manager, which has ended with all its workers before
the next one begins. Processor time is of the manager's first thread, without its workers and helpers.
"""

import json
import os
import subprocess

from harness.place import fail
from harness.program import compiled
from harness.table import Table
from peers import starters

WORKERS = [2, 16, 64, 256]
PATIENCE_SECONDS = 30
LIMIT_AT_MOST = 1.3


def contestants(setting):
    yield starters.limit()
    yield starters.martlet()
    yield from starters.s6()
    yield from starters.uwsgi()
    if setting.is_full:
        yield from starters.circus()
        yield from starters.supervisor()


def run(setting, starter, workers):
    """Figures of one start; milliseconds are None if not all were ready."""
    command = [compiled("loads/stopwatch.c"), 1 if starter.tells else workers, PATIENCE_SECONDS,
               int(starter.ending), starter.variable, setting.directory / "stopwatch.socket",
               *starter.command(setting, workers)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(setting.directory), "PYTHONDONTWRITEBYTECODE": "1",
                   "XDG_RUNTIME_DIR": str(setting.directory)}
    with open(setting.directory / "start.log", "w+", encoding="utf-8", errors="replace") as log:
        told = subprocess.run([str(word) for word in command], check=False, env=environment,
                              stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=3 * PATIENCE_SECONDS)
        log.seek(0)
        output = log.read()
    lines = [line for line in output.splitlines() if line.startswith('{"milliseconds":')]
    if told.returncode != 0 or not lines:
        fail(f"{starter.name}, {workers} workers:\n{output}")
    return json.loads(lines[-1])


class Report:
    """The tables, row by row."""

    def __init__(self, command):
        self.time = Table("start", "From the start of a manager until so many workers are ready", "ms",
                          command)
        self.processor = Table("start-processor", "Processor time of the manager until then", "ms", command)
        self.failures = {}

    def add(self, starter, workers, figures):
        column = f"{workers} workers"
        if figures["milliseconds"] is None and starter.tells:
            fail(f"{starter.name} did not start {column} within {PATIENCE_SECONDS} s")
        if figures["milliseconds"] is None:
            self.failures[starter.name, column] = self.failures.get((starter.name, column), 0) + 1
            return
        self.time.add(starter.name, starter.kind, column, figures["milliseconds"])
        self.processor.add(starter.name, starter.kind, column, figures["processor"])

    def finish(self, rounds):
        for (name, column), count in self.failures.items():
            self.time.notes.append(f"{name} had not started {column} within {PATIENCE_SECONDS} s in {count} "
                                   f"of {rounds} rounds, which are not in its figure.")
        for column in self.time.columns:
            ratio = self.time.ratio("martletd", "C", column)
            self.time.want(f"martletd / C, {column}", ratio, LIMIT_AT_MOST)


def measure(setting):
    report = Report("bench/run" + setting.choose("", " --full") + " start")
    chosen = list(contestants(setting))
    for starter in chosen:
        run(setting, starter, WORKERS[0])
    rounds = setting.choose(3, 7)
    for _ in range(rounds):
        for workers in WORKERS:
            for starter in chosen:
                report.add(starter, workers, run(setting, starter, workers))
    report.finish(rounds)
    report.time.notes += [f"{starter.version}." for starter in chosen if starter.version]
    yield report.time
    yield report.processor
