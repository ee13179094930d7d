"""A server under reload and kill: what a module here says of it."""

import signal

from harness.server import Server, free_port

WORKERS = 4


class Peer:
    """Each has a `start(site)`, which returns the server, and where it differs what follows."""

    name = ""
    kind = "peer"
    version = ""
    workers = WORKERS
    loads_code = True  # its workers load the release; else how long that takes says nothing of it
    reload_signal = signal.SIGHUP

    def reload(self, server):
        server.process.send_signal(self.reload_signal)

    def break_release(self, site, _server):
        """What the next reload meets fails at once."""
        site.break_release()

    def pids(self, site, _server):
        """The processes that serve, also of a master that has gone."""
        return site.loaded_pids()

    def run(self, site, command, environment=None, port=None, **how):
        """A server for a command in which PORT stands for the port."""
        port = port or free_port()
        words = [str(word).replace("PORT", str(port)) for word in command]
        environment = {"PORT": str(port), **site.environment, **(environment or {})}
        return site.keep(Server(self.name, words, port, environment, directory=site.programs, **how))
