"""How evenly connections that stay are spread over workers, and how long requests wait for a processor.

Spread: 200 keep-alive connections, opened all at once or 5 ms apart, with five requests on each; every
answer tells the worker's process id. Shown are the connections of the busiest worker over those of the
least busy (one without any counts as having one), and the coefficient of variation over all workers.
A client has an address of its own: source-hash spreads clients as hashing does.

Waiting: two workers whose handler burns 10 ms of processor time, and 120 requests a second, 60 % of what
the two can do, at random times which are the same for every server; on a new connection each, and on 200
connections that stay and were opened all at once. Latency counts from when a request was due. A server
on fewer than two free processors, and any other load on the machine, makes all of these longer.

Every request without its whole answer, and every connection that a server closes by itself, is failed.
The load generator is bench/loads/visitors.c, the workers bench/workers/{http.c,cluster.js,burning.py}.
nginx has no handler that could burn.
"""

import contextlib
import dataclasses
import json
import statistics
import subprocess

from harness.program import compiled
from harness.table import Table
from peers import acceptors

CONNECTIONS, REQUESTS = 200, 5
SPACINGS = {"at once": 0, "paced": 5}  # ms
BURNING_WORKERS, BURNING_RATE = 2, 120
KEEPING = {"new connections": 0, "kept connections": CONNECTIONS}
QUICK = ["C, shared", "martletd, shared, C workers", "martletd, round-robin, C workers",
         "Node cluster, SCHED_RR", "Node cluster, SCHED_NONE", "nginx"]


def contestants(setting):
    every = [*acceptors.limits(), *acceptors.martlet("C"), *acceptors.node_cluster(),
             *acceptors.martlet("Node"), *acceptors.nginx()]
    if not setting.is_full:
        return [one for one in every if one.name in QUICK]
    return every + list(acceptors.gunicorn())


def visit(server, *words):
    command = [compiled("loads/visitors.c"), server.port, *words]
    told = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True,
                          timeout=120)
    return json.loads(told.stdout)


def counts_of(told, workers):
    """How many each worker had, the busiest first; also those that had none."""
    counts = sorted(told["workers"].values(), reverse=True)
    return counts + [0] * (workers - len(counts))


class Report:
    """The tables, row by row."""

    def __init__(self, command):
        self.spread = Table("fairness-spread", f"{CONNECTIONS} keep-alive connections: those of the busiest "
                            "worker over those of the least busy", "", command)
        self.variation = Table("fairness-variation", "The same connections: coefficient of variation over "
                               "the workers", "%", command)
        self.latency = Table("fairness-latency", f"{BURNING_RATE} requests a second that need 10 ms of "
                             f"processor time each, {BURNING_WORKERS} workers", "ms", command)
        self.failed = Table("fairness-failed", "Requests and connections that failed, in each round", "",
                            command)
        self.spread.notes.append("A worker without any connection counts as having one.")

    def add_spread(self, contestant, column, counts):
        row = contestant.name, contestant.kind
        self.spread.add(*row, column, counts[0] / max(counts[-1], 1))
        self.variation.add(*row, column, 100 * statistics.pstdev(counts) / statistics.mean(counts))

    def add_latency(self, contestant, column, told):
        row = contestant.name, contestant.kind
        self.latency.add(*row, f"{column}, p50", told["p50"] / 1000)
        self.latency.add(*row, f"{column}, p99", told["p99"] / 1000)

    def add_failures(self, contestant, column, count):
        self.failed.add(contestant.name, contestant.kind, column, count)

    def tables(self):
        return [self.spread, self.variation, self.latency, self.failed]


@contextlib.contextmanager
def started(setting, chosen, workers):
    """The contestants with their servers, which end here: eight workers of each are many."""
    with contextlib.ExitStack() as stack:
        own = dataclasses.replace(setting, stack=stack)
        yield [(contestant, contestant.start(own, workers)) for contestant in chosen]


def spread(report, servers, workers, rounds):
    for contestant, server in servers:
        visit(server, "spread", CONNECTIONS, 0, 1)
    for _ in range(rounds):
        for name, spacing in SPACINGS.items():
            for contestant, server in servers:
                told = visit(server, "spread", CONNECTIONS, spacing, REQUESTS)
                column = f"{workers} workers, {name}"
                report.add_spread(contestant, column, counts_of(told, workers))
                report.add_failures(contestant, column, told["failures"])


def burn(report, servers, count, rounds):
    for _ in range(rounds):
        for name, kept in KEEPING.items():
            for contestant, server in servers:
                if contestant.can_burn:
                    told = visit(server, "random", kept, BURNING_RATE, count)
                    report.add_latency(contestant, name, told)
                    report.add_failures(contestant, f"burning, {name}", told["failures"])


def measure(setting):
    report = Report("bench/run" + setting.choose("", " --full") + " fairness")
    chosen = contestants(setting)
    with started(setting, chosen, 8) as servers:
        spread(report, servers, 8, setting.choose(2, 5))
    with started(setting, chosen, 2) as servers:
        spread(report, servers, 2, setting.choose(2, 5))
        burn(report, servers, setting.choose(240, 360), setting.choose(1, 3))
    versions = sorted({contestant.version for contestant in chosen if contestant.version})
    report.spread.notes += [f"{version}." for version in versions]
    yield from report.tables()
