"""nginx, which answers by itself: there is no code that its workers load."""

from harness.accounting import children
from harness.install import program, version
from harness.server import Server, free_port
from peers.peer import WORKERS, Peer

CONFIGURATION = """\
daemon off;
user root;
pid {folder}/nginx.pid;
error_log stderr;
worker_processes {workers};
events {{ }}
http {{
    access_log off;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
{places}
    }}
}}
"""
ITSELF = """\
        location = / {{ default_type text/plain; return 200 "$pid\\n"; }}
        location = /large {{ alias {folder}/large; }}"""


def server(site, path, places, name="nginx"):
    """An nginx with these places to serve."""
    port = free_port()
    text = CONFIGURATION.format(folder=site.folder, workers=WORKERS, port=port, places=places)
    configuration = site.write("nginx.conf", text)
    return site.keep(Server(name, [path, "-c", configuration], port))


class Nginx(Peer):
    name = "nginx"
    loads_code = False

    def __init__(self, path):
        self.path, self.version = path, version(path, "-v")

    def start(self, site):
        site.write("large", "x" * (512 * 1024))
        return server(site, self.path, ITSELF.format(folder=site.folder))

    def break_release(self, site, _server):
        site.write("nginx.conf", "broken;\n")

    def pids(self, _site, server_):
        return set(children(server_.pid))


def peers():
    path = program("nginx", "nginx-light")
    return [Nginx(path)] if path else []
