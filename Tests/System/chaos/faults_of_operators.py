"""What operators do, well and badly: reloads, mistakes in the configuration, scaling, restarts."""

import signal
import time

import pool
from fault import fault

# Releases that do not come up. None of them accepts a connection, so none may cost one.
BAD_RELEASES = {
    "exits at its start": "--exit-at-start",
    "never gets ready": "--never-ready",
    "gets ready, then dies": "--die-after-ready 0.02",
}
MISTAKES = ["Wrokers=3", "[Pool]\nWorkers=many", "[Worker]\nWatchdogSec=-1", "[Pool", "\0\1\2"]


@fault("reload")
def reload(scene):
    before = scene.report()
    scene.gone.update(pool.ready_pids(before).values())
    scene.holds("a good release is rolled out", scene.deploy())
    since = time.monotonic()
    generation = scene.report()["generation"]
    scene.holds("a reload makes a new generation", generation > before["generation"])
    yield since


def refused_release(scene, arguments):
    before = scene.residents()
    scene.holds("the reload of a bad release fails", not scene.deploy(arguments))
    since = time.monotonic()
    pool.configure(scene.release)
    yield since
    scene.same_workers(before)


@fault("reload of a release that exits at its start")
def reload_exits(scene):
    yield from refused_release(scene, BAD_RELEASES["exits at its start"])


@fault("reload of a release that never gets ready")
def reload_never_ready(scene):
    yield from refused_release(scene, BAD_RELEASES["never gets ready"])


@fault("reload of a release that gets ready, then dies")
def reload_dies(scene):
    yield from refused_release(scene, BAD_RELEASES["gets ready, then dies"])


@fault("configuration broken, then mended")
def broken_configuration(scene):
    before = scene.residents()
    pool.configure(scene.release, more=scene.chance.choice(MISTAKES))
    try:
        scene.holds("a reload with a mistake is refused", not scene.reload())
        scene.same_workers(before)
        pool.run("systemctl", "daemon-reload")  # the generator reads it, too
        scene.same_workers(before)
    finally:
        pool.configure(scene.release)
    pool.run("systemctl", "daemon-reload")
    scene.gone.update(pid for _, pid in before)
    scene.holds("mended, the reload goes through", scene.deploy())
    yield time.monotonic()


@fault("reload, and kill -9 of a worker in the middle")
def reload_and_kill(scene):
    before = scene.report()
    scene.release += 1
    pool.configure(scene.release)
    # SIGHUP asks for the same as `systemctl reload`, and does not wait.
    pool.signal_to(scene.master(), signal.SIGHUP)
    begun = pool.until(lambda: scene.report().get("rollout") is not None, 2, step=0)
    scene.holds("SIGHUP begins a rollout", begun)
    scene.pause(0.0, 0.5)
    workers = [worker["pid"] for worker in scene.report()["workers"]
               if worker["state"] in ("starting", "ready")]
    scene.strike(scene.chance.choice(workers), signal.SIGKILL)
    over = pool.until(lambda: scene.report().get("rollout") is None, 15)
    since = time.monotonic()
    scene.holds("the rollout has ended 15 s after it began", over)
    if scene.report()["generation"] > before["generation"]:
        scene.rolled_out += 1
        scene.gone.update(pool.ready_pids(before).values())
        scene.wanted = pool.WORKERS
    else:
        scene.rolled_back += 1
    yield since


@fault("ten reloads at once")
def reload_storm(scene):
    master, before = scene.master(), scene.report()["generation"]
    scene.gone.update(pid for _, pid in scene.serving())
    for _ in range(10):
        pool.signal_to(master, signal.SIGHUP)
        scene.pause(0, 0.01)
    last = [None, 0.0]  # a generation, and since when nothing is under way

    def is_quiet():
        report = pool.status()
        if report is None or report.get("rollout") is not None or report["generation"] != last[0]:
            last[:] = [report and report["generation"], time.monotonic()]
        return time.monotonic() - last[1] > 0.3 and last[0] is not None and last[0] > before

    scene.holds("the storm is over within 15 s", pool.until(is_quiet, 15))
    scene.rolled_out += last[0] - before
    scene.wanted = pool.WORKERS
    yield time.monotonic()


def scale(scene, first, then):
    master = scene.master()
    for number in (first, then):
        scene.wanted += 1 if number == signal.SIGTTIN else -1
        pool.signal_to(master, number)
        since = time.monotonic()
        if number == first:
            scene.whole_at(f"with {scene.wanted} workers")
    yield since


@fault("scale up, then down")
def scale_up(scene):
    yield from scale(scene, signal.SIGTTIN, signal.SIGTTOU)


@fault("scale down, then up")
def scale_down(scene):
    yield from scale(scene, signal.SIGTTOU, signal.SIGTTIN)


@fault("scale up, and kill -9 of a worker at once")
def scale_and_kill(scene):
    since = time.monotonic()
    pool.signal_to(scene.master(), signal.SIGTTIN)
    scene.wanted += 1
    scene.kill_some_worker()
    whole_at = scene.whole_at(f"with {scene.wanted} workers")
    pool.signal_to(scene.master(), signal.SIGTTOU)
    scene.wanted -= 1
    yield since, whole_at


def stopped_at(asked):
    """When the old master had gone, by systemd's clock; clients wait in the socket from then."""
    moment = int(pool.properties("InactiveEnterTimestampMonotonic")
                 .get("InactiveEnterTimestampMonotonic", 0)) / 1e6
    return moment if asked <= moment <= time.monotonic() else asked


def ends_master(scene):
    scene.gone.update(pid for _, pid in scene.serving())
    scene.wanted = pool.WORKERS
    return scene.master()


@fault("systemctl restart")
def restart(scene):
    # With files that have changed since they were read a rollout would follow.
    scene.holds("a good release is rolled out", scene.deploy())
    before, master = scene.residents(), scene.master()
    told = pool.run("systemctl", "restart", pool.SERVICE, seconds=30)
    since = time.monotonic()
    scene.holds("systemctl restart succeeds", told.returncode == 0)
    scene.holds("the master is another one", scene.master() != master)
    yield since
    scene.same_workers(before)


@fault("kill -9 of the master")
def kill_master(scene):
    """Recovery counts from the moment at which systemd has the next one."""
    before, master = scene.residents(), scene.master()
    pool.signal_to(master, signal.SIGKILL)
    begun = pool.until(lambda: pool.main_pid() not in (0, master), 5)
    scene.holds("systemd has started the next one within 5 s", begun)
    yield time.monotonic()
    scene.same_workers(before)


@fault("systemctl stop, and the next client starts it")
def stop(scene):
    master, asked = ends_master(scene), time.monotonic()
    told = pool.run("systemctl", "stop", pool.SERVICE, seconds=30)
    scene.holds("systemctl stop succeeds", told.returncode == 0)
    begun = pool.until(lambda: pool.main_pid() not in (0, master), 5)
    scene.holds("a client has started the service within 5 s", begun)
    yield stopped_at(asked)
