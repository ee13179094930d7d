"""Faults of workers: they die, hang, pause, leave processes behind, talk too much."""

import signal
import time

import ledger
import pool
from fault import fault


@fault("kill -9 of a worker")
def kill(scene):
    since = time.monotonic()
    scene.kill_some_worker()
    yield since


@fault("kill -ABRT of a worker")
def abort(scene):
    since = time.monotonic()
    scene.strike(scene.some_worker()[1], signal.SIGABRT)
    yield since


@fault("kill -9 of all workers at once")
def kill_all(scene):
    workers = scene.serving()
    since = time.monotonic()
    for _, pid in workers:
        scene.strike(pid, signal.SIGKILL)
    yield since


@fault("kill -STOP of a worker")
def stop(scene):
    """Recovery counts from when the watchdog can notice it at the latest. The stopped process does
    not take SIGABRT either, so it lives, with its connections, until SIGKILL."""
    _, pid = scene.some_worker()
    victim = ledger.Victim(scene.name, pid, time.monotonic(), float("inf"))
    pool.signal_to(pid, signal.SIGSTOP)
    scene.victims.append(victim)
    scene.gone.add(pid)
    yield victim.since + pool.HEARTBEAT_SECONDS
    scene.is_gone(pid, pool.STOP_SECONDS + pool.RECOVERY_SECONDS, "the stopped worker")
    victim.until = time.monotonic()


@fault("pause of a worker, shorter than its watchdog")
def pause(scene):
    before = scene.residents()
    _, pid = scene.some_worker()
    pool.signal_to(pid, signal.SIGSTOP)
    try:
        scene.pause(0.2, 0.8)
    finally:
        pool.signal_to(pid, signal.SIGCONT)
    yield time.monotonic()
    scene.same_workers(before)


@fault("kill -9 of a grandchild")
def kill_grandchild(scene):
    before = scene.residents()
    child = scene.asked("/child")["child"]
    since = time.monotonic()
    pool.signal_to(child, signal.SIGKILL)
    yield since
    scene.same_workers(before)
    scene.is_gone(child, pool.RECOVERY_SECONDS, "the grandchild")


@fault("kill -9 of a worker with a daemon")
def kill_with_daemon(scene):
    answer = scene.asked("/daemon")
    scene.holds("the daemon lives", pool.is_alive(answer["daemon"]))
    since = time.monotonic()
    scene.strike(answer["pid"], signal.SIGKILL)
    yield since
    scene.is_gone(answer["daemon"], pool.RECOVERY_SECONDS, "the daemon of the killed worker")


@fault("log flood from a worker")
def log_flood(scene):
    before = scene.residents()
    scene.asked(f"/print?lines={scene.chance.randrange(5_000, 15_000)}")
    yield time.monotonic()
    scene.same_workers(before)
