"""What is done in the container of systemd.py: a pool is started, its master killed under the strict client.

    inside.py PACKAGE PROTOCOL DISPATCH SECONDS      the figures are written as JSON
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from loads.strict import Strict  # noqa: E402
from peers.peer import WORKERS  # noqa: E402

PORT = 8000
POOL = """\
[Socket]
ListenStream=127.0.0.1:{port}

[Pool]
Workers={workers}
Protocol={protocol}
Dispatch={dispatch}

[Worker]
ExecStart=/opt/programs/workers-web
"""
UNITS = ["martlet@web.socket", "martlet@web.service"]


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def status():
    """The pool as its master describes it; None while there is no master."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect("/run/martlet/web/control")
            connection.sendall(b'{"method": "io.martlet.Pool.Status"}\0')
            reply = b""
            while not reply.endswith(b"\0"):
                reply += connection.recv(65536) or b"\0"
        return json.loads(reply[:-1])["parameters"]["pool"]
    except (OSError, ValueError, KeyError):
        return None


def ready_pids():
    return sorted(worker["pid"] for worker in (status() or {"workers": []})["workers"]
                  if worker["state"] == "ready")


def await_whole(seconds):
    """When all workers are ready and a master says so; None: not within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if len(ready_pids()) == WORKERS:
            return time.monotonic()
        time.sleep(0.005)
    return None


def serves():
    with socket.create_connection(("127.0.0.1", PORT), timeout=5) as client:
        client.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        return client.recv(64).startswith(b"HTTP/1.1 200")


def start(package, protocol, dispatch):
    if not pathlib.Path("/usr/sbin/martletd").exists():
        run("dpkg", "--install", package)
    pathlib.Path("/etc/martlet").mkdir(exist_ok=True)
    pathlib.Path("/etc/martlet/web.conf").write_text(
        POOL.format(port=PORT, workers=WORKERS, protocol=protocol, dispatch=dispatch), encoding="utf-8")
    run("systemctl", "daemon-reload")
    run("systemctl", "start", *UNITS)
    if await_whole(30) is None:
        sys.exit("the pool does not start")


def kill(seconds):
    before = ready_pids()
    client = Strict(PORT, "/opt/programs/loads-strict")
    time.sleep(1)
    client.begin("quiet")
    time.sleep(0.5)
    master = int(run("systemctl", "show", "--property=MainPID", "--value", UNITS[1]))
    client.begin("event")
    began = time.monotonic()
    os.kill(master, signal.SIGKILL)
    whole = await_whole(seconds)
    time.sleep(max(0, began + seconds - time.monotonic()))
    figures = {"serves": serves(), "workers": len(set(ready_pids()) & set(before)),
               "whole_ms": None if whole is None else (whole - began) * 1000, **client.finish()}
    client.end()
    return figures


def main():
    package, protocol, dispatch, seconds = sys.argv[1:]
    start(package, protocol, dispatch)
    print(json.dumps(kill(float(seconds))))
    run("systemctl", "stop", *UNITS)


main()
