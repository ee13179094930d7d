"""php-fpm behind nginx. It loads the program for each request. `process_control_timeout` is set: without it a
reload ends requests that are under way."""

import os
import signal

from harness.accounting import children
from harness.install import program, version
from peers import nginx
from peers.peer import WORKERS, Peer

CONFIGURATION = """\
[global]
daemonize = no
error_log = /dev/stderr
process_control_timeout = 10s
[web]
user = root
group = root
listen = {folder}/php.sock
listen.backlog = 4096
pm = static
pm.max_children = {workers}
"""
PLACES = """\
        location / {{
            fastcgi_pass unix:{folder}/php.sock;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param SCRIPT_FILENAME {programs}/app.php;
        }}"""


class PhpFpm(Peer):
    name = "php-fpm behind nginx"
    loads_code = False
    reload_signal = signal.SIGUSR2

    def __init__(self, path, front):
        self.path, self.front = path, front
        self.version = version(path, "--version")

    def start(self, site):
        configuration = site.write(
            "php-fpm.conf", CONFIGURATION.format(folder=site.folder, workers=WORKERS))
        places = PLACES.format(folder=site.folder, programs=site.programs)
        front = nginx.server(site, self.front, places, "nginx before php-fpm")
        as_root = ["--allow-to-run-as-root"] if os.getuid() == 0 else []
        return self.run(site, [self.path, "--fpm-config", configuration, *as_root], port=front.port)

    def break_release(self, site, _server):
        site.write("php-fpm.conf", "broken\n")

    def pids(self, _site, server):
        return set(children(server.pid))


def peers():
    path, front = program("php-fpm8.2", "php8.2-fpm"), program("nginx", "nginx-light")
    return [PhpFpm(path, front)] if path and front else []
