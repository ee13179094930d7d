#!/usr/bin/env python3
"""The one worker program of the system tests: an HTTP server on inherited sockets, whose behaviour
is chosen by arguments (and by WORKER_OPTIONS in the environment, read after them).

Invariant of the graceful way out (SIGINT, SIGTERM): nothing is accepted any more; each connection
that was accepted gets an answer to the request it sends, marked `Connection: close`; exit code 0.
A connection that stays silent for --grace seconds after the signal is closed.

GET /about?env=NAME answers with arguments, the named environment variables and the sockets as they
were inherited; every other path answers who served it. Datagram sockets answer the same to anything.
"""

import argparse
import fcntl
import json
import os
import select
import selectors
import shlex
import signal
import socket
import sys
import threading
import time
import urllib.parse

FIRST_INHERITED = 3


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--boot", type=float, default=0, metavar="SECONDS", help="be this slow to get ready")
    add("--never-ready", action="store_true", help="serve, but never send READY=1")
    add("--exit-at-start", type=int, metavar="CODE", help="exit before getting ready")
    add("--die-after-ready", type=float, metavar="SECONDS", help="exit 3 some time after READY=1")
    add("--hang-after", type=float, metavar="SECONDS", help="stop accepting and beating, live on")
    add("--ignore-signals", action="store_true", help="ignore SIGINT, SIGTERM, SIGHUP and SIGQUIT")
    add("--daemonize-grandchild", action="store_true", help="leave a detached, deaf process behind")
    add("--notify-from-grandchild", action="store_true", help="serve in a child, as `npm start` does")
    add("--slow", action="append", default=[], metavar="PATH=SECONDS", help="answer PATH late")
    add("--hog", action="append", default=[], metavar="PATH=MIB", help="for PATH take memory, for good")
    add("--grace", type=float, default=3, metavar="SECONDS", help="for silent connections at the end")
    add("--print", action="append", default=[], metavar="LINE", help="write LINE to stdout at start")
    add("--print-error", action="append", default=[], metavar="LINE", help="write LINE to stderr")
    add("--label", default="", help="only there to be seen in the arguments")
    return parser.parse_args(sys.argv[1:] + shlex.split(os.environ.get("WORKER_OPTIONS", "")))


