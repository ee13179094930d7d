"""The control socket of a master, as martletctl speaks to it."""

import json
import socket

from .place import fail


class Control:
    """A connection to it."""

    def __init__(self, path, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))

    def ask(self, method):
        """The whole answer to a call, as it came."""
        self.socket.sendall(json.dumps({"method": f"io.martlet.Pool.{method}"}).encode() + b"\0")
        reply = b""
        while not reply.endswith(b"\0"):
            reply += self.socket.recv(1 << 20) or fail("a server hung up")
        return reply

    def close(self):
        self.socket.close()


def call(path, method):
    """One call on a connection of its own, and what it returns."""
    control = Control(path)
    answer = json.loads(control.ask(method)[:-1])
    control.close()
    if "error" in answer:
        fail(f"{method}: {answer}")
    return answer["parameters"]
