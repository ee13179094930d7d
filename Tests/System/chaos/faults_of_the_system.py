"""Faults of what the pool stands on: systemd, journald, disks, limits, the clock, the processor."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pool
from fault import ORDINARY, Skipped, descriptors, end, fault, remount

JOURNALD = "systemd-journald.service"
CLOCK_SECONDS = 3  # see `run`, which puts the clock right if this was killed in the middle


# systemd

@fault("systemctl daemon-reload")
def daemon_reload(scene):
    before, master = scene.residents(), scene.master()
    told = pool.run("systemctl", "daemon-reload")
    scene.holds("daemon-reload succeeds", told.returncode == 0)
    yield time.monotonic()
    scene.same_workers(before)
    scene.holds("the master is the same", scene.master() == master)


@fault("systemctl daemon-reexec")
def daemon_reexec(scene):
    before, master = scene.residents(), scene.master()
    pool.run("systemctl", "daemon-reexec")
    up = pool.until(lambda: pool.run("systemctl", "is-active", pool.SERVICE).returncode == 0, 10)
    scene.holds("systemd is back within 10 s", up)
    yield time.monotonic()
    scene.same_workers(before)
    scene.holds("the master is the same", scene.master() == master)


# journald

def journald():
    return int(pool.properties("MainPID", unit=JOURNALD).get("MainPID", 0))


@fault("journald stopped, a worker killed meanwhile")
def journald_stopped(scene):
    process = journald()
    pool.signal_to(process, signal.SIGSTOP)
    try:
        scene.pause(0, 0.2)
        since = time.monotonic()
        scene.kill_some_worker()
        # While nobody reads the journal: the master may not wait for it.
        whole_at = scene.whole_at("while journald is stopped")
    finally:
        pool.signal_to(process, signal.SIGCONT)
    yield since, whole_at


@fault("journald killed, and a worker")
def journald_killed(scene):
    pool.signal_to(journald(), signal.SIGKILL)
    since = time.monotonic()
    scene.kill_some_worker()
    yield since


@fault("journald restarted")
def journald_restarted(scene):
    before = scene.residents()
    pool.run("systemctl", "restart", JOURNALD)
    yield time.monotonic()
    scene.same_workers(before)


# Disks

class FullDisk:
    """A tmpfs without a free byte and without a free inode."""

    def __init__(self, mount):
        self.mount = mount

    def __enter__(self):
        facts = os.statvfs(self.mount)
        self.before = {"size": facts.f_blocks * facts.f_frsize, "nr_inodes": facts.f_files}
        used = (facts.f_blocks - facts.f_bfree) * facts.f_frsize
        remount(self.mount, size=used, nr_inodes=facts.f_files - facts.f_ffree)

    def __exit__(self, *_):
        remount(self.mount, **self.before)


@fault("disk full on /run, a worker killed meanwhile")
def run_full(scene):
    """Recovery counts from when there is room again."""
    _, victim = scene.some_worker()
    before, told = scene.report()["generation"], scene.told("ENOSPC")
    with FullDisk("/run"):
        scene.strike(victim, signal.SIGKILL)
        # The victim's own notify socket has made room for one; a rollout finds none.
        verdict = pool.run("martletctl", "reload", pool.NAME)
        scene.holds("a reload on a full disk is refused", verdict.returncode == 1)
        scene.rolled_back += 1
        scene.pause(0.3, 1.2)
        scene.holds("the others serve while the disk is full", pool.ask() is not None)
    since = time.monotonic()
    yield since
    scene.has_bitten("ENOSPC", told)
    scene.holds("the generation is the same", scene.report()["generation"] == before)


@fault("disk full on /var, a worker killed meanwhile")
def var_full(scene):
    """What cannot be kept of the journal is no reason not to serve, nor not to deploy."""
    with FullDisk("/var"):
        since = time.monotonic()
        scene.kill_some_worker()
        whole_at = scene.whole_at("on a full /var")
        scene.holds("a good release is rolled out on a full /var", scene.deploy())
        scene.pause(0.1, 0.5)
    yield since, whole_at


# Limits

def set_limit(process, which, soft):
    """As its own user: one of another user is changed by CAP_SYS_RESOURCE alone, which root of a
    container need not have. Returns what it was."""
    title = {"nofile": "Max open files", "nproc": "Max processes"}[which]
    before = told_of(process, "limits", title)[0]
    user, group = (told_of(process, "status", key)[0] for key in ("Uid:", "Gid:"))
    subprocess.run(
        ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups",
         "prlimit", f"--pid={process}", f"--{which}={soft}:"], check=True)
    return before


def told_of(process, file, title):
    """The words behind a title in one of a process's files of proc(5)."""
    for line in pathlib.Path(f"/proc/{process}/{file}").read_text(encoding="utf-8").splitlines():
        if line.startswith(title):
            return line[len(title):].split()
    raise LookupError(title)


