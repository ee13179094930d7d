"""A service manager's ear: what a master tells it, read and counted."""

import itertools
import socket
import threading

WATCHDOG_SECONDS = 10
_numbers = itertools.count()


class Heartbeats:
    """A notify socket. A thread reads it: few datagrams have room in it, and a master waits for room."""

    def __init__(self, directory):
        self.path = directory / f"notify-{next(_numbers)}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.count = 0
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    @property
    def environment(self):
        return {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(WATCHDOG_SECONDS * 1_000_000)}

    def _listen(self):
        while (text := self.socket.recv(65536)) != b"the end":
            self.count += text == b"WATCHDOG=1"

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"the end", str(self.path))
        self.thread.join()
        self.socket.close()
