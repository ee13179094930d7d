"""CPU time of master and workers for each connection, by who accepts it and how it is passed on.

From the kernel's accounting (/proc/PID/task/*/schedstat), in three loads: a closed loop of 64 clients, an
open loop of 2,000 connections a second, and a burst of 2,000 that have all connected before anybody who
accepts looks (they are stopped meanwhile: the master, or the workers where these accept). All servers are
up at the same time, with two workers each, and are measured one after the other in each round, each load
in turn. Clients come from 64 addresses, which source-hash spreads. Latency is that of the load
generator (bench/loads/connector.c): from connecting, in the burst from when the acceptors go on, to the
answer. An answer that is not whole, and any error, counts as failed.

Workers: bench/workers/http.c, which speaks the channel of Protocol=martlet and accepts with
Dispatch=shared; `hello` of Examples, in Swift; bench/workers/cluster.js for Node, the same under Node's
own primary as in a pool. Limits: bench/limits/dispatcher.c accepts and passes on to the same C workers,
bench/limits/node-dispatcher.c to Node's by Node's own channel; under bench/limits/shared.c C workers accept
themselves.
"""

import contextlib
import json
import os
import signal
import subprocess

from harness.accounting import children, processor_microseconds
from harness.place import fail
from harness.program import compiled
from harness.table import Table, median
from peers import acceptors

WORKERS = 2
LOADS = {"closed": (64, 10_000), "open": (2_000, 4_000), "burst": (None, 2_000)}
QUICK = ["C, shared", "C dispatcher", "martletd, shared, C workers", "martletd, round-robin, C workers",
         "Node cluster, SCHED_RR", "C dispatcher, Node workers", "martletd, round-robin, Node workers"]
SHARED_AT_MOST, DISPATCHER_AT_MOST = 0.05, 1.25
NODE_AT_MOST = {"closed": 0.5, "open": 0.5, "burst": 0.125}


def contestants(setting):
    every = [*acceptors.limits(), *acceptors.martlet("C"), *acceptors.martlet("Swift"),
             *acceptors.node_cluster(), *acceptors.martlet("Node")]
    if not setting.is_full:
        return [one for one in every if one.name in QUICK]
    return [one for one in every if "EXCLUSIVE" not in one.name] + list(acceptors.nginx())


def used(pids):
    return sum(processor_microseconds(pid) for pid in pids)


@contextlib.contextmanager
def going_on_afterwards(pids):
    """If the load generator ends in the middle of a burst, nobody stays stopped."""
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def run(contestant, server, load):
    """The figures of one load on one server."""
    number, count = LOADS[load]
    workers = children(server.pid)
    if len(workers) < WORKERS:
        fail(f"{contestant.name}: there are {len(workers)} workers")
    stopped = workers if contestant.has_acceptors else [server.pid]
    parameter = str(number) if number else ",".join(str(pid) for pid in stopped)
    command = [compiled("loads/connector.c"), str(server.port), load, parameter, str(count)]
    before = used([server.pid]), used(workers)
    with going_on_afterwards(stopped if load == "burst" else []):
        told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    after = used([server.pid]), used(workers)
    figures = json.loads(told.stdout)
    return {"master": (after[0] - before[0]) / count, "workers": (after[1] - before[1]) / count,
            "rate": count / figures["seconds"], **figures}


class Report:
    """The tables, row by row."""

    def __init__(self, command):
        self.master = Table("dispatch-master", f"CPU time of the master for each connection, {WORKERS} "
                            "workers", "us", command)
        self.workers = Table("dispatch-workers", "CPU time of the workers for each connection", "us",
                             command)
        self.latency = Table("dispatch-latency", "Time from connecting to the answer", "us", command)
        every = sum(count for _, count in LOADS.values())
        self.rate = Table("dispatch-rate", "Connections a second in the closed loop of 64, and failed ones "
                          f"of all {every:,} in a round", "", command)

    def add(self, contestant, load, figures):
        row = contestant.name, contestant.kind
        self.master.add(*row, load, figures["master"])
        self.workers.add(*row, load, figures["workers"])
        self.latency.add(*row, f"{load}, p50", figures["p50"])
        self.latency.add(*row, f"{load}, p99", figures["p99"])

    def add_round(self, contestant, figures):
        row = contestant.name, contestant.kind
        self.rate.add(*row, "connections/s", figures["closed"]["rate"])
        self.rate.add(*row, "failed", sum(one["failures"] for one in figures.values()))

    def want(self):
        rows = self.master.rows
        for name in rows:
            if name.startswith("martletd, shared"):
                worst = max(median(self.master.samples(name, load)) for load in LOADS)
                self.master.want(f"{name}: us of the master, in the dearest load", worst, SHARED_AT_MOST)
        for load in LOADS:
            self.want_ratio("martletd, round-robin, C workers", "C dispatcher", load, DISPATCHER_AT_MOST)
        for load in LOADS:
            self.want_ratio("martletd, round-robin, Node workers", "C dispatcher, Node workers", load,
                            DISPATCHER_AT_MOST)
        for load in LOADS:
            self.want_ratio("martletd, round-robin, Node workers", "Node cluster, SCHED_RR", load,
                            NODE_AT_MOST[load])

    def want_ratio(self, one, other, load, at_most):
        if one in self.master.rows and other in self.master.rows:
            self.master.want(f"{one} / {other}, {load}", self.master.ratio(one, other, load), at_most)

    def tables(self):
        return [self.master, self.workers, self.latency, self.rate]


def measure(setting):
    report = Report("bench/run" + setting.choose("", " --full") + " dispatch")
    chosen = contestants(setting)
    servers = [(contestant, contestant.start(setting, WORKERS)) for contestant in chosen]
    for contestant, server in servers:
        run(contestant, server, "closed")
    for _ in range(setting.choose(2, 5)):
        figures = {contestant.name: {} for contestant in chosen}
        for load in LOADS:
            for contestant, server in servers:
                figures[contestant.name][load] = run(contestant, server, load)
                report.add(contestant, load, figures[contestant.name][load])
        for contestant in chosen:
            report.add_round(contestant, figures[contestant.name])
    report.want()
    versions = sorted({contestant.version for contestant in chosen if contestant.version})
    report.master.notes += [f"{version}." for version in versions]
    yield from report.tables()
