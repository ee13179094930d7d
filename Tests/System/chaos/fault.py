"""What a fault is, and the scene it acts on.

A fault is a generator: it strikes, undoes what it did, and yields the moment from which its
recovery counts, or two, if the pool had to recover while the cause lasted: that one, and the one at
which it had. What it does after that are checks of what recovery alone does not show. Invariant:
whatever it raises, its own harm is undone by then.
"""

import dataclasses
import os
import pathlib
import random
import signal
import subprocess
import time
from collections.abc import Callable

import ledger
import pool
from pool import NotSo

KINDS: dict[str, Callable] = {}

# Those who watch run with priority: what they see late was late. Those who do harm don't.
WATCHERS_NICE = -10
ORDINARY = ["nice", "-n", str(-WATCHERS_NICE)]


def fault(name):
    """Registers a kind of fault by the name it has in the table."""
    def register(function):
        KINDS[name] = function
        return function
    return register


class Skipped(Exception):
    """This machine can't have the fault; the text says why."""


@dataclasses.dataclass
class Scene:
    """The pool between two faults, and what faults note for the ledger and the table."""

    chance: random.Random  # of this fault alone
    name: str = ""
    wanted: int = pool.WORKERS
    release: int = 1
    victims: list = dataclasses.field(default_factory=list)
    gone: set = dataclasses.field(default_factory=set)  # pids that may not serve after this fault
    rolled_out: int = 0
    rolled_back: int = 0

    # Looking

    def report(self):
        # A master at its limit of descriptors answers again a moment after the limit is gone.
        report = pool.until(pool.status, 3)
        if report is None:
            raise NotSo("martletctl status answers within 3 s")
        return report

    def serving(self):
        """Slot and pid of each worker, in order."""
        return sorted(pool.ready_pids(self.report()).items())

    def residents(self):
        """The same once nobody is about to come or go: a rollout that failed may still be on its way
        back, and would replace workers without any fault's doing."""
        if not pool.until(lambda: pool.is_at_rest(pool.status(), self.wanted), pool.REST_SECONDS):
            raise NotSo(f"the pool comes to rest within {pool.REST_SECONDS} s")
        return self.serving()

    def some_worker(self):
        workers = self.serving()
        if not workers:
            raise NotSo("there is a worker to strike")
        return self.chance.choice(workers)

    def asked(self, path):
        answer = pool.ask(path, seconds=3)
        if answer is None:
            raise NotSo(f"the pool answers {path} within 3 s")
        return answer

    @staticmethod
    def master():
        if not (pid := pool.main_pid()):
            raise NotSo("the service has a main process")
        return pid

    # Doing

    def strike(self, pid, number):
        """A signal that ends a worker at once: its clients are explained by this fault."""
        since = time.monotonic()
        pool.signal_to(pid, number)
        self.victims.append(ledger.Victim(self.name, pid, since, time.monotonic()))
        self.gone.add(pid)

    def kill_some_worker(self):
        _, pid = self.some_worker()
        self.strike(pid, signal.SIGKILL)
        return pid

    def pause(self, least, most):
        time.sleep(self.chance.uniform(least, most))

    def deploy(self, arguments="", more=""):
        """Writes the next release, and has it rolled out: whether that went well."""
        self.release += 1
        pool.configure(self.release, arguments, more)
        return self.reload()

    def reload(self):
        told = pool.run("systemctl", "reload", pool.SERVICE, seconds=30)
        if told.returncode == 124:
            raise NotSo("systemctl reload gives its verdict within 30 s")
        if told.returncode == 0:
            self.rolled_out += 1
            self.wanted = pool.WORKERS
        else:
            self.rolled_back += 1
        return told.returncode == 0

    # Checking

    def whole_at(self, where):
        """The moment at which the pool is whole again, while the cause of its trouble lasts."""
        if not pool.until(lambda: self.has_recovered(pool.status()), pool.RECOVERY_SECONDS):
            raise NotSo(f"the pool is whole within {pool.RECOVERY_SECONDS} s {where}")
        return time.monotonic()

    def has_recovered(self, report):
        """All slots are served, by those who may."""
        return pool.is_whole(report, self.wanted) \
            and not self.gone & set(pool.ready_pids(report).values())

    @staticmethod
    def told(word):
        """How often the pool's history has a word, an error's name as a rule."""
        return pool.run("martletctl", "why", pool.NAME).stdout.count(word)

    def has_bitten(self, error, before):
        """A fault that nobody feels tests nothing."""
        told = pool.until(lambda: self.told(error) > before, 2)
        self.holds(f"the fault was felt: {error} is in the pool's history once more", told)

    @staticmethod
    def holds(sentence, value):
        if not value:
            raise NotSo(sentence)

    def same_workers(self, before):
        now = self.serving()
        self.holds(f"the workers are the same: {before}, then {now}", before == now)

    @staticmethod
    def is_gone(pid, seconds, who):
        if not pool.until(lambda: not pool.is_alive(pid), seconds):
            raise NotSo(f"{who} {pid} is gone within {seconds} s")


def remount(mount, **wanted):
    """Another size of a tmpfs: its mount options stay."""
    words = ",".join(["remount", *(f"{name}={value}" for name, value in wanted.items())])
    told = pool.run("mount", "-o", words, mount)
    if told.returncode:
        raise NotSo(f"{mount} can be remounted: {told.stderr.strip()}")


def as_pool_user(*command):
    """A process of the pool's user, outside of its sandbox."""
    return subprocess.Popen(
        [*ORDINARY, "setpriv", "--reuid", "martlet", "--regid", "martlet", "--clear-groups", *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end(process):
    process.terminate()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def descriptors(pid):
    """What a process has open."""
    found = []
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(os.readlink(link))
        except OSError:
            pass  # closed meanwhile
    return found
