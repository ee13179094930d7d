"""Footprint of a master: its memory with 2, 16 and 64 workers, and what it does when nothing happens.

Each master is started alone with workers that sleep, left until it is quiet, and its memory is read from
/proc/PID/smaps_rollup and status; a Martlet then answers a status, reloads five times and is looked at again.
Anonymous memory is what a program has made for itself. Private memory has besides it the pages of
program files that nobody else has mapped at that moment: the kernel may drop them, and a second pool shares
them, so a master that runs alone is charged for its whole program. After that all stand idle at the same
time, and their voluntary context switches and CPU time are counted. The limit is a program in C that starts
the sleepers and waits (bench/limits/keeper.c). nginx, gunicorn and Node's primary have workers of their own
kind, whose memory is not counted.
"""

import functools
import pathlib
import time

from harness.accounting import children, memory_kibibytes, processor_microseconds, status
from harness.control import call
from harness.heartbeats import WATCHDOG_SECONDS, Heartbeats
from harness.place import fail
from harness.pool import pool
from harness.program import compiled
from harness.server import Server
from harness.table import Table
from peers import idle as peers

COMMAND = "bench/run --full footprint"
SIZES = [2, 16, 64]
RELOADS = 5
USED = f"after a status and {RELOADS} reloads"
KINDS = {"private": "Private memory (Private_Clean and Private_Dirty of smaps_rollup)",
         "anonymous": "Anonymous memory (RssAnon)", "PSS": "Proportional memory (PSS)",
         "RSS": "Resident memory (RSS)"}


def martlet(setting, workers, sleeper, environment=None):
    lines = f"Workers={workers}\nRolloutSurge=8"
    return pool("martletd", setting, sleeper, pool=lines, environment=environment)


def contestants(setting):
    """Name, kind, what starts it with so many workers, and with how many."""
    sleeper, keeper = compiled("workers/sleeper.c", "-static"), compiled("limits/keeper.c")
    yield "martletd", "martlet", functools.partial(martlet, setting, sleeper=sleeper), SIZES
    yield "C keeper", "limit", lambda workers: Server("keeper", [keeper, workers, sleeper], 0), SIZES
    sizes = setting.choose(SIZES[:2], SIZES)
    yield "nginx", "peer", functools.partial(peers.nginx, setting), sizes
    yield "Node cluster", "peer", functools.partial(peers.node, setting), sizes
    if setting.is_full:
        yield "supervisor", "peer", functools.partial(peers.supervisor, setting, sleeper=sleeper), sizes
        yield "circus", "peer", functools.partial(peers.circus, setting, sleeper=sleeper), sizes
        yield "gunicorn", "peer", functools.partial(peers.gunicorn, setting), sizes


def await_quiet(server, workers, seconds=60):
    """Until it has its workers, and neither it nor they have done anything for half a second."""
    end = time.monotonic() + seconds
    spent = None
    while time.monotonic() < end:
        family = [server.pid, *children(server.pid)]
        now = sum(processor_microseconds(pid) for pid in family)
        if len(family) > workers and spent is not None and now - spent < 2_000:
            return
        spent = now
        time.sleep(0.5)
        if server.process.poll() is not None:
            break
    fail(f"{server.name} is not quiet with {workers} workers:\n{server.output()}")


def memory(tables, row, kind, workers, pid):
    figures = {**memory_kibibytes(pid), "anonymous": status(pid, "RssAnon")}
    for name, table in tables.items():
        table.add(row, kind, f"{workers} workers", figures[name] / 1024)


def use(master):
    call(master.control, "Status")
    for _ in range(RELOADS):
        call(master.control, "Reload")


