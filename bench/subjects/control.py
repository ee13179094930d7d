"""Answers on the control socket: how soon the whole answer is there, and what 100,000 of them leave behind.

Milliseconds from a call to its whole answer, for a pool of eight, on a connection that stays open and on one
made for each call, against a server in C (bench/limits/echo.c) that answers with the very same bytes and
knows nothing; and, in a full run, supervisor's getAllProcessInfo for eight programs, on a connection each as
its own client makes them. All are asked in turn, 200 calls a round, and each round gives its median and its
99th of a hundred. Before that one connection asks a master that has just started for its status again and
again, and the master's memory is looked at after the first 100 calls and after the last.
"""

import itertools
import pathlib
import socket
import statistics
import time

from harness.accounting import processor_microseconds, status
from harness.control import Control
from harness.place import fail
from harness.pool import pool
from harness.program import compiled
from harness.server import Server
from harness.table import Table, median
from peers import idle as peers

COMMAND = "bench/run --full control"
WORKERS, GOAL_MS, BEFORE = 8, 5, 100


def kept(path, method, calls):
    """The milliseconds of each of so many calls on one connection."""
    client = Control(path)
    for _ in range(calls):
        began = time.perf_counter()
        client.ask(method)
        yield (time.perf_counter() - began) * 1e3
    client.close()


def fresh(path, method, calls):
    """The same with a connection for each."""
    for _ in range(calls):
        began = time.perf_counter()
        client = Control(path)
        client.ask(method)
        client.close()
        yield (time.perf_counter() - began) * 1e3


def ask_supervisor(path):
    """One call as HTTP, as xmlrpc.client makes it, without what that costs here."""
    body = (b"<?xml version='1.0'?><methodCall><methodName>supervisor.getAllProcessInfo</methodName>"
            b"</methodCall>")
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(str(path))
        client.sendall(b"POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\n"
                       b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    if b"</methodResponse>" not in answer:
        fail(f"supervisor answers {answer[:200]!r}")


def supervisor_times(path, calls):
    for _ in range(calls):
        began = time.perf_counter()
        ask_supervisor(path)
        yield (time.perf_counter() - began) * 1e3


def await_path(path, server, seconds=20):
    path, end = pathlib.Path(path), time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > end or server.process.poll() is not None:
            fail(f"{server.name} makes no {path}:\n{server.output()}")
        time.sleep(0.01)


def echo(setting, method, reply):
    """The path of a server in C that answers with these bytes."""
    path, file = setting.directory / f"{method}.socket", setting.directory / f"{method}.reply"
    file.write_bytes(reply)
    await_path(path, setting.keep(Server("echo", [compiled("limits/echo.c"), path, file], 0)))
    return path


def contestants(setting, master, method):
    """Name, kind, column, and what yields the times of so many calls."""
    limit = echo(setting, method, Control(master.control).ask(method))
    for way, kind in [("one connection", kept), ("a connection each", fresh)]:
        for name, rank, path in [("martletd", "martlet", master.control),
                                 ("the same bytes from C", "limit", limit)]:
            yield name, rank, way, lambda calls, kind=kind, path=path: kind(path, method, calls)
    if setting.is_full and method == "Status":
        path = setting.directory / "supervisor.socket"
        server = peers.supervisor(setting, WORKERS, compiled("workers/sleeper.c", "-static"), path)
        if server:
            await_path(path, setting.keep(server))
            yield "supervisor", "peer", "a connection each", lambda calls: supervisor_times(path, calls)


def latency(setting, master, method, rounds, calls):
    title = f"From a call of {method} to its whole answer, a pool of {WORKERS}"
    table = Table(f"control-{method.lower()}", f"{title}, {rounds} rounds of {calls} calls", "ms", COMMAND)
    here = list(contestants(setting, master, method))
    for number, (name, kind, way, times) in itertools.product(range(rounds + 1), here):
        taken = list(times(calls))
        if number > 0:  # the first warms up
            table.add(name, kind, f"{way}, p50", median(taken))
            table.add(name, kind, f"{way}, p99", statistics.quantiles(taken, n=100)[98])
    for way in ["one connection", "a connection each"]:
        table.want(f"p99 of {method}, {way}, ms", median(table.samples("martletd", f"{way}, p99")), GOAL_MS)
    return table


def growth(master, calls):
    """The master's memory after a hundred calls, and after so many."""
    title = f"Memory of the master after {BEFORE} calls of Status and after {calls:,}, and CPU time for each"
    table = Table("control-memory", title, "", COMMAND)
    client = Control(master.control)

    def after(count, when):
        for _ in range(count):
            client.ask("Status")
        table.add("martletd", "martlet", f"RSS {when}, KiB", status(master.pid, "VmRSS"))
        table.add("martletd", "martlet", f"anonymous {when}, KiB", status(master.pid, "RssAnon"))

    after(BEFORE, "before")
    began, spent = time.monotonic(), processor_microseconds(master.pid)
    after(calls, "after")
    table.add("martletd", "martlet", "us of CPU a call", (processor_microseconds(master.pid) - spent) / calls)
    table.add("martletd", "martlet", "calls/s", calls / (time.monotonic() - began))
    client.close()
    grown = [table.samples("martletd", f"anonymous {when}, KiB")[0] for when in ["before", "after"]]
    table.want(f"growth of anonymous memory in {calls:,} calls, KiB", grown[1] - grown[0], 64)
    return table


def measure(setting):
    master = setting.keep(pool("martletd", setting, compiled("workers/sleeper.c", "-static"),
                               pool=f"Workers={WORKERS}\nRolloutSurge={WORKERS}"))
    await_path(master.control, master)
    memory = growth(master, setting.choose(10_000, 100_000))
    for method in ["Status", "Metrics"]:
        yield latency(setting, master, method, setting.choose(5, 20), setting.choose(100, 200))
    yield memory
