"""gunicorn, with threads: its default workers keep no connection open."""

from harness.install import python_program, version
from peers.peer import WORKERS, Peer


class Gunicorn(Peer):
    name = "gunicorn"

    def __init__(self, program):
        self.program, self.version = program, version(program, "--version")

    def start(self, site):
        return self.run(site, [self.program, "--workers", WORKERS, "--threads", 8,
                               "--bind", "127.0.0.1:PORT", "app:wsgi"])


def peers():
    program = python_program("gunicorn", "gunicorn")
    return [Gunicorn(program)] if program else []