def notify(message):
    """Tells whoever supervises; the corresponding C function is `sd_notify`."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(message.encode())


class Listener:
    """An inherited socket, with the facts of it noted before anything here can change them."""

    def __init__(self, descriptor, name):
        self.descriptor, self.name = descriptor, name
        self.non_blocking = bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK)
        self.socket = socket.socket(fileno=descriptor)
        self.is_datagram = self.socket.type == socket.SOCK_DGRAM

    def facts(self):
        return {
            "fd": self.descriptor,
            "name": self.name,
            "kind": "datagram" if self.is_datagram else "stream",
            "family": self.socket.family.name,
            "nonblocking": self.non_blocking,
        }


def inherited_listeners():
    count = int(os.environ.get("LISTEN_FDS", "0"))
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    names += [""] * (count - len(names))
    return [Listener(FIRST_INHERITED + i, names[i]) for i in range(count)]


class Worker:
    def __init__(self, chosen):
        self.chosen = chosen
        self.slow = dict(entry.rsplit("=", 1) for entry in chosen.slow)
        self.hogs = dict(entry.rsplit("=", 1) for entry in chosen.hog)
        self.taken = []
        # Before the fork of --notify-from-grandchild the pid would be another one.
        self.listen_pid_is_ours = os.environ.get("LISTEN_PID") in (str(os.getpid()), str(os.getppid()))
        self.listeners = inherited_listeners()
        self.draining = False
        self.open_connections = 0
        self.changed = threading.Condition()
        # Readable (by end of file) from the moment of the stop signal on, for all threads.
        self.drain_signal, self.drain_trigger = os.pipe()
        watchdog = int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6
        self.heartbeat = watchdog / 3 if watchdog else None

    def on_stop_signal(self, _signal, _frame):
        if not self.draining:
            self.draining = True
            os.close(self.drain_trigger)

    # What is told to a client

    def answer(self, path):
        parts = urllib.parse.urlsplit(path)
        body = {
            "path": path,
            "pid": os.getpid(),
            "pool": os.environ.get("MARTLET_POOL"),
            "slot": os.environ.get("MARTLET_WORKER"),
            "generation": os.environ.get("MARTLET_GENERATION"),
        }
        if parts.path == "/about":
            asked = urllib.parse.parse_qs(parts.query).get("env", [])
            body["args"] = sys.argv[1:]
            body["env"] = {name: os.environ.get(name) for name in asked}
            body["environ"] = sorted(os.environ)
            body["directory"] = os.getcwd()
            body["uid"] = os.getuid()
            body["listenPidIsOurs"] = self.listen_pid_is_ours
            body["listeners"] = [listener.facts() for listener in self.listeners]
        if parts.path in self.hogs:
            self.taken.append(b"x" * (int(self.hogs[parts.path]) << 20))
        if parts.path in self.slow:
            time.sleep(float(self.slow[parts.path]))
        return json.dumps(body).encode()

    # Connections

    def wait_for_data(self, connection):
        """True once there is something to read; False if the drain ran out of patience first."""
        waiting = select.poll()
        waiting.register(connection, select.POLLIN)
        if not self.draining:
            waiting.register(self.drain_signal, select.POLLIN)
            if any(ready == connection.fileno() for ready, _ in waiting.poll()):
                return True
            waiting.unregister(self.drain_signal)
        return bool(waiting.poll(self.chosen.grace * 1000))

    def read_request(self, connection):
        """Method, path and lower-case headers of the next request; None at the end."""
        head = b""
        while b"\r\n\r\n" not in head:
            if not self.wait_for_data(connection):
                return None
            more = connection.recv(65536)
            if not more:
                return None
            head += more
        lines = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        method, path, version = lines[0].split(" ")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        return method, path, version, headers

    def serve(self, connection):
        try:
            connection.setblocking(True)
            if connection.family != socket.AF_UNIX:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (request := self.read_request(connection)) is not None:
                _, path, version, headers = request
                body = self.answer(path)
                last = self.draining or version == "HTTP/1.0" or headers.get("connection") == "close"
                head = (
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\nX-Worker-Pid: {os.getpid()}\r\n"
                    f"Connection: {'close' if last else 'keep-alive'}\r\n\r\n"
                )
                connection.sendall(head.encode() + body)
                if last:
                    return
        except OSError:
            pass  # the client went away
        finally:
            connection.close()
            with self.changed:
                self.open_connections -= 1
                self.changed.notify()

    def accept(self, listener):
        try:
            connection, _ = listener.socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another worker was quicker
        with self.changed:
            self.open_connections += 1
        threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def answer_datagram(self, listener):
        try:
            _, sender = listener.socket.recvfrom(65536)
            if sender:
                listener.socket.sendto(self.answer("/datagram"), sender)
        except OSError:
            pass

    # The life of a worker

    def run(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.on_stop_signal)
        if self.chosen.ignore_signals:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, signal.SIG_IGN)
        time.sleep(self.chosen.boot)
        if self.chosen.exit_at_start is not None:
            print("the worker was told to exit at its start", file=sys.stderr, flush=True)
            sys.exit(self.chosen.exit_at_start)
        if not self.chosen.never_ready:
            notify(f"READY=1\nSTATUS=serving as pid {os.getpid()}")
        self.began = time.monotonic()
        self.accept_until_told()
        notify("STOPPING=1")
        with self.changed:
            self.changed.wait_for(lambda: self.open_connections == 0)

    def accept_until_told(self):
        selector = selectors.DefaultSelector()
        selector.register(self.drain_signal, selectors.EVENT_READ)
        for listener in self.listeners:
            selector.register(listener.socket, selectors.EVENT_READ, listener)
        while not self.draining:
            for key, _ in selector.select(self.patience()):
                if self.draining:
                    return
                if key.data is not None:
                    (self.answer_datagram if key.data.is_datagram else self.accept)(key.data)
            self.misbehave_if_due()
            if self.heartbeat:
                notify("WATCHDOG=1")

    def patience(self):
        """Seconds until the loop has something to do without being asked."""
        age = time.monotonic() - self.began
        due = [after - age for after in (self.chosen.die_after_ready, self.chosen.hang_after)
               if after is not None]
        if self.heartbeat:
            due.append(self.heartbeat)
        return max(0, min(due)) if due else None

    def misbehave_if_due(self):
        age = time.monotonic() - self.began
        if self.chosen.die_after_ready is not None and age >= self.chosen.die_after_ready:
            print("the worker was told to die now", file=sys.stderr, flush=True)
            os._exit(3)
        if self.chosen.hang_after is not None and age >= self.chosen.hang_after:
            while True:
                time.sleep(3600)


def leave_grandchild():
    """A process that a supervisor can only find by cgroup: its own session, child of init, deaf."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, signal.SIG_IGN)
            os.closerange(FIRST_INHERITED, 256)
            while True:
                time.sleep(3600)
        os._exit(0)
    os.wait()


def serve_in_child(chosen):
    """Like `npm start`: this process only passes signals on, and returns its child's exit code."""
    child = os.fork()
    if child == 0:
        return Worker(chosen).run()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: os.kill(child, received))
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 0x7F)


def main():
    chosen = options()
    for line in chosen.print:
        print(line, flush=True)
    for line in chosen.print_error:
        print(line, file=sys.stderr, flush=True)
    if chosen.daemonize_grandchild:
        leave_grandchild()
    if chosen.notify_from_grandchild:
        serve_in_child(chosen)
    else:
        Worker(chosen).run()


if __name__ == "__main__":
    main()
