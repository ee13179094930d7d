"""granian, by ASGI. It replaces a worker every 3.5 s (`--respawn-interval`), and none that dies by itself."""

from harness.install import python_program, version
from peers.peer import WORKERS, Peer


class Granian(Peer):
    name = "granian"

    def __init__(self, program):
        self.program, self.version = program, version(program, "--version")

    def start(self, site):
        return self.run(site, [self.program, "--interface", "asgi", "--workers", WORKERS,
                               "--host", "127.0.0.1", "--port", "PORT", "app:asgi"])


def peers():
    program = python_program("granian", "granian")
    return [Granian(program)] if program else []
