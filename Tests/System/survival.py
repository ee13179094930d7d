#!/usr/bin/env python3
"""Strikes the master of a pool in each state that a pool can be in, under load, and measures what it cost.

    survival.py EVENT [--state STATE]… [--rate N] [--package FILE]…

EVENT is kill (SIGKILL), hang (SIGSTOP, until systemd replaces it), restart, daemon-reexec, reexec (of the
master itself) or upgrade (to one of the packages, in turn). Runs inside of a throw-away system, with the
package installed. For each state it prints a line "= " and an object:

    requests, failed    of the load, and of the slow requests that hold a worker in its state
    longestWaitMs       of a request of the load, from the moment at which it was due
    unsupervisedSeconds the longest time between two answers of a master
    replaced            workers that were started beyond those that the state itself starts; null while
                        stopping, which ends all
    orphans             processes of the pool that its master does not know
    storeBefore, After  descriptors that systemd keeps for the next master, at rest

Invariants: no request fails, no worker is replaced, nobody is left over and nothing is forgotten in
the store, but for EXCEPTIONS, each of which docs/survival.md has. The exit code is 0 only if they held.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

POOL = pathlib.Path("/etc/martlet/web.conf")
CONTROL = "/run/martlet/web/control"
SERVICE, SOCKET = "martlet@web.service", "martlet@web.socket"
ADDRESS = ("127.0.0.1", 8000)
LOAD = "/run/survival-load.json"
PATIENCE = int(os.environ.get("PATIENCE", "1"))
WORKERS = 2
BOOT_SECONDS, SETTLE_SECONDS = 1, 1
# Longer than a rollout takes up to its last step.
SLOW_SECONDS = 5 + 4 * PATIENCE
SLOW_REQUESTS = 8
WAIT_SECONDS = 60
# How long systemd waits for a master that hangs: while it serves, and at a start or a stop, when it listens
# for no heartbeats. A master asks for more at a start, up to what its workers may take.
HANGING = """WatchdogSec=2
TimeoutStartSec=3
TimeoutStopSec=3"""
START_SECONDS = 6 * PATIENCE
EXCEPTIONS = {
    # A stop without its master is one without grace: what had been accepted may be lost.
    ("kill", "stopping"): "failed",
    ("hang", "stopping"): "failed",
    # systemd runs ExecStop= only of a service that is up and does nothing else; without it the master takes
    # this for a stop.
    ("restart", "rising"): "replaced",
    ("restart", "a reload job waits"): "replaced",
}
EVENTS = ("kill", "hang", "restart", "daemon-reexec", "reexec", "upgrade")

CONFIGURATION = f"""[Socket]
ListenStream=127.0.0.1:8000

[Service]
{{service}}

[Pool]
Workers={WORKERS}
RolloutSettleSec={SETTLE_SECONDS}

[Worker]
ExecStart=/opt/tests/Fixtures/worker.py --boot {BOOT_SECONDS} --slow /slow={SLOW_SECONDS}
TimeoutStartSec={START_SECONDS}
TimeoutStopSec={SLOW_SECONDS + 5}
"""


class NotSo(Exception):
    """A sentence that should have been true."""


def run(*command, seconds=WAIT_SECONDS):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=seconds * PATIENCE)


def within(sentence, condition, seconds=WAIT_SECONDS, step=0.02):
    end = time.monotonic() + seconds * PATIENCE
    while not (result := condition()):
        if time.monotonic() >= end:
            raise NotSo(f"{sentence}, not even after {seconds * PATIENCE} s: {brief(status())}")
        time.sleep(step)
    return result


def status(seconds=1):
    """The pool as its master describes it; None if nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(seconds * PATIENCE)
            link.connect(CONTROL)
            link.sendall(b'{"method":"io.martlet.Pool.Status"}\0')
            answer = b""
            while not answer.endswith(b"\0"):
                more = link.recv(65536)
                if not more:
                    return None
                answer += more
        return json.loads(answer[:-1]).get("parameters", {}).get("pool")
    except (OSError, ValueError):
        return None


