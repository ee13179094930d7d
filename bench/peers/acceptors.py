"""Servers of the same small answer, the process id of the worker, that differ in who accepts a connection.

Each function starts one with so many workers and returns it, answering; `keep` ends it with the subject.
"""

import dataclasses
import os
import shutil
import typing

from harness import install
from harness.place import BENCH, ROOT, note
from harness.pool import pool
from harness.program import compiled
from harness.server import Server, free_port

POLICIES = ["shared", "round-robin", "least-connections", "source-hash"]
CLUSTER = BENCH / "workers" / "cluster.js"
SWIFT_WORKER = ROOT / "build" / "examples" / "release" / "hello"


@dataclasses.dataclass
class Contestant:
    name: str
    kind: str                 # of a row: "martlet", "peer" or "limit"
    start: typing.Callable    # (setting, workers) -> Server
    has_acceptors: bool       # its workers accept; else the master does, and passes on
    can_burn: bool = True     # it knows /burn
    version: str | None = None


def limits():
    """Programs in C, which do as little as can be done."""
    yield Contestant("C, shared", "limit", _shared, True)
    yield Contestant("C, shared, EPOLLEXCLUSIVE", "limit", _exclusive, True)
    yield Contestant("C dispatcher", "limit", _dispatcher, False)
    if shutil.which("node"):
        yield Contestant("C dispatcher, Node workers", "limit", _node_dispatcher, False)


def martlet(language):
    """martletd with the workers of one language, under each policy that these can have."""
    node = shutil.which("node")
    worker, protocol = {
        "C": (compiled("workers/http.c"), "martlet"),
        "Swift": (SWIFT_WORKER, "martlet"),
        "Node": (f"{node} {CLUSTER}", "node"),
    }[language]
    if language == "Node" and node is None:
        return
    if language == "Swift" and not SWIFT_WORKER.exists():
        note("no build/examples/release/hello (make examples): rows with workers in Swift are left out")
        return
    for policy in POLICIES:
        # Node does not say when a connection has ended.
        if language == "Node" and policy == "least-connections":
            continue
        yield Contestant(f"martletd, {policy}, {language} workers", "martlet",
                         _pool(worker, protocol, policy), policy == "shared", language != "Swift")


def node_cluster():
    """Node's own primary, under both of its policies."""
    node = shutil.which("node")
    if node is None:
        note("no node: its rows are left out")
        return
    version = "Node " + install.version(node, "--version")
    yield Contestant("Node cluster, SCHED_RR", "peer", _node(node, "rr"), False, True, version)
    yield Contestant("Node cluster, SCHED_NONE", "peer", _node(node, "none"), True, True, version)


def nginx():
    program = install.program("nginx", "nginx-light")
    if program:
        yield Contestant("nginx", "peer", _nginx(program), True, False, install.version(program, "-v"))


def gunicorn():
    program = install.python_program("gunicorn", "gunicorn")
    if program:
        yield Contestant("gunicorn, gthread", "peer", _gunicorn(program), True, True,
                         install.version(program, "--version"))


def _started(setting, server):
    setting.keep(server)
    return server.await_answer()


def _shared(setting, workers, environment=None):
    port = free_port()
    command = [compiled("limits/shared.c"), port, workers, compiled("workers/http.c")]
    return _started(setting, Server("C, shared", command, port, environment))


def _exclusive(setting, workers):
    return _shared(setting, workers, {"EXCLUSIVE": "1"})


def _dispatcher(setting, workers):
    port = free_port()
    command = [compiled("limits/dispatcher.c"), port, workers, compiled("workers/http.c")]
    return _started(setting, Server("C dispatcher", command, port))


def _node_dispatcher(setting, workers):
    port = free_port()
    command = [compiled("limits/node-dispatcher.c"), port, workers, shutil.which("node"), CLUSTER]
    return _started(setting, Server("C dispatcher, Node", command, port, {"PORT": str(port)}))


def _pool(worker, protocol, policy):
    def start(setting, workers):
        lines = f"Workers={workers}\nProtocol={protocol}\nDispatch={policy}"
        return _started(setting, pool(f"martletd, {policy}", setting, worker, pool=lines))
    return start


def _node(node, policy):
    def start(setting, workers):
        port = free_port()
        environment = {"PORT": str(port), "WORKERS": str(workers), "NODE_CLUSTER_SCHED_POLICY": policy}
        return _started(setting, Server(f"Node, {policy}", [node, CLUSTER], port, environment))
    return start


NGINX = """\
daemon off;
{user}
worker_processes {workers};
error_log stderr;
pid {directory}/pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ return 200 "$pid\\n"; }}
    }}
}}
"""


def _nginx(program):
    def start(setting, workers):
        port = free_port()
        directory = setting.directory / f"nginx-{port}"
        directory.mkdir()
        user = "user root;" if os.getuid() == 0 else ""
        path = directory / "nginx.conf"
        path.write_text(NGINX.format(user=user, workers=workers, directory=directory, port=port),
                        encoding="utf-8")
        command = [program, "-p", directory, "-c", path, "-e", "stderr"]
        return _started(setting, Server("nginx", command, port))
    return start


def _gunicorn(program):
    def start(setting, workers):
        port = free_port()
        command = [program, "--bind", f"127.0.0.1:{port}", "--backlog", 4096, "--workers", workers,
                   "--worker-class", "gthread", "--threads", 16, "--worker-connections", 4096,
                   "--keep-alive", 60, "--chdir", BENCH / "workers", "--log-level", "warning",
                   "--worker-tmp-dir", setting.directory, "burning:application"]
        return _started(setting, Server("gunicorn", command, port, {"PYTHONDONTWRITEBYTECODE": "1"}))
    return start
