#!/usr/bin/env python3
"""Every state of a rollout, one after the other, and in each what ends a worker or the master.

A state is held open by the workers themselves, which wait for gates: files that are there or not.
In each state, for the first, a middle and the last slot, the worker concerned gets SIGKILL; and, in
another run of it, the master gets SIGTERM. Invariants after each: the reload has a verdict, and it
is the right one; the pool serves with as many workers as wanted, or is stopped with status 0 and
comes up again for the next client; nothing is left over.

Not held: `launching` and `reading`, which are over within one turn of the master.
"""

import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import pool  # noqa: E402
import remains  # noqa: E402
from pool import NotSo  # noqa: E402

GATES = pool.DISK / "gates"
SETTLE_SECONDS = 2  # the state "settling" is as long as that
WAIT_SECONDS = 15
SLOTS = range(pool.WORKERS)
LAST = pool.WORKERS - 1
# Gates hold for as long as a state needs; no timeout of the pool's may end it before.
PATIENT = "TimeoutStartSec=60s\nTimeoutStopSec=60s"


class Release:
    """One version of the program, whose workers wait at gates of their own."""

    def __init__(self, number, settle):
        self.number, self.settle = number, settle

    def configure(self):
        gates = f"--wait-for {GATES}/rise-{self.number} --linger {GATES}/stay-{self.number}"
        pool.configure(self.number, gates, PATIENT, self.settle)

    def let_rise(self, slots=SLOTS):
        for slot in slots:
            (GATES / f"rise-{self.number}.{slot}").touch()

    def hold_back(self, slots=SLOTS):
        for slot in slots:
            (GATES / f"rise-{self.number}.{slot}").unlink(missing_ok=True)

    def have_stay(self, slot):
        (GATES / f"stay-{self.number}.{slot}").touch()

    def open_all(self):
        self.let_rise()
        for slot in SLOTS:
            (GATES / f"stay-{self.number}.{slot}").unlink(missing_ok=True)