def brief(report):
    if report is None:
        return "nobody answers"
    workers = [(w["slot"], w.get("role"), w["state"], w.get("pid")) for w in report["workers"]]
    return f"{report['state']}, {report['ready']} ready, {workers}, {report.get('rollout')}"


def property_of(name, unit=SERVICE):
    return run("systemctl", "show", "--property", name, "--value", unit).stdout.strip()


def stored():
    return int(property_of("NFileDescriptorStore"))


def known(report):
    return {worker["pid"] for worker in report["workers"] if "pid" in worker}


def newest(report):
    """The number of the worker that was started last."""
    return max((worker.get("incarnation", 0) for worker in report["workers"]), default=0)


def is_at_rest(report):
    return (report is not None and report["state"] == "serving" and report["ready"] == WORKERS
            and "rollout" not in report and len(known(report)) == len(report["workers"]) == WORKERS
            and len({worker["generation"] for worker in report["workers"]}) == 1)


def strangers():
    """Processes of the pool, by control group or by environment, that the master does not know."""
    report = status()
    if report is None:
        return ["the master does not answer"]
    found = set()
    group = pathlib.Path("/sys/fs/cgroup" + property_of("ControlGroup"))
    for file in group.rglob("cgroup.procs"):
        with contextlib.suppress(OSError):
            found |= set(map(int, file.read_text().split()))
    for file in pathlib.Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if b"MARTLET_POOL=web" in file.read_bytes().split(b"\0"):
                found.add(int(file.parent.name))
    return sorted(found - known(report) - {report["pid"]})


def replaced_since(struck, last, starts):
    """Workers that went for no other reason than the blow, or came beyond those that were due."""
    now = status()
    is_another_pool = newest(now) < last
    lost = [pid for worker in struck["workers"] if (pid := worker.get("pid")) and pid not in known(now)
            and (is_another_pool or worker["generation"] == now["generation"])]
    return max(len(lost), newest(now) - last - starts)


class Watch:
    """Asks the master all the time, from the blow on, and keeps the longest time without an answer."""

    def __init__(self):
        self.longest = 0
        self.is_over = threading.Event()
        self.answered = time.monotonic()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.is_over.is_set():
            is_answered = status(0.25) is not None
            now = time.monotonic()
            self.longest = max(self.longest, now - self.answered)
            if is_answered:
                self.answered = now
            self.is_over.wait(0.01 * PATIENCE)

    def end(self):
        self.is_over.set()
        self.thread.join()
        return self.longest


class Load:
    """A strict client with as many requests a second as asked for, come what may."""

    def __init__(self, rate):
        pathlib.Path(LOAD).unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [pathlib.Path(__file__).with_name("strict-client.py"), "127.0.0.1:8000", "--rate", str(rate),
             "--connections", "mixed", "--timeout", str(30 * PATIENCE), "--report", LOAD],
            stdin=subprocess.DEVNULL)

    def has_begun(self):
        return pathlib.Path(LOAD).exists()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        return json.loads(pathlib.Path(LOAD).read_text())