def limit(scene, which, soft, error=None):
    """The master is held to `soft` of a resource while a worker is killed. Recovery counts from
    when the limit is gone."""
    master, (_, victim), told = scene.master(), scene.some_worker(), scene.told(error or "?")
    before = set_limit(master, which, soft)
    try:
        scene.strike(victim, signal.SIGKILL)
        scene.pause(0.3, 1.2)
        scene.holds("the others serve at the limit", pool.ask() is not None)
    finally:
        if pool.is_alive(master):
            set_limit(master, which, before)
    yield time.monotonic()
    scene.holds("the master is the same", scene.master() == master)
    if error:
        scene.has_bitten(error, told)


@fault("no descriptor left for the master, a worker killed meanwhile")
def no_descriptors(scene):
    yield from limit(scene, "nofile", 4, "EMFILE")


@fault("a few descriptors left for the master, a worker killed meanwhile")
def few_descriptors(scene):
    open_now = len(descriptors(scene.master()))
    yield from limit(scene, "nofile", open_now + scene.chance.randrange(-2, 4))


@fault("fork fails with EAGAIN, a worker killed meanwhile")
def no_processes(scene):
    """By RLIMIT_NPROC of the master: the error is that of TasksMax=, whose controller the test
    container may not have."""
    yield from limit(scene, "nproc", 1, "EAGAIN")


# Time

def may_set_the_clock():
    with open("/proc/self/status", encoding="utf-8") as file:
        effective = next(line for line in file if line.startswith("CapEff:")).split()[1]
    return bool(int(effective, 16) >> 25 & 1)  # CAP_SYS_TIME


class PreparedStep:
    """The clock of the machine, which no namespace covers: stepped for 150 ms, and put right by the
    monotonic one. No signal but SIGKILL interrupts it, and it starts no process meanwhile."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self.offset = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.monotonic_ns()
        time.clock_settime_ns(
            time.CLOCK_REALTIME,
            time.monotonic_ns() + self.offset + int(self.seconds * 1_000_000_000))

    def __exit__(self, *_):
        time.clock_settime_ns(time.CLOCK_REALTIME, time.monotonic_ns() + self.offset)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())


def step(scene, seconds):
    if not may_set_the_clock():
        raise Skipped("the clock may not be set here")
    _, pid = scene.some_worker()
    since = time.monotonic()
    with PreparedStep(seconds):
        scene.strike(pid, signal.SIGKILL)  # so that the master has times to reckon with
        time.sleep(0.15)
    yield since


@fault("clock forward and back, a worker killed meanwhile")
def clock_forward(scene):
    yield from step(scene, CLOCK_SECONDS)


@fault("clock back and forward, a worker killed meanwhile")
def clock_back(scene):
    yield from step(scene, -CLOCK_SECONDS)


# Processor

@fault("a busy neighbour on each processor")
def busy_neighbour(scene):
    spin = [*ORDINARY, sys.executable, "-c", "while True: pass"]
    neighbours = [subprocess.Popen(spin) for _ in os.sched_getaffinity(0)]
    try:
        since = time.monotonic()
        scene.kill_some_worker()
        whole_at = scene.whole_at("on a busy machine")
        scene.pause(0.2, 1)
    finally:
        for neighbour in neighbours:
            end(neighbour)
    yield since, whole_at


@fault("pause of the master, shorter than its watchdog")
def master_paused(scene):
    """It is longer than a worker's: nobody whose heartbeats wait unread may be called late."""
    before, master = scene.residents(), scene.master()
    pool.signal_to(master, signal.SIGSTOP)
    try:
        time.sleep(pool.HEARTBEAT_SECONDS + scene.chance.uniform(0.2, 1))
    finally:
        pool.signal_to(master, signal.SIGCONT)
    yield time.monotonic()
    scene.same_workers(before)
