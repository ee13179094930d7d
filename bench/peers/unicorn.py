"""unicorn, which answers one request on each connection and has one at a time in each worker."""

from harness.install import program, version
from peers.peer import WORKERS, Peer


class Unicorn(Peer):
    name = "unicorn"

    def __init__(self, path):
        self.path, self.version = path, version(path, "--version")

    def start(self, site):
        configuration = site.write("unicorn.rb", f"worker_processes {WORKERS}\npreload_app false\n")
        return self.run(site, [self.path, "-c", configuration, "-E", "none", "-l", "127.0.0.1:PORT",
                               "app.ru"])


def peers():
    path = program("unicorn", "unicorn")
    return [Unicorn(path)] if path else []