def look_at_memory(setting, rounds):
    when = f"with so many workers, {rounds} {'start' if rounds == 1 else 'starts'}"
    tables = {name: Table(f"footprint-{name.lower()}", f"{title} of a master {when}", "MiB", COMMAND)
              for name, title in KINDS.items()}
    for _ in range(rounds):
        for workers in SIZES:
            for name, kind, start, sizes in contestants(setting):
                server = workers in sizes and start(workers=workers)
                if not server:
                    continue
                try:
                    await_quiet(server, workers)
                    memory(tables, name, kind, workers, server.pid)
                    if kind == "martlet":
                        use(server)
                        await_quiet(server, workers)
                        memory(tables, f"{name}, {USED}", kind, workers, server.pid)
                finally:
                    server.end()
    for name in ["private", "anonymous"]:
        for row in [row for row in tables[name].rows if row.startswith("martletd")]:
            samples = tables[name].samples(row, "64 workers")
            tables[name].want(f"{name} memory of {row}, 64 workers, MiB", max(samples), 2)
    return tables.values()


class Idler:
    """A master that nothing is asked of."""

    def __init__(self, name, kind, workers, server, heartbeats=None):
        self.name, self.kind, self.workers, self.server = name, kind, workers, server
        self.heartbeats = heartbeats

    def figures(self):
        """Times that it has gone to sleep, CPU time in ms, and heartbeats."""
        threads = pathlib.Path(f"/proc/{self.server.pid}/task").iterdir()
        switches = sum(status(thread.name, "voluntary_ctxt_switches") for thread in threads)
        beats = self.heartbeats.count if self.heartbeats else 0
        return switches, processor_microseconds(self.server.pid) / 1000, beats


def idlers(setting):
    """All of them, started one after the other."""
    sleeper = compiled("workers/sleeper.c", "-static")
    for workers in SIZES:
        heartbeats = Heartbeats(setting.directory)
        setting.stack.callback(heartbeats.close)
        server = setting.keep(martlet(setting, workers, sleeper, heartbeats.environment))
        yield Idler(f"martletd, WatchdogSec={WATCHDOG_SECONDS}", "martlet", workers, server, heartbeats)
        for name, kind, start, sizes in contestants(setting):
            server = workers in sizes and start(workers=workers)
            if server:
                yield Idler(name, kind, workers, setting.keep(server))


def look_at_idleness(setting, seconds):
    wakeups = Table("footprint-wakeups", f"Times that an idle master woke up in {seconds} s, all its threads "
                    "(voluntary_ctxt_switches)", "", COMMAND)
    cpu = Table("footprint-idle-cpu", f"CPU time of an idle master in {seconds} s (schedstat)", "ms", COMMAND)
    idle = []
    for idler in idlers(setting):
        idle.append(idler)
        await_quiet(idler.server, idler.workers)
    time.sleep(2)
    before = [idler.figures() for idler in idle]
    time.sleep(seconds)
    for idler, (switches, spent, beats) in zip(idle, before):
        switches_then, spent_then, beats_then = idler.figures()
        column, count = f"{idler.workers} workers", switches_then - switches
        wakeups.add(idler.name, idler.kind, column, count)
        cpu.add(idler.name, idler.kind, column, spent_then - spent)
        if idler.kind == "martlet":
            wakeups.want(f"wake-ups of {idler.name}, {column}, beyond {beats_then - beats} heartbeats",
                         max(0, count - (beats_then - beats)), 0)
    return wakeups, cpu


def sizes_of_files(setting):
    table = Table("footprint-size", "Size of what is installed", "MiB", COMMAND)
    table.add("martletd", "martlet", "size", setting.martletd.stat().st_size / (1 << 20))
    if setting.package:
        size = setting.package.stat().st_size / (1 << 20)
        table.add("the package, with martletctl", "martlet", "size", size)
    return table


def measure(setting):
    yield from look_at_memory(setting, setting.choose(1, 3))
    wakeups, cpu = look_at_idleness(setting, setting.choose(15, 60))
    wakeups.notes += peers.versions() if setting.is_full else []
    yield from [wakeups, cpu, sizes_of_files(setting)]
