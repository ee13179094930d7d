#!/usr/bin/env python3
"""The worker of the chaos pool: a real HTTP server on an inherited socket, in one thread.

Invariants: before it accepts a second connection, the first one's port is in its accept log, so
that a kill leaves at most one connection whose worker is unknown; at SIGINT it accepts no more and
answers each request of what it has accepted, `Connection: close` with the answer. A connection that
stays silent for GRACE after the signal is closed.

    GET /work?ms=N     answers after N ms         GET /large?bytes=N   a long body
    GET /child         forks a child              GET /daemon          leaves a detached process
    GET /print?lines=N writes N lines             anything else        who answered

It misbehaves as told by arguments: --exit-at-start, --never-ready, --die-after-ready (it never
accepts then), --wait-for FILE and --linger FILE (see there).
"""

import argparse
import heapq
import json
import os
import pathlib
import selectors
import signal
import socket
import struct
import sys
import threading
import time
import urllib.parse

GRACE = 1.5
ACCEPT = struct.Struct("<QIH")  # monotonic nanoseconds, pid, port of the client
SEND_BUFFER = 64 * 1024  # small: a slow reader is served by the worker, not by the kernel
CHUNK = 65536


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--exit-at-start", action="store_true")
    add("--never-ready", action="store_true")
    add("--die-after-ready", type=float, metavar="SECONDS")
    add("--wait-for", type=pathlib.Path, metavar="FILE", help="get ready when FILE.SLOT is there")
    add("--linger", type=pathlib.Path, metavar="FILE", help="leave when FILE.SLOT is gone")
    return parser.parse_args()


def notify(message):
    address = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(address)
        channel.send(message.encode())


def gate(path):
    """A file of this slot, by which whoever tests holds the worker in a state."""
    return path.with_name(f"{path.name}.{os.environ['MARTLET_WORKER']}")