class Story:
    """A pool of release `old`, and a reload to `new` that is under way."""

    releases = 0
    last = None

    def __init__(self, settle="100ms"):
        Story.releases += 2
        self.old = Release(Story.releases - 1, "100ms")
        self.new = Release(Story.releases, settle)
        self.reload = None
        Story.last = self

    def begin(self, rising=()):
        """The reload begins; workers of the new release rise in these slots."""
        self.old.configure()
        self.old.let_rise()
        told = pool.run("systemctl", "reload-or-restart", pool.SERVICE, seconds=60)
        if told.returncode or not pool.until(self.is_at_rest, WAIT_SECONDS):
            raise NotSo(f"the old release is up: {told.stderr} {pool.brief(pool.status())}")
        self.before = pool.status()
        self.new.let_rise(rising)
        self.new.configure()
        self.reload = subprocess.Popen(
            ["martletctl", "reload", pool.NAME], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @staticmethod
    def is_at_rest():
        return pool.is_at_rest(pool.status(), pool.WORKERS)

    def worker(self, slot, role, state, is_new):
        """The pid of a worker once there is one that fits.

        One that is starting must have come to its gate: a Python program that gets SIGINT while it
        imports loses it now and then (an exception in a callback is ignored), and would be killed a
        minute later.
        """
        def find():
            report = pool.status() or {"workers": []}
            return next((worker["pid"] for worker in report["workers"]
                         if (worker["slot"], worker.get("role"), worker["state"]) ==
                         (slot, role, state)
                         and (state != "starting" or worker.get("statusText") == "at the gate")
                         and (worker["generation"] > self.before["generation"]) == is_new), None)

        pid = pool.until(find, WAIT_SECONDS)
        if pid is None:
            raise NotSo(f"slot {slot} comes to have a {'new' if is_new else 'old'} {role} that is"
                        f" {state}: {pool.brief(pool.status())}")
        return pid

    def verdict(self):
        """Exit code and words of the reload."""
        try:
            words, _ = self.reload.communicate(timeout=WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.reload.kill()
            self.reload.communicate()
            raise NotSo(f"the reload has a verdict within {WAIT_SECONDS} s") from None
        return self.reload.returncode, words.strip()

    def open_gates(self):
        self.old.open_all()
        self.new.open_all()


# The states. Each is a function of a slot that returns a story held in it and the victim's pid; in
# STATES stands with it what the reload's exit code is if that worker is killed.

def starting(slot):
    """The candidate of the slot is starting; those before it have taken over."""
    story = Story()
    story.begin(rising=range(slot))
    return story, story.worker(slot, "candidate", "starting", True)


def settling(slot):
    """The candidate is ready and must stay so for a while."""
    story = Story(f"{SETTLE_SECONDS}s")
    story.begin(rising=SLOTS)
    return story, story.worker(slot, "candidate", "ready", True)


def leaving(slot):
    """The old worker was asked to stop and has not; its successor serves."""
    story = Story()
    story.old.have_stay(slot)
    story.begin(rising=range(slot + 1))
    return story, story.worker(slot, "leaver", "stopping", False)


def promoted(slot):
    """The same moment, and the worker is the successor."""
    story, _ = leaving(slot)
    return story, story.worker(slot, "incumbent", "ready", True)


def unturned(slot):
    """The first slot's candidate is starting, and this slot's turn has not come."""
    story = Story()
    story.begin()
    story.worker(0, "candidate", "starting", True)
    return story, story.worker(slot, "incumbent", "ready", False)


def going_back(slot):
    """The last slot's candidate has failed, and slot after slot goes back to the old release, whose
    workers may rise before this slot, and not from it on."""
    story = Story()
    story.begin(rising=range(LAST))
    victim = story.worker(LAST, "candidate", "starting", True)
    story.old.hold_back(SLOTS[slot:])
    pool.signal_to(victim, signal.SIGKILL)
    return story


def returning(slot):
    """On the way back: a worker of the old release is starting."""
    story = going_back(slot)
    return story, story.worker(slot, "candidate", "starting", False)


def outgoing(slot):
    """On the way back: the new release's worker serves until the old one's is there."""
    story = going_back(slot)
    story.worker(slot, "candidate", "starting", False)
    return story, story.worker(slot, "incumbent", "ready", True)


STATES = [
    (starting, SLOTS, 1), (settling, SLOTS, 1), (leaving, SLOTS, 0),
    # One that has taken its slot and dies before it has proved itself ends the reload, while that is
    # under way: see RolloutSettleSec= in martlet.conf(5). With the last slot it is not any more.
    (promoted, SLOTS[:-1], 1), (promoted, [LAST], 0), (unturned, SLOTS[1:], 0), (returning, SLOTS[:-1], 1),
    (outgoing, SLOTS[:-1], 1)]


# What happens in a state

def kill_worker(state, slot, expected):
    story, victim = state(slot)
    if pool.ask() is None:
        raise NotSo("the pool serves in this state")
    pool.signal_to(victim, signal.SIGKILL)
    # The master knows of it before the gates open: what comes next is its answer to the death.
    if not pool.until(lambda: victim not in all_pids(), WAIT_SECONDS):
        raise NotSo(f"the killed worker {victim} is forgotten")
    story.open_gates()
    code, words = story.verdict()
    if code != expected:
        raise NotSo(f"the verdict is {expected}, not {code}: {words}")
    if code and not words:
        raise NotSo("a verdict of failure has a reason")
    if not pool.until(story.is_at_rest, WAIT_SECONDS):
        raise NotSo(f"the pool comes to rest: {pool.brief(pool.status())}")
    generations = {worker["generation"] for worker in pool.status()["workers"]}
    is_new = {generation > story.before["generation"] for generation in generations}
    if code == 0 and is_new != {True}:
        raise NotSo(f"after a good verdict all workers are new: {generations}")
    # On the way back a newer worker may keep its slot, where the old release's would not come up.
    if code and state not in (returning, outgoing) and is_new != {False}:
        raise NotSo(f"after a failure all workers are old ones: {generations}")
    if pool.ask() is None:
        raise NotSo("the pool serves afterwards")
    return code


def all_pids():
    return [worker.get("pid") for worker in (pool.status() or {"workers": []})["workers"]]


def stop_master(state, slot, _expected):
    story, _ = state(slot)
    group = "/sys/fs/cgroup" + pool.properties("ControlGroup")["ControlGroup"]
    pool.signal_to(pool.main_pid(), signal.SIGTERM)
    # A master that has gone already, as the last worker had, does not tell.
    is_stopping = pool.until(
        lambda: (report := pool.status()) is None or report["state"] == "stopping", 5)
    if not is_stopping:
        raise NotSo(f"the pool is stopping: {pool.brief(pool.status())}")
    story.open_gates()
    code, words = story.verdict()
    # With the last slot settled the rollout has ended well before the signal.
    is_settled = state in (leaving, promoted) and slot == LAST
    if code == 0 and not is_settled:
        raise NotSo("a reload that a stop cut short has failed")
    if code and not words:
        raise NotSo("a verdict of failure has a reason")
    ended = pool.until(
        lambda: pool.properties("ActiveState").get("ActiveState") in ("inactive", "failed"),
        WAIT_SECONDS)
    if not ended:
        raise NotSo(f"the service ends within {WAIT_SECONDS} s")
    facts = pool.properties("ExecMainCode", "ExecMainStatus")
    if facts != {"ExecMainCode": "1", "ExecMainStatus": "0"}:
        raise NotSo(f"the master exits with 0: {facts}")
    if left := remains.of_pool(group):
        raise NotSo(f"nothing is left over: {left}")
    if pool.ask(seconds=WAIT_SECONDS) is None:
        raise NotSo("the next client starts the pool again")
    # With the new release, whose gates are open.
    if not pool.until(story.is_at_rest, WAIT_SECONDS):
        raise NotSo(f"the pool is whole again: {pool.brief(pool.status())}")
    return code


def abandon(story):
    """Lets go of what is held, so that the next story begins with a whole pool."""
    story.open_gates()
    if story.reload is not None and story.reload.poll() is None:
        story.reload.kill()
        story.reload.communicate()
    pool.until(story.is_at_rest, WAIT_SECONDS)


def play(act, state, slot, expected):
    """Nothing if it went as it should, or a sentence; says so in a line."""
    name, began = f"{act.__name__:<11} {state.__name__:<9} slot {slot}", time.monotonic()
    try:
        code = act(state, slot, expected)
    except NotSo as sentence:
        complaint = f"NOT SO: {name}: {sentence} ({time.monotonic() - began:.1f} s)"
        print(complaint, flush=True)
        abandon(Story.last)
        return complaint
    print(f"- {name}: reload {'succeeds' if code == 0 else f'fails with {code}'},"
          f" {time.monotonic() - began:.1f} s", flush=True)
    return None


def main():
    GATES.mkdir(parents=True, exist_ok=True)
    pool.ACCEPTS.mkdir(exist_ok=True)
    pool.ACCEPTS.chmod(0o1777)
    pathlib.Path("/etc/martlet").mkdir(exist_ok=True)
    Release(0, "100ms").configure()
    for command in (["daemon-reload"], ["enable", "--quiet", "--now", pool.SOCKET]):
        pool.run("systemctl", *command)
    points = [(act, state, slot, expected) for state, slots, expected in STATES
              for act in (kill_worker, stop_master) for slot in slots]
    complaints = [complaint for point in points if (complaint := play(*point))]
    good = len(points) - len(complaints)
    # Once more, where somebody who sees the end of the output only sees them.
    for complaint in complaints:
        print(complaint)
    print(f"> {good} of {len(points)} crash points of a rollout are survived", flush=True)
    return 0 if good == len(points) else 1


if __name__ == "__main__":
    sys.exit(main())
