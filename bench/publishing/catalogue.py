"""Which plots there are: of which tables and columns."""

import dataclasses


@dataclasses.dataclass
class Panel:
    table: str
    title: str
    column: str = ""               # of bars; lines go over all columns
    across: str = ""               # what the columns of lines are
    is_logarithmic: bool = False   # bars: linear from 0 to 1
    is_worst: bool = False         # bars: of the worst round, not of the median


TITLES = {
    "dispatch": "CPU time of the master for each connection, us, by load",
    "reload": "A reload under a strict client: longest stall in ms, and what a broken release costs, worst round",
    "start": "From the start of a manager until so many workers are ready",
    "footprint": "Memory of a master with 64 workers, MiB",
    "growth": "What a master costs as its pool and its load grow",
}

BARS = {
    "dispatch": [Panel("dispatch-master", load, load) for load in ["closed", "open", "burst"]],
    "reload": [Panel(f"reload-{boot}", title, column, is_logarithmic=True, is_worst=True)
               for boot, column, title in [("0", "stall, ms", "longest stall, boot 0 s"),
                                           ("2", "stall, ms", "longest stall, boot 2 s"),
                                           ("broken", "failed", "failed, broken release")]],
    "footprint": [Panel(f"footprint-{kind}", title, "64 workers")
                  for kind, title in [("anonymous", "anonymous"), ("private", "private"), ("pss", "PSS"),
                                      ("rss", "RSS")]],
}

RATES = "connections asked for each second"
LINES = {
    "start": [Panel("start", "until ready, ms", across="workers", is_logarithmic=True),
              Panel("start-processor", "CPU time of the manager, ms", across="workers", is_logarithmic=True)],
    "growth": [Panel("growth-workers-memory", "anonymous memory, MiB", across="workers"),
               Panel("growth-workers-cpu", "CPU of the master, us a connection, 1,000/s", across="workers"),
               Panel("growth-rate-cpu", "CPU of the master, us a connection", across=RATES),
               Panel("growth-rate-p99", "p99 until the answer, us", across=RATES, is_logarithmic=True)],
}
