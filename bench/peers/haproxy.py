"""haproxy as a master with its one worker (-Ws), before a server in C that stays as it is."""

import signal

from harness.accounting import children
from harness.install import program, version
from harness.program import compiled
from harness.server import Server, free_port
from peers.peer import Peer

CONFIGURATION = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend web
    bind 127.0.0.1:{port}
    default_backend web
backend web
    server web 127.0.0.1:{behind}
"""


class Haproxy(Peer):
    name = "haproxy"
    workers = 1
    loads_code = False
    reload_signal = signal.SIGUSR2

    def __init__(self, path):
        self.path, self.version = path, version(path, "-v")

    def start(self, site):
        behind, port = free_port(), free_port()
        backend = Server("a server in C", [compiled("workers/web.c", "-static"), behind], behind)
        site.keep(backend).await_answer()
        configuration = site.write("haproxy.cfg", CONFIGURATION.format(port=port, behind=behind))
        return site.keep(Server(self.name, [self.path, "-Ws", "-f", configuration], port))

    def break_release(self, site, _server):
        site.write("haproxy.cfg", "broken\n")

    def pids(self, _site, server):
        return set(children(server.pid))


def peers():
    path = program("haproxy", "haproxy")
    return [Haproxy(path)] if path else []
