"""uwsgi, reloaded worker by worker (`chain`, by its master's fifo) or as a whole (SIGHUP)."""

import signal

from harness.install import program, version
from peers.peer import WORKERS, Peer


class Uwsgi(Peer):
    def __init__(self, path, is_chain):
        self.path, self.is_chain = path, is_chain
        self.version = f"uwsgi {version(path, '--version')}"
        self.name = "uwsgi, chain" if is_chain else "uwsgi, SIGHUP"

    def start(self, site):
        # It speaks no keep-alive here, and does not say so by itself.
        server = self.run(site, [
            self.path, "--plugin", "python3", "--master", "--processes", WORKERS, "--threads", 8,
            "--http-socket", "127.0.0.1:PORT", "--listen", 1024, "--wsgi-file", "app.py",
            "--callable", "wsgi", "--lazy-apps", "--need-app", "--master-fifo", site.folder / "fifo",
            "--add-header", "Connection: close", "--disable-logging"], ending=signal.SIGINT)
        server.fifo = site.folder / "fifo"
        return server

    def reload(self, server):
        if self.is_chain:
            server.fifo.write_text("c", encoding="utf-8")
        else:
            super().reload(server)


def peers():
    # The program comes with the plugin.
    path = program("uwsgi", "uwsgi-plugin-python3")
    return [Uwsgi(path, True), Uwsgi(path, False)] if path else []
