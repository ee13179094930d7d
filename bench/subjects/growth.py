"""Growth of a master's cost: with workers from 2 to 256, with connections a second, with events kept.

With workers: anonymous memory when idle and after 2,000 connections at 1,000/s, the CPU time of idle
seconds, and the CPU time of the master for each connection, under Dispatch=shared and round-robin; workers
in C sleep, or answer one request (bench/workers/http.c), and the limit is a dispatcher in C (bench/limits),
which has up to 64. With connections: an open loop that asks for more each time until less than 0.9 of what
was asked for is served, or one request fails; the load generator shares the processors, so where that is
belongs to the machine, and what a connection costs the master belongs to the master. With events: a pool of
16 that is reloaded again and again; its master keeps the last 1,000 events, and the journal has all of them.
They are counted in what it writes to standard error, which is where they go without a journal.
"""

import json
import subprocess
import time

from harness.accounting import processor_microseconds, status
from harness.control import call
from harness.place import fail, note
from harness.pool import pool
from harness.program import compiled
from harness.server import Server, free_port
from harness.table import Table, median

COMMAND = "bench/run --full growth"
ALL_RATES = [100, 300, 1_000, 2_000, 4_000, 8_000, 12_000, 16_000, 24_000, 32_000]
MOST_OF_LIMIT = 64  # workers that limits/dispatcher.c has room for


def counted(rounds):
    return "1 round" if rounds == 1 else f"{rounds} rounds"


def load(port, rate, count):
    """An open loop; what it says of itself."""
    command = [compiled("loads/connector.c"), port, "open", rate, count]
    result = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True,
                            timeout=120)
    return json.loads(result.stdout)


# Workers

def idle_pool(setting, workers):
    return pool("martletd, idle", setting, compiled("workers/sleeper.c", "-static"),
                pool=f"Workers={workers}\nRolloutSurge=16")


def serving_pool(setting, workers, dispatch):
    lines = f"Workers={workers}\nProtocol=martlet\nDispatch={dispatch}\nRolloutSurge=16"
    return pool(f"martletd, {dispatch}", setting, compiled("workers/http.c"), pool=lines)


def dispatcher(workers):
    port = free_port()
    command = [compiled("limits/dispatcher.c"), port, workers, compiled("workers/http.c")]
    return Server("C dispatcher", command, port)


