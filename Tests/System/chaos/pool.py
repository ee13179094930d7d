"""The pool under test as its tools show it: martletctl, systemctl, /proc.

Invariant: every question has an end; one that is not answered is `None`, never an exception.
"""

import http.client
import json
import os
import pathlib
import subprocess
import time

NAME = "web"
SERVICE = f"martlet@{NAME}.service"
SOCKET = f"martlet@{NAME}.socket"
ADDRESS = "127.0.0.1", 8000
WORKERS = 3
HEARTBEAT_SECONDS = 2  # WatchdogSec= of a worker
STOP_SECONDS = 3  # TimeoutStopSec= of a worker
RECOVERY_SECONDS = 2  # what every fault is held to
PATIENCE_SECONDS = 20  # how long a recovery is waited for, to tell late from never
REST_SECONDS = 10  # until nobody is about to come or go
RUN = pathlib.Path("/run/martlet") / NAME
CONTROL = RUN / "control"
CONFIGURATION = pathlib.Path(f"/etc/martlet/{NAME}.conf")
WORKER = "/opt/tests/System/chaos/worker.py"
# A disk of our own, which the faults do not fill.
DISK = pathlib.Path("/srv/chaos")
ACCEPTS = DISK / "accepts"

SETTINGS = """\
[Socket]
ListenStream={address}

[Service]
WatchdogSec=6
LimitCORE=0
ReadWritePaths={accepts}

[Pool]
Workers={workers}
RolloutSettleSec={settle}

[Worker]
ExecStart={worker} {arguments}
Environment=CHAOS_ACCEPTS={accepts} RELEASE={release}
WatchdogSec={heartbeat}s
TimeoutStartSec=1500ms
TimeoutStopSec={stop}s
# A slot that fails in a row is tried again soon enough to be back within the time that is asked of
# it once the cause is gone, and has no limit of starts: faults come faster here than in life.
RestartMaxDelaySec=500ms
StartLimitBurst=0
{more}
"""


class NotSo(Exception):
    """Something that should be true is not; the text is the sentence that should be true."""


def run(*command, seconds=20, text=True):
    """A command's result; its return code is 124 if it took too long."""
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=text, timeout=seconds,
            check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no end after {seconds} s")


def configure(release, arguments="", more="", settle="100ms"):
    text = SETTINGS.format(
        settle=settle,
        address=":".join(map(str, ADDRESS)), workers=WORKERS, worker=WORKER, arguments=arguments,
        release=release, accepts=ACCEPTS, heartbeat=HEARTBEAT_SECONDS, stop=STOP_SECONDS, more=more)
    fresh = CONFIGURATION.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, CONFIGURATION)


def status():
    """The report of `martletctl status --json`; None if there is none."""
    told = run("martletctl", "status", NAME, "--json", seconds=5)
    try:
        return json.loads(told.stdout)
    except ValueError:
        return None


def properties(*names, unit=SERVICE):
    """Of a unit, in a dictionary. A manager that re-executes itself is asked again."""
    for _ in range(20):
        told = run("systemctl", "show", unit, *(f"--property={name}" for name in names))
        if told.returncode == 0:
            return dict(line.split("=", 1) for line in told.stdout.splitlines() if "=" in line)
        time.sleep(0.1)
    return {}


def main_pid():
    return int(properties("MainPID").get("MainPID", 0))


def ready_pids(report):
    """Of the workers that hold a slot and serve, by slot."""
    return {worker["slot"]: worker["pid"] for worker in (report or {}).get("workers", [])
            if worker["state"] == "ready" and worker["role"] == "incumbent"}


def is_whole(report, wanted):
    """All slots are served, and nothing is under way."""
    return report is not None and report["state"] == "serving" and report.get("rollout") is None \
        and report["wanted"] == wanted and report["ready"] == wanted \
        and sorted(ready_pids(report)) == list(range(wanted))


def is_at_rest(report, wanted):
    """Whole, nobody is left of those who were replaced, and nobody is to be: after a rollout that
    could not go all the way back a newer worker holds its slot until the old one comes up."""
    return is_whole(report, wanted) and len(report["workers"]) == wanted \
        and {worker["generation"] for worker in report["workers"]} == {report["generation"]}


def brief(report):
    """A report in a few words, for sentences."""
    if report is None:
        return "no status"
    workers = ", ".join(
        f"{worker['slot']} {worker.get('role') or 'nobody'} {worker['state']} gen"
        f" {worker['generation']}" for worker in report["workers"])
    return f"{report['state']}, \"{report['status']}\", workers: {workers}"


def ask(path="/", seconds=1.0):
    """One request of our own: the answer, or None."""
    connection = http.client.HTTPConnection(*ADDRESS, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        return json.loads(answer.read()) if answer.status == 200 else None
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def until(condition, seconds, step=0.02):
    """The first true value of `condition`; its last one when the time is over."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(step)
    return value


def is_alive(pid):
    """A zombie is not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def signal_to(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        raise NotSo(f"process {pid} is there to be signalled") from None