class SlowRequests:
    """As many that each worker has some of them under way; they hold it when it leaves."""

    def __init__(self):
        self.failures = []
        self.threads = [threading.Thread(target=self.ask, daemon=True) for _ in range(SLOW_REQUESTS)]
        for thread in self.threads:
            thread.start()
        time.sleep(0.2 * PATIENCE)  # they have been sent; nobody tells that they were accepted

    def ask(self):
        link = http.client.HTTPConnection(*ADDRESS, timeout=60 * PATIENCE)
        try:
            link.request("GET", "/slow", headers={"Connection": "close"})
            json.loads(link.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.failures.append(f"slow request: {error!r}")
        finally:
            link.close()

    def end(self):
        for thread in self.threads:
            thread.join()
        return self.failures


# States: each function returns once the pool is in it, with the load already there.

def has(slot, role, *states):
    """That a slot has a worker like that."""
    def look():
        report = status()
        return report is not None and any(
            (worker["slot"], worker.get("role")) == (slot, role) and worker["state"] in states
            for worker in report["workers"])
    return look


def step_of_rollout(sentence, slot, role, *states, job=False):
    """Of a rollout that a job of systemd waits for, or nobody but martletctl."""
    def enter():
        command = ["systemctl", "reload", "--no-block", SERVICE] if job else ["martletctl", "reload", "web"]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
        within(sentence, has(slot, role, *states))
    return enter


def rise():
    # The load has started it: its first connection waits in the socket.
    within("the workers rise", lambda: (report := status()) is not None
           and report["state"] == "starting" and len(known(report)) == WORKERS)


def begin_to_stop():
    run("systemctl", "stop", "--no-block", SERVICE)
    within("it is stopping", lambda: (report := status()) is not None
           and report["state"] == "stopping")


class State:
    def __init__(self, enter, starts=0, is_slow=False, is_down=False, ends_all=False):
        self.enter = enter
        self.starts = starts  # workers that come in any case, from the rest before on
        self.is_slow = is_slow  # held by requests that are under way
        self.is_down = is_down  # comes from a pool that is stopped
        self.ends_all = ends_all


FIRST, LAST = 0, WORKERS - 1
STATES = {
    "idle": State(lambda: None),
    "rising": State(rise, WORKERS, is_down=True),
    "first candidate starts": State(
        step_of_rollout("a candidate starts", FIRST, "candidate", "starting"), WORKERS),
    "first candidate settles": State(
        step_of_rollout("a candidate settles", FIRST, "candidate", "ready"), WORKERS),
    "first incumbent drains": State(
        step_of_rollout("an incumbent leaves", FIRST, "leaver", "disconnecting", "stopping"),
        WORKERS, is_slow=True),
    "last candidate starts": State(
        step_of_rollout("a candidate starts", LAST, "candidate", "starting"), WORKERS),
    "last candidate settles": State(
        step_of_rollout("a candidate settles", LAST, "candidate", "ready"), WORKERS),
    "last incumbent drains": State(
        step_of_rollout("an incumbent leaves", LAST, "leaver", "disconnecting", "stopping"),
        WORKERS, is_slow=True),
    "a reload job waits": State(
        step_of_rollout("a candidate starts", FIRST, "candidate", "starting", job=True), WORKERS),
    "stopping": State(begin_to_stop, is_slow=True, ends_all=True),
}


class Blow:
    """What happens to the master."""

    def __init__(self, event, packages):
        self.event, self.packages = event, list(packages)

    def strike(self):
        """Returns what tells whether a master is in charge again."""
        before = status()
        if before is None:
            raise NotSo("the master answers before it is struck")
        getattr(self, self.event.replace("-", "_"))(before["pid"])
        pid, number = before["pid"], before["master"]["number"]

        def is_over():
            now = status()
            if now is None:
                return False
            if self.event in ("kill", "hang", "restart"):
                return now["pid"] != pid
            # The pool may have been stopped meanwhile, and be started by the next client.
            return (self.event == "daemon-reexec" or now["pid"] != pid
                    or now["master"]["number"] > number)
        return is_over

    @staticmethod
    def kill(pid):
        os.kill(pid, signal.SIGKILL)

    @staticmethod
    def hang(pid):
        os.kill(pid, signal.SIGSTOP)

    @staticmethod
    def restart(_pid):
        run("systemctl", "restart", "--no-block", SERVICE)

    @staticmethod
    def daemon_reexec(_pid):
        run("systemctl", "daemon-reexec")

    @staticmethod
    def reexec(_pid):
        told = run("martletctl", "reexec", "web")
        if told.returncode:
            print(f"martletctl reexec: {told.stderr.strip()}")

    def upgrade(self, _pid):
        self.packages.append(self.packages.pop(0))
        told = run("dpkg", "-i", self.packages[-1], seconds=120)
        if told.returncode:
            raise NotSo(f"dpkg -i goes well: {told.stderr}")


def comes_to_rest(kept):
    within("the pool comes to rest", lambda: is_at_rest(status()))
    with contextlib.suppress(NotSo):  # told as figures
        within("nobody is left over", lambda: not strangers(), seconds=10, step=0.1)
        if kept is not None:
            within("the store is as before", lambda: stored() == kept, seconds=10, step=0.1)


def stop():
    run("systemctl", "stop", SOCKET, SERVICE)
    within("the anchor has gone",
           lambda: property_of("ActiveState", "martlet-anchor@web.service") == "inactive")


def start():
    for command in (["start", SOCKET], ["start", SERVICE]):
        told = run("systemctl", *command)
        if told.returncode:
            raise NotSo(f"systemctl {command} goes well: {told.stderr}")
    within("the pool comes to rest", lambda: is_at_rest(status()))


def measure(name, blow, rate):
    """Begins with a pool that is at rest and ends with one; returns the figures."""
    state, kept = STATES[name], stored()
    last = newest(status())
    if state.is_down:
        stop()
        last = 0
        run("systemctl", "start", SOCKET)
    load = Load(rate)
    slow = None
    try:
        if not state.is_down:
            within("the load is answered", load.has_begun)
        slow = SlowRequests() if state.is_slow else None
        state.enter()
        struck, watch = status(), Watch()
        within("a master is in charge again", blow.strike())
        time.sleep(0.3 * PATIENCE)
        unsupervised = watch.end()
        comes_to_rest(kept)
        if state.is_down:
            within("the load is answered", load.has_begun)
    finally:
        failures = slow.end() if slow else []
        report = load.end()
    replaced = None if state.ends_all else replaced_since(struck, last, state.starts)
    return {
        "event": blow.event, "state": name, "perSecond": rate,
        "requests": report["requests"] + (SLOW_REQUESTS if slow else 0),
        "failed": report["failures"] + len(failures),
        "why": sorted({*report["failuresByKind"], *failures}),
        "longestWaitMs": round(report["latencyMs"]["max"]),
        "unsupervisedSeconds": round(unsupervised, 3),
        "replaced": replaced, "orphans": len(strangers()),
        "storeBefore": kept, "storeAfter": stored()}


def has_held(figures):
    excepted = EXCEPTIONS.get((figures["event"], figures["state"]))
    costs = [what for what in ("failed", "replaced", "orphans") if figures[what]]
    return figures["storeBefore"] == figures["storeAfter"] and set(costs) <= {excepted}


def facts():
    """Of the system that this was measured on."""
    version = run("systemctl", "--version").stdout.split()[1]
    return {"systemd": int(version), "kernel": os.uname().release,
            "controllers": "memory" in pathlib.Path("/sys/fs/cgroup/cgroup.controllers").read_text().split()}


def options():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("event", choices=EVENTS)
    add("--state", action="append", choices=STATES, help="default: all of them")
    add("--rate", type=float, default=250 if PATIENCE == 1 else 20, metavar="N",
        help="requests a second (default: 250, and 20 where the processors are imitated)")
    add("--package", action="append", default=[], metavar="FILE")
    return parser.parse_args()


def main():
    chosen = options()
    if chosen.event == "upgrade" and len(chosen.package) < 2:
        sys.exit("survival: upgrade takes two packages at least")
    POOL.parent.mkdir(exist_ok=True)
    POOL.write_text(CONFIGURATION.format(service=HANGING if chosen.event == "hang" else ""))
    run("systemctl", "daemon-reload")
    start()
    blow, system, failed = Blow(chosen.event, chosen.package), facts(), 0
    for name in chosen.state or STATES:
        print(f"- {chosen.event}: {name}", flush=True)
        figures = measure(name, blow, chosen.rate)
        print("= " + json.dumps({**system, **figures}), flush=True)
        if not has_held(figures):
            print(f"NOT SO: {chosen.event} costs nothing: {name}", flush=True)
            failed += 1
    stop()
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotSo as sentence:
        sys.exit(f"NOT SO: {sentence}")