def await_ready(server, workers, seconds=60):
    """Until all workers of a pool are ready; after that nothing is left to do."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.process.poll() is None:
        try:
            if call(server.control, "Status")["pool"]["ready"] == workers:
                return time.sleep(1)
        except OSError:
            pass
        time.sleep(0.1)
    return fail(f"{server.name} has not {workers} ready workers:\n{server.output()}")


def served(server, kind, workers, tables):
    """What it costs to serve; with the failures, which there should not be."""
    load(server.port, 1_000, 500)
    spent, count = processor_microseconds(server.pid), 2_000
    failures = load(server.port, 1_000, count)["failures"]
    column = f"{workers} workers"
    tables["cpu"].add(server.name, kind, column, (processor_microseconds(server.pid) - spent) / count)
    tables["memory"].add(f"{server.name}, served", kind, column, status(server.pid, "RssAnon") / 1024)
    if failures:
        tables["cpu"].notes.append(f"{server.name} with {column}: {failures} of {count} requests failed.")


def idled(server, workers, tables, seconds):
    column = f"{workers} workers"
    tables["memory"].add(server.name, "martlet", column, status(server.pid, "RssAnon") / 1024)
    spent, woken = processor_microseconds(server.pid), status(server.pid, "voluntary_ctxt_switches")
    time.sleep(seconds)
    spent, woken = (processor_microseconds(server.pid) - spent,
                    status(server.pid, "voluntary_ctxt_switches") - woken)
    tables["idle"].add(server.name, "martlet", f"{column}: ms", spent / 1e3)
    tables["idle"].add(server.name, "martlet", f"{column}: wake-ups", woken)


def with_workers(setting):
    rounds, seconds = setting.choose(1, 3), setting.choose(3, 5)
    names = {"memory": ("Anonymous memory of a master", "MiB"),
             "cpu": ("CPU time of the master for each of 2,000 connections at 1,000/s", "us"),
             "idle": (f"CPU time and wake-ups of a master in {seconds} idle seconds", "")}
    tables = {name: Table(f"growth-workers-{name}", f"{title}, by its number of workers, {counted(rounds)}",
                          unit, COMMAND) for name, (title, unit) in names.items()}
    for _ in range(rounds):
        for workers in setting.choose([2, 64], [2, 4, 16, 64, 256]):
            server = setting.keep(idle_pool(setting, workers))
            await_ready(server, workers)
            idled(server, workers, tables, seconds)
            server.end()
            for policy in ["shared", "round-robin"]:
                server = setting.keep(serving_pool(setting, workers, policy))
                await_ready(server, workers)
                served(server, "martlet", workers, tables)
                server.end()
            if workers <= MOST_OF_LIMIT:
                server = setting.keep(dispatcher(workers)).await_answer()
                served(server, "limit", workers, tables)
                server.end()
    return tables.values()


# Connections

def with_connections(setting):
    rounds, seconds = setting.choose(1, 3), setting.choose(1, 2)
    rates = setting.choose([100, 1_000, 4_000], ALL_RATES)
    names = {"cpu": ("CPU time of the master for each connection", "us"),
             "p99": ("99th of a hundred of the time until the answer", "us"),
             "served": ("Connections that are served each second", "")}
    when = f"two workers, so many connections asked for each second, {counted(rounds)} of {seconds} s"
    tables = {name: Table(f"growth-rate-{name}", f"{title}, {when}", unit, COMMAND)
              for name, (title, unit) in names.items()}
    servers = [(setting.keep(serving_pool(setting, 2, "round-robin")), "martlet"),
               (setting.keep(dispatcher(2)), "limit")]
    for server, _ in servers:
        load(server.await_answer().port, 1_000, 500)
    memory = {server.name: status(server.pid, "RssAnon") for server, _ in servers}
    for _ in range(rounds):
        left = list(servers)
        for rate in rates:
            for server, kind in list(left):
                if not stepped(server, kind, rate, seconds, tables):
                    left.remove((server, kind))
    for server, _ in servers:
        before, after = memory[server.name] / 1024, status(server.pid, "RssAnon") / 1024
        tables["served"].notes.append(f"{server.name}: {before:.2f} MiB of anonymous memory before, "
                                      f"{after:.2f} MiB after the steps.")
        server.end()
    tables["served"].notes.append("A row ends at the first step at which less than 0.9 of it was served.")
    return tables.values()


def stepped(server, kind, rate, seconds, tables):
    """Whether it has kept up."""
    count, column, spent = rate * seconds, f"{rate}/s", processor_microseconds(server.pid)
    figures = load(server.port, rate, count)
    tables["cpu"].add(server.name, kind, column, (processor_microseconds(server.pid) - spent) / count)
    tables["p99"].add(server.name, kind, column, figures["p99"])
    tables["served"].add(server.name, kind, column, (count - figures["failures"]) / figures["seconds"])
    if figures["failures"]:
        note(f"{server.name} at {column}: {figures['failures']} of {count} failed")
        tables["served"].notes.append(f"{server.name} at {column}: {figures['failures']} of {count} failed.")
    return figures["failures"] == 0 and count / figures["seconds"] >= 0.9 * rate


# Events

def with_events(setting):
    title = "A pool of 16 that is reloaded: events told since its start, those still known, and memory"
    table = Table("growth-events", title, "", COMMAND)
    server = setting.keep(idle_pool(setting, 16))
    await_ready(server, 16)
    steps, done = setting.choose([0, 5, 20, 40], [0, 5, 20, 40, 100, 300]), 0
    for step in steps:
        while done < step:
            call(server.control, "Reload")
            done += 1
        remembered(table, server, f"after {step} reloads")
    # Last, as the answer is long, and room for it is made when it is asked for.
    known = call(server.control, "Why")["happenings"]
    table.add("and after a Why", "martlet", "known", len(known))
    remembered(table, server, "and after a Why")
    full, last = (median(table.samples(f"after {step} reloads", "anonymous, KiB"))
                  for step in [steps[2], steps[-1]])
    table.want(f"anonymous memory after {steps[-1]} reloads beyond that after {steps[2]}, the ring full, KiB",
               last - full, 64)
    server.end()
    return table


def remembered(table, server, row):
    told = server.output().splitlines()
    table.add(row, "martlet", "events", sum(line.startswith("martlet ") for line in told))
    table.add(row, "martlet", "anonymous, KiB", status(server.pid, "RssAnon"))
    table.add(row, "martlet", "RSS, KiB", status(server.pid, "VmRSS"))


def measure(setting):
    yield from with_workers(setting)
    yield from with_connections(setting)
    yield with_events(setting)
