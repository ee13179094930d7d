"""kill -9 of a worker and of the master under a strict client: failed requests, and when all is whole again.

The contestants and the load are those of `reload`, and so are `failed`, `lost on reuse`, `closed idle`,
`stall` and `silence`. What a killed worker had under way nobody can answer: those requests are failed in any
case.

A worker: `whole again` is the time until as many workers as before have loaded the program; it is missing
where that takes longer than 10 s or does not come. The master: the figures are those of the 4 s after it;
`workers after` is how many workers of any kind are alive then, and `serves after` whether a request is
answered. Masters run bare, as without systemd. In a unit of systemd's with `Restart=` they would be started
again after `RestartSec=`; but first systemd ends all processes that are left of the unit (unless it has
another `KillMode=`), so that whatever they have under way is lost, and until the new master listens clients
are refused, if the socket is not systemd's.

martletd is made to be started by systemd, which holds the socket and what its successor needs. That is
measured as it is: its package in a container that boots Debian 12's systemd (`whole again`: until the next
master answers on its control socket with all workers ready, of which `workers after` are those of before).
Its unit has RestartSec=500ms, which is most of that time. In the foreground its workers end with it.
"""

import os
import signal
import time

from harness.place import note
from harness.table import Table
from peers import systemd
from peers.contestants import contestants, versions
from peers.load import loaded, until
from peers.peer import WORKERS
from peers.site import is_alive
from subjects.reload import tell

COMMAND = "bench/run --full survival"
WORKER_SECONDS = 10
MASTER_SECONDS = 4


def add_figures(table, name, kind, event):
    for column, value in [("failed", event["failed"]), ("lost on reuse", event["lost"]),
                          ("closed idle", event["idle_closed"]),
                          ("answered", event["answered"]), ("stall, ms", event["wait_ms"]),
                          ("silence, ms", event["silence_ms"])]:
        table.add(name, kind, column, value)


def kill_worker(peer, setting, table):
    with loaded(peer, setting) as run:
        run.quiet(0.5)
        victim, began = min(run.pids()), time.monotonic()
        os.kill(victim, signal.SIGKILL)
        is_whole = until(lambda: len(run.pids() - {victim}) >= peer.workers, WORKER_SECONDS) is not None
        seconds = time.monotonic() - began
        run.settle(began, 2)
        event = run.client.finish()
        serves = run.server.answers()
        tell(peer, event)
    add_figures(table, peer.name, peer.kind, event)
    table.add(peer.name, peer.kind, "serves after", int(serves))
    if is_whole:
        table.add(peer.name, peer.kind, "whole again, ms", seconds * 1000)


def kill_master(peer, setting, table):
    with loaded(peer, setting) as run:
        run.quiet(0.5)
        workers, began = run.pids(), time.monotonic()
        run.server.process.kill()
        run.settle(began, MASTER_SECONDS)
        # Children of a process that has gone can't be asked for: it is those of before that may be left.
        left = len({pid for pid in workers | run.site.loaded_pids() if is_alive(pid)})
        event = run.client.finish()
        serves = run.server.answers()
        tell(peer, event)
    add_figures(table, peer.name, peer.kind, event)
    table.add(peer.name, peer.kind, "workers after", left)
    table.add(peer.name, peer.kind, "serves after", int(serves))


def outcomes(table):
    """A sentence for each kind of end."""
    def those(serves):
        return ", ".join(name for name, row in table.rows.items()
                         if "whole again, ms" not in row and min(row["serves after"]) == serves) or "none"

    yield f"Orphans serve on, and nobody watches them: {those(1)}."
    yield f"No new client is answered: {those(0)}."


def of_workers(setting, peers):
    table = Table("survival-worker",
                  "kill -9 of one of four workers (haproxy: its one), under a strict client", "", COMMAND)
    for _ in range(setting.choose(1, 3)):
        for peer in peers:
            note(f"{table.name}: {peer.name}")
            kill_worker(peer, setting, table)
    table.notes.append(versions(peers))
    return table


def of_masters(setting, peers):
    table = Table("survival-master",
                  f"kill -9 of the master, and the {MASTER_SECONDS} s after it, under a strict client", "",
                  COMMAND)
    for _ in range(setting.choose(1, 2)):
        for peer in peers:
            note(f"{table.name}: {peer.name}")
            kill_master(peer, setting, table)
    for name, event in systemd.kills(setting, setting.choose(1, 5), MASTER_SECONDS):
        add_figures(table, name, "martlet", event)
        table.add(name, "martlet", "workers after", event["workers"])
        table.add(name, "martlet", "serves after", int(event["serves"]))
        if event["whole_ms"] is not None:
            table.add(name, "martlet", "whole again, ms", event["whole_ms"])
        table.notes += [f"{name}: {event['kinds']}"] if event["kinds"] else []
    table.notes += [*outcomes(table), versions(peers)]
    want(table)
    return table


def want(table):
    for name in (name for name in table.rows if name in systemd.NAMES):
        row = table.rows[name]
        table.want(f"{name}: failed requests in all rounds", sum(row["failed"]), 0)
        table.want(f"{name}: workers missing after it", WORKERS - min(row["workers after"]), 0)


def measure(setting):
    peers = contestants(setting)
    yield of_workers(setting, peers)
    yield of_masters(setting, peers)
