#!/usr/bin/env python3
"""A pool under faults and load, inside of a container that has the package installed.

    soak.py --seconds N --seed N [--only WORD]

It sets the pool up, has strict clients ask it all the time, and strikes it with one fault after the
other, in an order, at moments and with details that the seed decides. It leaves its logs in
/srv/chaos, prints a table, and exits with 0 only if every invariant held. It ends by itself, at most
WIND_DOWN_SECONDS after the time asked for.
"""

import argparse
import dataclasses
import os
import random
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True

import faults_of_operators  # noqa: E402,F401  (each registers its kinds)
import faults_of_strangers  # noqa: E402,F401
import faults_of_the_system  # noqa: E402,F401
import faults_of_workers  # noqa: E402,F401
import journal  # noqa: E402
import ledger  # noqa: E402
import master  # noqa: E402
import pool  # noqa: E402
import remains  # noqa: E402
import table  # noqa: E402
from fault import KINDS, WATCHERS_NICE, Scene, Skipped, end  # noqa: E402

WIND_DOWN_SECONDS = 60
RATES = 80, 80, 2.5  # requests a second: new connections, keep-alive, slow readers
REQUESTS = pool.DISK / "requests.jsonl"
JOURNAL = pool.DISK / "journal.jsonl"
EVENTS = pool.DISK / "faults.txt"
ENDS_MASTER = {
    "systemctl restart", "kill -9 of the master", "systemctl stop, and the next client starts it"}


@dataclasses.dataclass
class Outcome:
    """What became of one fault."""

    name: str
    at: float
    recovery: float | None = None
    skipped: str | None = None
    wrong: str | None = None

    @property
    def is_late(self):
        return self.recovery is not None and self.recovery > pool.RECOVERY_SECONDS


def schedule(seed, only):
    """Endless: a kind, the pause before it, and its own source of chance. Every kind comes once
    before any comes again; of those that have the word `only` in their names."""
    chance = random.Random(f"martlet {seed}")
    while True:
        deck = sorted(name for name in KINDS if only in name)
        chance.shuffle(deck)
        for name in deck:
            yield name, chance.uniform(0.05, 0.8), random.Random(chance.getrandbits(64))


