#!/usr/bin/env python3
"""Sends garbage to a unix socket until it is ended, a minute at most.

    flooder.py notify PATH SEED      datagrams: bytes, oversize, half-right messages, descriptors
    flooder.py control PATH SEED     connections: bytes, endless messages, wrong and half-right calls

Nothing of it is a right message that would have an effect.
"""

import array
import os
import random
import socket
import sys
import time

LONGEST_SECONDS = 60
HALF_RIGHT = [
    b"READY=0", b"READY", b"=1", b"\n\n\n\n", b"WATCHDOG=1x", b"WATCHDOG=", b"STOPPING=2",
    b"WATCHDOG_USEC=-1", b"WATCHDOG_USEC=99999999999999999999999999", b"MAINPID=1",
    b"EXTEND_TIMEOUT_USEC=18446744073709551616", b"BARRIER=1", b"FDSTORE=1\nFDNAME=x",
    b"STATUS=\xff\xfe\0\x1b[31m", b"ERRNO=5", b"X" * 4095]
CALLS = [
    b"{}\0", b"[]\0", b"null\0", b"\0" * 500, b'{"method":5}\0', b"[" * 5_000 + b"\0",
    b'{"method":"io.martlet.Pool.Destroy"}\0', b'{"method":"io.martlet.Pool.Status","more":[1]}\0',
    b'{"method":"io.martlet.Pool.Reload","parameters":{"wait":"no"}}\0',
    b'{"method":"io.martlet.Pool.Why","parameters":{"slot":1e400}}\0',
    b'{"method":"\xff\xfe"}\0', b'{"method":"org.varlink.service.GetInfo"}\0' * 50]


def flood_notify(path, chance, end):
    null = os.open("/dev/null", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as channel:
        channel.connect(path)
        while time.monotonic() < end:
            choice, rights = chance.random(), []
            message = chance.choice(HALF_RIGHT)
            if choice < 0.3:
                message = chance.randbytes(chance.randrange(1, 5_000))
            elif choice < 0.35:
                message = b"STATUS=" + b"y" * 150_000
            elif choice < 0.5:
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null] * 8))]
            try:
                channel.sendmsg([message], rights)
            except BlockingIOError:
                time.sleep(0.0002)
            except (ConnectionRefusedError, FileNotFoundError):
                return  # the worker is gone


def flood_control(path, chance, end):
    visitors = []
    while time.monotonic() < end:
        try:
            visitor = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            visitor.connect(path)
            visitors.append(visitor)
            choice = chance.random()
            if choice < 0.3:
                visitor.send(chance.randbytes(chance.randrange(1, 20_000)))
            elif choice < 0.4:
                visitor.send(b'{"method":"' + b"a" * 150_000)
            else:
                visitor.send(chance.choice(CALLS))
        except OSError:
            time.sleep(0.001)  # a full queue, or an answer to garbage
        while len(visitors) > 80:
            visitors.pop(chance.randrange(len(visitors))).close()


if __name__ == "__main__":
    what, where, seed = sys.argv[1:]
    flood = {"notify": flood_notify, "control": flood_control}[what]
    flood(where, random.Random(int(seed)), time.monotonic() + LONGEST_SECONDS)