class Connection:
    """One client: requests in, answers out, one at a time."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.input, self.output = b"", memoryview(b"")
        self.is_answering = False  # from the request until its answer is out
        self.is_last = False
        self.silent_since = time.monotonic()


class Worker:
    def __init__(self, chosen):
        self.chosen = chosen
        self.listener = socket.socket(fileno=3)
        self.listener.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.connections, self.due, self.children = {}, [], set()
        self.stopping_since = None
        self.heartbeat = int(os.environ.get("WATCHDOG_USEC", 0)) / 1e6 / 4 or None
        self.next_heartbeat = 0
        self.accepts = self.open_accept_log()
        self.serial = 0

    @staticmethod
    def open_accept_log():
        directory = os.environ.get("CHAOS_ACCEPTS")
        if not directory:
            return None
        name = f"{directory}/{os.getpid()}.{time.monotonic_ns()}"
        return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    # Connections

    def accept(self):
        try:
            endpoint, address = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another worker was quicker
        if self.accepts is not None:
            os.write(self.accepts, ACCEPT.pack(time.monotonic_ns(), os.getpid(), address[1]))
        endpoint.setblocking(False)
        endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        connection = Connection(endpoint)
        self.connections[endpoint.fileno()] = connection
        self.selector.register(endpoint, selectors.EVENT_READ, connection)

    def close(self, connection):
        self.connections.pop(connection.endpoint.fileno(), None)
        self.selector.unregister(connection.endpoint)
        connection.endpoint.close()

    def read(self, connection):
        try:
            data = connection.endpoint.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close(connection)
            return
        connection.input += data
        if not connection.is_answering and b"\r\n\r\n" in connection.input:
            self.take_request(connection)

    def take_request(self, connection):
        head, connection.input = connection.input.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        connection.is_answering = True
        connection.is_last = "connection: close" in [line.lower() for line in lines]
        path = lines[0].split(" ")[1]
        parts = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        body = {
            "path": path, "pid": os.getpid(), "slot": os.environ["MARTLET_WORKER"],
            "generation": os.environ["MARTLET_GENERATION"]}
        if parts.path.startswith("/large"):
            body["fill"] = "x" * int(query["bytes"])
        elif parts.path == "/child":
            body["child"] = self.fork_child()
        elif parts.path == "/daemon":
            body["daemon"] = self.fork_daemon()
        elif parts.path == "/print":
            threading.Thread(target=self.print_lines, args=(int(query["lines"]),)).start()
        if parts.path.startswith("/work"):
            self.serial += 1
            at = time.monotonic() + int(query["ms"]) / 1000
            heapq.heappush(self.due, (at, self.serial, connection, body))
        else:
            self.answer(connection, body)

    def answer(self, connection, body):
        if connection.endpoint.fileno() < 0:
            return  # the client left meanwhile
        content = json.dumps(body).encode()
        connection.is_last |= self.stopping_since is not None
        how = "close" if connection.is_last else "keep-alive"
        head = (f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(content)}\r\nConnection: {how}\r\n\r\n")
        connection.output = memoryview(head.encode() + content)
        self.write(connection)

    def write(self, connection):
        try:
            while connection.output:
                sent = connection.endpoint.send(connection.output[:CHUNK])
                connection.output = connection.output[sent:]
        except BlockingIOError:
            self.selector.modify(connection.endpoint, selectors.EVENT_WRITE, connection)
            return
        except OSError:
            self.close(connection)
            return
        if connection.is_last:
            self.close(connection)
            return
        connection.is_answering, connection.silent_since = False, time.monotonic()
        self.selector.modify(connection.endpoint, selectors.EVENT_READ, connection)
        if b"\r\n\r\n" in connection.input:
            self.take_request(connection)

    # What it can be asked to do

    def fork_child(self):
        child = os.fork()
        if child == 0:
            os.closerange(3, 1024)
            while True:
                time.sleep(60)
        self.children.add(child)
        return child

    def fork_daemon(self):
        """A process that only its cgroup still ties to the worker: deaf, and a child of init."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            detached = os.fork()
            if detached:
                os.write(writer, str(detached).encode())
                os._exit(0)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            os.closerange(3, 1024)
            while True:
                time.sleep(60)
        os.close(writer)
        os.waitpid(child, 0)
        detached = int(os.read(reader, 20))
        os.close(reader)
        return detached

    @staticmethod
    def print_lines(count):
        for number in range(count):
            sys.stdout.write(f"line {number} of a flood of {count} lines from {os.getpid()}\n")
        sys.stdout.flush()

    def reap_children(self):
        for child in list(self.children):
            if os.waitpid(child, os.WNOHANG)[0]:
                self.children.discard(child)

    # Life

    def run(self):
        wake_reader, wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_writer)
        signal.signal(signal.SIGINT, self.on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(wake_reader, selectors.EVENT_READ, wake_reader)
        self.get_ready()
        self.selector.register(self.listener, selectors.EVENT_READ, self.listener)
        while self.stopping_since is None or self.has_work():
            for key, _ in self.selector.select(self.patience()):
                self.turn(key)
            self.look_at_the_clock()

    def turn(self, key):
        if key.data is self.listener:
            if self.stopping_since is None:
                self.accept()
        elif isinstance(key.data, Connection):
            (self.write if key.data.output else self.read)(key.data)
        else:
            os.read(key.data, 512)
            self.reap_children()

    def get_ready(self):
        if self.chosen.exit_at_start:
            print("<3>told to exit at the start", flush=True)
            sys.exit(9)
        while self.chosen.never_ready:
            time.sleep(60)
        if self.chosen.wait_for:
            self.wait_at(gate(self.chosen.wait_for))
        notify("READY=1\nWATCHDOG=1")
        if self.chosen.die_after_ready is not None:
            time.sleep(self.chosen.die_after_ready)
            print("<3>told to die after getting ready", flush=True)
            sys.exit(3)

    def wait_at(self, entrance):
        notify("STATUS=at the gate")
        while not entrance.exists():
            if self.stopping_since is not None:
                sys.exit(0)
            time.sleep(0.01)

    def on_stop(self, _number, _frame):
        if self.stopping_since is None:
            self.stopping_since = time.monotonic()

    def has_work(self):
        if self.listener is not None:
            self.selector.unregister(self.listener)
            self.listener.close()
            self.listener = None
        return bool(self.connections) or (self.chosen.linger and gate(self.chosen.linger).exists())

    def patience(self):
        now = time.monotonic()
        moments = [now + 30]
        if self.heartbeat:
            moments.append(self.next_heartbeat)
        if self.due:
            moments.append(self.due[0][0])
        if self.stopping_since is not None:
            moments.append(now + 0.05)
        return max(0, min(moments) - now)

    def look_at_the_clock(self):
        now = time.monotonic()
        while self.due and self.due[0][0] <= now:
            _, _, connection, body = heapq.heappop(self.due)
            self.answer(connection, body)
        if self.heartbeat and now >= self.next_heartbeat:
            self.next_heartbeat = now + self.heartbeat
            notify("WATCHDOG=1")
        if self.stopping_since is None:
            return
        for connection in list(self.connections.values()):
            silent_since = max(connection.silent_since, self.stopping_since)
            if not connection.is_answering and now - silent_since > GRACE:
                self.close(connection)


if __name__ == "__main__":
    Worker(options()).run()
