"""Floods by those who may write to the pool's sockets: garbage, oversize, descriptors, crowds."""

import socket
import subprocess
import sys
import time

import pool
from fault import ORDINARY, as_pool_user, descriptors, end, fault

FLOODER = "/opt/tests/System/chaos/flooder.py"
CROWD = 150


def outlive(scene, flooder, before):
    """The pool is whole while the flood lasts, and has the same workers after it."""
    try:
        time.sleep(1)
        scene.holds("the flood goes on", flooder.poll() is None)
        scene.holds("the pool is whole in the flood", pool.is_whole(pool.status(), scene.wanted))
    finally:
        end(flooder)
    yield time.monotonic()
    scene.same_workers(before)


@fault("flood of a worker's NOTIFY_SOCKET")
def notify_flood(scene):
    before = scene.residents()
    slot, _ = scene.chance.choice(before)
    path = next(iter(sorted(pool.RUN.glob(f"notify.{slot}.*"))), None)
    scene.holds(f"slot {slot} has a notify socket", path)
    seed = scene.chance.randrange(1 << 30)
    flooder = as_pool_user(sys.executable, FLOODER, "notify", str(path), str(seed))
    yield from outlive(scene, flooder, before)


@fault("flood of the control socket with garbage")
def control_flood(scene):
    before = scene.residents()
    seed = scene.chance.randrange(1 << 30)
    flooder = subprocess.Popen(
        [*ORDINARY, sys.executable, FLOODER, "control", str(pool.CONTROL), str(seed)])
    yield from outlive(scene, flooder, before)


@fault("crowd of idle clients at the control socket")
def control_crowd(scene):
    before, master, crowd = scene.residents(), scene.master(), []
    try:
        for _ in range(CROWD):
            visitor = socket.socket(socket.AF_UNIX)
            visitor.settimeout(2)
            crowd.append(visitor)
            visitor.connect(str(pool.CONTROL))
            visitor.send(b'{"method":"io.martlet.Pool.Sta')
        scene.holds("status is told in the crowd", pool.status() is not None)
        held = len(descriptors(master))
        scene.holds(f"the crowd has a bounded number of descriptors, not {held}", held < CROWD)
        scene.pause(0.2, 1)
    except OSError as error:
        raise pool.NotSo(f"the control socket takes a crowd: {error}") from None
    finally:
        for visitor in crowd:
            visitor.close()
    yield time.monotonic()
    scene.same_workers(before)