class Soak:
    def __init__(self, chosen):
        self.seconds, self.seed, self.only = chosen.seconds, chosen.seed, chosen.only
        self.scene = Scene(random.Random(0))
        self.outcomes, self.lives, self.wrong = [], [], []
        self.began = time.monotonic()
        self.events = open(EVENTS, "w", encoding="utf-8")
        self.follower = self.client = self.life = None

    def say(self, text):
        line = f"{time.monotonic() - self.began:8.2f} {text}"
        print(line, file=self.events, flush=True)

    def complain(self, sentence):
        self.wrong.append(sentence)
        self.say(f"NOT SO: {sentence}")
        print(f"NOT SO: {sentence}", flush=True)

    # Before

    def set_up(self):
        pool.ACCEPTS.mkdir(exist_ok=True)
        pool.ACCEPTS.chmod(0o1777)
        pool.CONFIGURATION.parent.mkdir(exist_ok=True)
        pool.configure(self.scene.release)
        self.follower_file = open(JOURNAL, "w", encoding="utf-8")
        self.follower = journal.follow(self.follower_file)
        for command in (["daemon-reload"], ["enable", "--quiet", "--now", pool.SOCKET],
                        ["start", pool.SERVICE]):
            told = pool.run("systemctl", *command, seconds=60)
            if told.returncode:
                raise pool.NotSo(f"systemctl {' '.join(command)} succeeds: {told.stderr}")
        self.begin_life()
        with open(pool.DISK / "client.txt", "w", encoding="utf-8") as file:
            self.client = subprocess.Popen(
                [sys.executable, f"{sys.path[0]}/client.py", str(REQUESTS),
                 ":".join(map(str, pool.ADDRESS)), *map(str, RATES)],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        time.sleep(0.5)

    def begin_life(self):
        first = master.Measure.take(self.scene.wanted)
        if first is None:
            raise pool.NotSo("a pool that has just started comes to rest")
        self.life = master.Life(first, len(self.lives) + 1)
        self.restarts = self.count_restarts()
        self.lives.append(self.life)

    @staticmethod
    def count_restarts():
        return int(pool.properties("NRestarts").get("NRestarts", 0))

    def end_life(self):
        unexpected = self.count_restarts() - self.restarts
        for sentence in self.life.end(self.scene.wanted, unexpected):
            self.complain(sentence)

    # Faults

    def keep_journal(self):
        """A follower that a fault has ended starts again; what it tells twice is read once."""
        if self.follower.poll() is not None:
            self.follower = journal.follow(self.follower_file)

    def strike(self, name, chance):
        scene = self.scene
        scene.chance, scene.name, scene.gone = chance, name, set()
        outcome = Outcome(name, time.monotonic() - self.began)
        self.outcomes.append(outcome)
        if name in ENDS_MASTER:
            self.end_life()
        self.say(name)
        acts = KINDS[name](scene)
        try:
            moments = next(acts)
            if isinstance(moments, tuple):
                since, whole_at = moments
                outcome.recovery = max(whole_at - since, self.recovery(time.monotonic()))
            else:
                outcome.recovery = self.recovery(moments)
            self.say(f"  recovered after {outcome.recovery:.2f} s")
            next(acts, None)
        except Skipped as why:
            outcome.skipped = str(why)
        except pool.NotSo as sentence:
            outcome.wrong = str(sentence)
            self.complain(f"{sentence} ({name}, {outcome.at:.1f} s)")
            if outcome.recovery is None:  # the next fault is to find a whole pool
                self.recovery(time.monotonic())
        finally:
            acts.close()
        if outcome.is_late:
            self.complain(f"the pool is whole {pool.RECOVERY_SECONDS} s after the fault is over, not"
                          f" {outcome.recovery:.2f} s ({name}, {outcome.at:.1f} s)")
        if name in ENDS_MASTER:
            self.begin_life()
        self.keep_journal()

    def recovery(self, since):
        """Seconds until all slots are served by who may, and a request is answered."""
        def is_recovered():
            return self.scene.has_recovered(pool.status()) and pool.ask() is not None

        if not pool.until(is_recovered, pool.PATIENCE_SECONDS):
            raise pool.NotSo(f"the pool recovers within {pool.PATIENCE_SECONDS} s")
        return max(0.0, time.monotonic() - since)

    def strike_until_the_end(self):
        end_at = self.began + self.seconds
        for name, gap, chance in schedule(self.seed, self.only):
            if time.monotonic() + gap >= end_at:
                break
            time.sleep(gap)
            self.strike(name, chance)
            if self.client.poll() is not None:
                raise pool.NotSo("the client lives as long as the run")

    # After

    def wind_down(self):
        """All requests answered, then the last master measured, then the pool stopped."""
        if self.client is not None:
            self.client.terminate()
            try:
                self.client.wait(30)
            except subprocess.TimeoutExpired:
                self.client.kill()
                self.complain("the client's last requests are over within 30 s")
        if self.life is not None:
            self.end_life()
        group = "/sys/fs/cgroup" + pool.properties("ControlGroup").get("ControlGroup", "")
        told = pool.run("systemctl", "stop", pool.SOCKET, pool.SERVICE, seconds=20)
        if told.returncode:
            self.complain(f"systemctl stop succeeds: {told.stderr}")
        for sentence in remains.of_pool(group):
            self.complain(sentence)
        pool.run("journalctl", "--sync")
        time.sleep(0.3)  # for the follower to write down what it has
        end(self.follower)
        self.follower_file.close()

    def judge(self):
        requests = ledger.read_requests(REQUESTS)
        ledger.explain(requests, ledger.Accepts(pool.ACCEPTS), self.scene.victims)
        unexplained = [r for r in requests if r.failure and not r.explained_by]
        for request in unexplained[:10]:
            self.complain(
                f"each request is answered: {request.kind} {request.path} from port {request.port},"
                f" due at {request.due - self.began:.3f} s, failed at"
                f" {request.end - self.began:.3f} s: {request.failure}")
        if len(unexplained) > 10:
            self.complain(f"each request is answered: {len(unexplained)} were not")
        if not requests:
            self.complain("there were requests")
        entries = journal.read(JOURNAL)
        for sentence in journal.without_next_step(entries):
            self.complain(f"a warning says what to do next: {sentence}")
        loud = sum(map(journal.is_loud, entries))
        if loud == 0 and self.scene.victims:
            self.complain("the journal has warnings of killed workers")
        self.tell(requests, entries, loud)

    def tell(self, requests, entries, loud):
        for part in (table.faults(self.outcomes), table.requests(requests),
                     table.explanations(requests), table.masters(self.lives)):
            for line in part:
                print(line)
        print(f"\nrollouts: {self.scene.rolled_out} good, {self.scene.rolled_back} refused or rolled"
              f" back\njournal: {len(entries)} entries of martlet, {loud} warnings or errors")

    def run(self):
        try:
            self.set_up()
            self.strike_until_the_end()
        except pool.NotSo as sentence:
            self.complain(str(sentence))
        except Exception:  # a mistake of ours must not hide what was found until here
            self.complain(f"the run itself is sound: {traceback.format_exc()}")
        self.wind_down()
        self.judge()
        count = len(self.wrong)
        print(f"\nverdict: {'all invariants held' if not count else f'{count} NOT SO'}, in"
              f" {time.monotonic() - self.began:.0f} s with seed {self.seed}")
        return 1 if count else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    os.setpriority(os.PRIO_PROCESS, 0, WATCHERS_NICE)
    if not any(chosen.only in name for name in KINDS):
        parser.error(f"no kind of fault has \"{chosen.only}\" in its name")
    return Soak(chosen).run()


if __name__ == "__main__":
    sys.exit(main())
