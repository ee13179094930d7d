"""Messages from worker to worker through the master: round trips, news for 64, a counter that two share.

Worker 0 asks worker 1 through the master, the next question when one is answered, or 64 at a time; then one
of 64 workers tells all of them the news, 8 at a time; then two workers add to one counter. Time is from the
first word to the last answer, the master's CPU time from the kernel. Each message is a word in JSON. The
limit is bench/limits/relay.c: socket pairs, and packets passed on unread. Workers in C show what the master
costs, those in Swift and for Node what a program gets. The counters of Protocol=martlet are memory that
workers share, which no peer has: theirs are asked of the master, 64 questions at a time.
"""

import itertools
import shutil
import subprocess
import time

from harness.accounting import processor_microseconds
from harness.install import version
from harness.place import BENCH, OUTPUT, fail, note
from harness.pool import pool
from harness.program import compiled
from harness.server import Server
from harness.table import Table
from harness.director import Director

COMMAND = "bench/run --full messages"
MANY = 64
WAYS = {"alternating": 1, "64 at a time": 64}
_numbers = itertools.count()


class Contestant:
    """A master with its workers, and who directs these."""

    def __init__(self, name, kind, setting, workers, start):
        self.name, self.kind, self.count = name, kind, workers
        path = setting.directory / f"director-{next(_numbers)}"
        self.director = Director(path, name)
        setting.stack.callback(self.director.end)
        self.server = setting.keep(start({"DIRECTOR": str(path)}))
        self.director.await_workers(workers)

    def timed(self, work):
        """Seconds, and the master's CPU time in microseconds."""
        spent, began = processor_microseconds(self.server.pid), time.monotonic()
        work()
        seconds = time.monotonic() - began
        return seconds, processor_microseconds(self.server.pid) - spent

    def end(self):
        self.director.end()
        if self.server.process.returncode is None:
            self.server.end()


def swift_worker():
    """The path of the worker in Swift, which is built if it is missing; None: there is no Swift here."""
    if shutil.which("swift") is None:
        note("no swift: the rows of workers in Swift are left out")
        return None
    words = ["--package-path", BENCH / "workers" / "messenger", "--scratch-path", OUTPUT / "swift",
             "--configuration", "release", "--static-swift-stdlib", "-j", "1"]
    # The plan does not notice a file that has come to the package it depends on, or gone.
    for plan in (OUTPUT / "swift").glob("*.yaml"):
        plan.unlink()
    note("building the worker in Swift")
    subprocess.run(["swift", "build", *words], check=True, stdout=subprocess.DEVNULL)
    return OUTPUT / "swift" / "release" / "messenger"


def contestants(setting, workers):
    """Each is started when it is asked for."""
    program, script = compiled("workers/messenger.c"), BENCH / "workers" / "messenger.js"

    def martlet(name, protocol, command, lines=""):
        def start(environment):
            wish = " ".join(f"{key}={value}" for key, value in environment.items())
            settings = f"Workers={workers}\nProtocol={protocol}\nRolloutSurge=8"
            return pool(name, setting, command, pool=settings, worker_lines=f"Environment={wish}\n{lines}")
        return Contestant(name, "martlet", setting, workers, start)

    relay = compiled("limits/relay.c")
    yield Contestant("C relay, C workers", "limit", setting, workers, lambda environment: Server(
        "relay", [relay, workers, program], 0, environment))
    yield martlet("martletd, C workers", "martlet", program)
    swift, node = setting.is_full and swift_worker(), shutil.which("node")
    if swift:
        yield martlet("martletd, Swift workers", "martlet", swift)
    if not node:
        note("no node: its rows are left out")
        return
    yield Contestant("Node cluster", "peer", setting, workers, lambda environment: Server(
        "Node cluster", [node, script], 0, {**environment, "WORKERS": str(workers)}))
    yield martlet("martletd, Node workers", "node", f"{node} {script}", "ReadyMessage=yes")


def ask(contestant, count, at_a_time):
    return contestant.timed(lambda: contestant.director.ask([0], "ask", count, at_a_time))


def tell(contestant, count):
    everybody = range(contestant.count)
    contestant.director.ask(everybody, "expect", count)

    def work():
        contestant.director.command(0, "tell", count, 8)
        contestant.director.await_answers(everybody)
    return contestant.timed(work)


def value(contestant):
    """What the counter is now. A worker of the relay knows what it was told last: the later one counts."""
    return max(int(answer) for answer in contestant.director.ask([0, 1], "value").values())


def add(contestant, count):
    """Two workers at once; nothing of what they add may be lost."""
    before = value(contestant)
    figures = contestant.timed(lambda: contestant.director.ask([0, 1], "count", count, 64))
    arrived = value(contestant) - before
    if arrived != 2 * count:
        fail(f"{contestant.name}: {2 * count} were added, {arrived} have arrived")
    return figures


def round_trips(setting, table, here, rounds):
    for number in range(rounds + 1):
        for contestant, (way, at_a_time) in itertools.product(here, WAYS.items()):
            count = setting.choose(3_000, 20_000) * (1 if at_a_time == 1 else 3)
            seconds, spent = ask(contestant, count, at_a_time)
            if number > 0:  # the first warms up
                table.add(contestant.name, contestant.kind, f"{way}, /s", count / seconds)
                table.add(contestant.name, contestant.kind, f"{way}, master us", spent / count)


def counting(setting, table, here, rounds):
    for number in range(rounds + 1):
        for contestant in here:
            has_memory = contestant.kind == "martlet" and "Node" not in contestant.name
            count = setting.choose(10_000, 50_000) * (100 if has_memory else 1)
            seconds, spent = add(contestant, count)
            if number > 0:
                table.add(contestant.name, contestant.kind, "increments/s", 2 * count / seconds)
                table.add(contestant.name, contestant.kind, "master us", spent / (2 * count))


def news(setting, table, here, rounds):
    for number in range(rounds + 1):
        for contestant in here:
            count = setting.choose(300, 1_500)
            seconds, spent = tell(contestant, count)
            if number > 0:
                table.add(contestant.name, contestant.kind, "deliveries/s", count * MANY / seconds)
                table.add(contestant.name, contestant.kind, "master us", spent / (count * MANY))


def measure(setting):
    rounds = setting.choose(3, 7)
    each = f"and the master's CPU time for each, {rounds} rounds"
    trips = Table("messages-round-trips", f"Round trips between two workers through the master, {each}", "",
                  COMMAND)
    told = Table("messages-broadcast", f"One worker tells {MANY}: messages delivered, {each}", "", COMMAND)
    counts = Table("messages-counter", f"Increments of one counter by two workers, {each}", "", COMMAND)
    here = list(contestants(setting, 2))
    round_trips(setting, trips, here, rounds)
    counting(setting, counts, here, rounds)
    for contestant in here:
        contestant.end()
    here = list(contestants(setting, MANY))
    news(setting, told, here, rounds)
    for contestant in here:
        contestant.end()
    if shutil.which("node"):
        trips.notes.append(f"Node is {version('node', '--version')}.")
    counts.notes.append("Workers of Protocol=martlet add in memory that they share; others ask the master.")
    return [trips, told, counts]
