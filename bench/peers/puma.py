"""puma in its cluster mode, reloaded in phases (SIGUSR1); for that it may not load the program beforehand."""

import signal

from harness.install import program, version
from peers.peer import WORKERS, Peer

CONFIGURATION = """\
workers {workers}
threads 8, 8
preload_app! false
environment 'production'
quiet
"""


class Puma(Peer):
    name = "puma"
    reload_signal = signal.SIGUSR1

    def __init__(self, path):
        self.path, self.version = path, version(path, "--version")

    def start(self, site):
        configuration = site.write("puma.rb", CONFIGURATION.format(workers=WORKERS))
        return self.run(site, [self.path, "-C", configuration, "-b", "tcp://127.0.0.1:PORT", "app.ru"])


def peers():
    path = program("puma", "puma")
    return [Puma(path)] if path else []
