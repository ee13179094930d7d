"""uvicorn with its own workers."""

from harness.install import python_program, version
from peers.peer import WORKERS, Peer


class Uvicorn(Peer):
    name = "uvicorn"

    def __init__(self, program):
        self.program, self.version = program, version(program, "--version").removeprefix("Running ")

    def start(self, site):
        return self.run(site, [self.program, "--workers", WORKERS, "--host", "127.0.0.1", "--port", "PORT",
                               "--no-access-log", "app:asgi"])


def peers():
    program = python_program("uvicorn", "uvicorn")
    return [Uvicorn(program)] if program else []
