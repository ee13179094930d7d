"""What became of each request, and which of those that failed a fault of ours explains.

Invariant: a failure is explained only by a worker that we ourselves killed or stopped: it had
accepted the connection (its accept log says so, written before it accepted another), and the
connection broke from that moment on and not later than right after the worker's death. A kill
explains one connection beyond that log, the one it may have been about to note, if no other worker
has noted it and it broke within AT_ONCE.
"""

import collections
import dataclasses
import json
import pathlib
import struct

ACCEPT = struct.Struct("<QIH")  # see worker.py
LATE = 0.5  # how long after a death a client of a busy machine may notice it
AT_ONCE = 0.1
BROKEN = "connection reset", "connection closed"


@dataclasses.dataclass
class Request:
    kind: str
    path: str
    due: float
    end: float
    port: int | None
    begun: float | None  # the connection, so before anybody accepted it
    pid: int | None
    slot: str | None
    generation: str | None
    failure: str | None
    explained_by: str | None = None

    @property
    def seconds(self):
        return self.end - self.due

    @property
    def is_broken(self):
        return self.failure is not None and any(word in self.failure for word in BROKEN)


@dataclasses.dataclass
class Victim:
    """A worker that a fault has killed or stopped."""

    fault: str
    pid: int
    since: float
    # When it was gone; the same moment with SIGKILL.
    until: float
    unnoted: int = 0  # connections beyond its log that it was made responsible for

    def covers(self, moment):
        return self.since <= moment <= self.until + LATE


def read_requests(log):
    with open(log, encoding="utf-8") as file:
        return [Request(*json.loads(line)) for line in file]


class Accepts:
    """Who accepted the connection from a port, and when."""

    def __init__(self, directory):
        self.by_port = collections.defaultdict(list)
        for file in pathlib.Path(directory).iterdir():
            data = file.read_bytes()
            for offset in range(0, len(data) - ACCEPT.size + 1, ACCEPT.size):
                nanoseconds, pid, port = ACCEPT.unpack_from(data, offset)
                self.by_port[port].append((nanoseconds / 1e9, pid))

    def pid(self, request):
        """Of the worker that accepted the request's connection; ports are used again and again."""
        fitting = [pid for moment, pid in self.by_port.get(request.port, ())
                   if request.begun <= moment <= request.end]
        return fitting[0] if fitting else None


def explain(requests, accepts, victims):
    """Names the fault in each failed request that one explains."""
    for request in sorted((r for r in requests if r.is_broken), key=lambda r: r.end):
        pid = accepts.pid(request)
        for victim in victims:
            if pid == victim.pid and victim.covers(request.end):
                request.explained_by = victim.fault
                break
            in_accept = pid is None and victim.unnoted == 0 \
                and victim.since <= request.end and abs(request.end - victim.until) <= AT_ONCE
            if in_accept:
                victim.unnoted += 1
                request.explained_by = victim.fault
                break
