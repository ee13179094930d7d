"""One master from its start to its end: what it has open and how much memory, at rest.

Invariant: it is only measured while the pool is at rest, so that two measures can be compared.
"""

import collections
import dataclasses
import re
import time

import pool
from fault import descriptors

# What a master keeps is bounded: 1,000 reasons, the settings of two generations, and the words of 64
# hostile clients at once, whose memory stays with the allocator. It is reached once and then stays.
MOST_GROWTH_KIB = 3072


def kinds(pid):
    """How many descriptors there are of each kind, whatever their numbers and workers are."""
    return collections.Counter(re.sub(r"\d+", "N", name) for name in descriptors(pid))


def memory(pid):
    """Resident memory in KiB: all of it, and what is private."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        facts = dict(line.split(":", 1) for line in file)
    return int(facts["VmRSS"].split()[0]), int(facts["RssAnon"].split()[0])


def zombies():
    """Processes that have ended and that nobody has reaped: pid and name."""
    told = pool.run("ps", "-e", "-o", "pid=,stat=,comm=")
    lines = [line.split(None, 2) for line in told.stdout.splitlines()]
    return [(pid, name) for pid, state, name in lines if state.startswith("Z")]


@dataclasses.dataclass
class Measure:
    pid: int
    descriptors: collections.Counter
    rss: int
    private: int

    @classmethod
    def take(cls, wanted):
        """None if the pool does not come to rest."""
        if not pool.until(lambda: pool.is_at_rest(pool.status(), wanted), pool.REST_SECONDS):
            return None
        pid = pool.main_pid()
        # Visitors of the control socket are let go a moment after they went.
        counts = [kinds(pid)]

        def is_steady():
            counts.append(kinds(pid))
            return counts[-1] == counts[-2]

        pool.until(is_steady, 1, step=0.1)
        return cls(pid, counts[-1], *memory(pid))


class Life:
    """Of one master. It serves until somebody restarts the service."""

    def __init__(self, first, number):
        self.first, self.last, self.number = first, first, number
        self.began = time.monotonic()
        self.seconds = 0

    def end(self, wanted, unexpected_restarts):
        """What is not as it should be, in sentences."""
        last = Measure.take(wanted)
        self.seconds = time.monotonic() - self.began
        if last is None:
            return [f"master {self.number} comes to rest within {pool.REST_SECONDS} s"]
        self.last, wrong = last, []
        if last.pid != self.first.pid:
            wrong.append(f"master {self.number} lives until it is stopped: {self.first.pid} has"
                         f" become {last.pid}")
        if unexpected_restarts:
            wrong.append(f"systemd never has to restart the master: {unexpected_restarts} times")
        if last.descriptors != self.first.descriptors:
            more, fewer = last.descriptors - self.first.descriptors, \
                self.first.descriptors - last.descriptors
            wrong.append(f"master {self.number} has as many descriptors at its end as at its start:"
                         f" more {dict(more)}, fewer {dict(fewer)}")
        growth = last.private - self.first.private
        if growth > MOST_GROWTH_KIB:
            wrong.append(f"master {self.number} grows by {MOST_GROWTH_KIB} KiB at most, not by"
                         f" {growth}")
        return wrong
