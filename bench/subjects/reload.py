"""Reloads under a strict client: failed requests, the longest stall, and how long until all workers are new.

Four workers (haproxy: its one) under loads/strict.c: at the same time 4 clients with a connection for each
request, 8 that keep theirs and ask every 20 ms, 2 that read 512 KiB slowly, and 12 whose connections rest for
0.9 s between two requests; about 750 requests a second, which leaves both processors mostly idle. First the
load alone, then a reload, for at least as long. Each run is a server started afresh.

`failed` is every request without a whole and right answer, refused and reset ones as well as those that
took more than 5 s. `lost on reuse` are requests at a connection that had answered before and died without a
byte: HTTP lets a client ask again, and this one does, once; but strictly they are failures, too. `closed
idle` are connections that were closed while nothing was asked at them, which is no failure. `stall` is the
longest time for which a client waited for an answer (a slow one: for its next bytes), the second try
included; `silence` the longest time without any answer to anybody. The client takes some 5 % of a processor.

`all new` is when so many workers as before have loaded the program since; `old gone` when, besides, no
process of before is left. What lies between is up to the workers: those in C wait for the next request of
clients that rest, to answer it with `Connection: close`, for 1.5 s at most; uvicorn's take half a second for
what they have not read yet; Node's close connections that rest at once, and lose what is asked at that
moment. Both are shown as parts of boot time and steps as well: a boot is what a worker's own start took, from
its birth until it had loaded (the pause that the release has in it, and its interpreter), the steps are the
workers, one at a time. Where workers load nothing (nginx, haproxy, php-fpm) there is no boot time to vary.

A broken release raises an error as it is loaded; for servers that load nothing it is the configuration
that is broken. `workers after` are those left 6 s after the reload was asked for.
"""

import time

from harness.place import note
from harness.table import Table, median
from peers.contestants import VARIANTS, contestants, versions
from peers.load import loaded, until
from peers.peer import WORKERS

COMMAND = "bench/run --full reload"
MOST_SECONDS = 25
BROKEN_SECONDS = 6
# Seconds a worker takes to load: rounds in short, rounds in full.
BOOTS = {0: (1, 2), 0.5: (1, 2), 2: (0, 1)}
BROKEN_ROUNDS = (0, 1)


def add_figures(table, peer, quiet, event):
    for column, value in [("failed", event["failed"]), ("lost on reuse", event["lost"]),
                          ("closed idle", event["idle_closed"]),
                          ("stall, ms", event["wait_ms"]),
                          ("stall without, ms", quiet["wait_ms"]),
                          ("more, ms", event["wait_ms"] - quiet["wait_ms"]),
                          ("silence, ms", event["silence_ms"])]:
        table.add(peer.name, peer.kind, column, value)


def tell(peer, event):
    """What a table has no room for: which load has failed how, or has waited."""
    note(f"{peer.name}: failed {event['kinds'] or 'none'}; longest waits {event['waits_ms']}")


def times(run, old, began):
    """The seconds until all workers are new, until the old have gone as well, and what a boot took.

    Those that did not come in time, or can't be told, are missing.
    """
    found, workers = {}, run.peer.workers
    if until(lambda: len(run.pids() - old) >= workers, MOST_SECONDS) is None:
        return found
    found["all new, s"] = time.monotonic() - began
    boots = [run.site.boot_seconds(pid) for pid in run.pids() - old] if run.peer.loads_code else []
    if until(lambda: not old & run.pids(), MOST_SECONDS) is not None:
        found["old gone, s"] = time.monotonic() - began
    if boots:
        found["boot, s"] = median(boots)
    return found


def reload(peer, setting, boot, table):
    length = max(2, 2.5 * boot)
    with loaded(peer, setting, boot) as run:
        quiet = run.quiet(length)
        old, began = run.pids(), time.monotonic()
        peer.reload(run.server)
        found = times(run, old, began)
        run.settle(began, length)
        event = run.client.finish()
        tell(peer, event)
    add_figures(table, peer, quiet, event)
    if "old gone, s" not in found:
        table.notes.append(f"{peer.name} had old workers, or too few, {MOST_SECONDS} s after a reload.")
    for column, value in found.items():
        table.add(peer.name, peer.kind, column, value)
        # A boot without a pause is too short, and too much like a disturbance, to divide by.
        if boot and peer.loads_code and column != "boot, s":
            part = value / found["boot, s"] / peer.workers
            table.add(peer.name, peer.kind, f"{column.removesuffix(', s')}, of boot x steps", part)


def break_(peer, setting, table):
    with loaded(peer, setting) as run:
        quiet = run.quiet(1)
        began = time.monotonic()
        peer.break_release(run.site, run.server)
        peer.reload(run.server)
        run.settle(began, BROKEN_SECONDS)
        left = len(run.pids())
        event = run.client.finish()
        serves = run.server.answers()
        tell(peer, event)
    add_figures(table, peer, quiet, event)
    table.add(peer.name, peer.kind, "workers after", left)
    table.add(peer.name, peer.kind, "serves after", int(serves))


def measured(table, peers, rounds, measure_one):
    for _ in range(rounds):
        for peer in peers:
            note(f"{table.name}: {peer.name}")
            measure_one(peer, table)
    table.notes.append(versions(peers))
    want(table)
    return table


def want(table):
    for name, row in table.rows.items():
        if table.kinds[name] != "martlet":
            continue
        table.want(f"{name}: failed requests in all rounds", sum(row["failed"]), 0)
        table.want(f"{name}: requests lost on reuse in all rounds", sum(row["lost on reuse"]), 0)
        table.want(f"{name}: ms that the longest stall is longer by", median(row["more, ms"]), 10)
        for what in ("all new", "old gone"):
            if part := row.get(f"{what}, of boot x steps"):
                table.want(f"{name}: time until {what}, of boot time x steps", median(part), 1.2)
        if "workers after" in row:
            table.want(f"{name}: workers missing after it", WORKERS - min(row["workers after"]), 0)


def measure(setting):
    peers = contestants(setting)
    main = [peer for peer in peers if peer.name not in VARIANTS]
    for boot, rounds in BOOTS.items():
        # Seconds of pause are left to one way of each.
        chosen = peers if boot == 0 else [peer for peer in (peers if boot < 1 else main) if peer.loads_code]
        if setting.choose(*rounds):
            table = Table(f"reload-{boot}",
                          f"A reload with workers that take {boot} s and their own start to load, under a "
                          "strict client", "", COMMAND)
            yield measured(table, chosen, setting.choose(*rounds),
                           lambda peer, table, boot=boot: reload(peer, setting, boot, table))
    if setting.choose(*BROKEN_ROUNDS):
        table = Table("reload-broken", f"A reload to a broken release, {BROKEN_SECONDS} s from when it was "
                      "asked for, under a strict client", "", COMMAND)
        yield measured(table, main, setting.choose(*BROKEN_ROUNDS),
                       lambda peer, table: break_(peer, setting, table))
