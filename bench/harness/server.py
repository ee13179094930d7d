"""A server under measurement: started, waited for, ended, with its log at hand if it fails."""

import os
import signal
import socket
import subprocess
import tempfile
import time

from .place import fail

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process, with all that it starts, that answers HTTP on 127.0.0.1:port."""

    def __init__(self, name, command, port, environment=None, directory=None, ending=signal.SIGTERM):
        self.name, self.port, self.ending = name, port, ending
        # Some write there; it goes with the server.
        self.home = tempfile.TemporaryDirectory(prefix="martlet-bench-home-", ignore_cleanup_errors=True)
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            cwd=directory, start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": self.home.name, **(environment or {})})

    @property
    def pid(self):
        return self.process.pid

    def answers(self):
        """Whether it answers one request well."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                client.sendall(REQUEST)
                return client.recv(64).startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
        except OSError:
            return False

    def await_answer(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if self.answers():
                return self
            time.sleep(0.05)
        output = self.output()
        self.end()
        return fail(f"{self.name} does not answer:\n{output}")

    def output(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        """Ends it and whatever is left of its session."""
        if self.process.poll() is None:
            self.process.send_signal(self.ending)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        # Its session is its own: nobody else is in this process group.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()
        self.home.cleanup()
