"""What the benchmarks share: where martletd comes from, programs in C, and a master with its pool."""

import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "bench"
WATCHDOG_SECONDS = 10


def fail(sentence):
    sys.exit(f"bench: {sentence}")


# What is measured

def newest_source():
    folders = [ROOT / "Sources", ROOT / "packaging", ROOT / "Package.swift"]
    files = [f for folder in folders for f in ([folder] if folder.is_file() else folder.rglob("*"))]
    return max(file.stat().st_mtime for file in files if file.is_file())


def package():
    """The path of the package; it is built if it is missing or older than a source."""
    def found():
        packages = sorted((ROOT / "build" / "deb").glob("martlet_*.deb"))
        return packages[-1] if packages else None

    path = found()
    if path is None or path.stat().st_mtime < newest_source():
        print("bench: building the package", file=sys.stderr)
        subprocess.run([ROOT / "packaging" / "build-deb"], check=True, stdout=sys.stderr)
        path = found()
    return path or fail("packaging/build-deb made no package")


def martletd_of(path):
    root = OUTPUT / "package"
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["dpkg-deb", "--extract", path, root], check=True)
    return root / "usr" / "sbin" / "martletd"


def compiled(name, *options):
    """The path of bench/NAME.c as a program."""
    path = OUTPUT / name
    compiler = shutil.which("cc") or fail("no C compiler: apt-get install build-essential")
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", *options, "-o", path,
                    ROOT / "bench" / f"{name}.c"], check=True)
    return path


def sleeper():
    return compiled("sleeper", "-static")


# A master

class Master:
    """One pool of sleepers, and its notifications."""

    def __init__(self, martletd, worker, workers, watchdog, directory):
        self.workers, self.watchdog = workers, watchdog
        name = f"bench-{os.getpid()}-{workers}{'-watchdog' if watchdog else ''}"
        configuration = directory / f"{name}.conf"
        configuration.write_text(
            f"[Socket]\nListenStream=@{name}\n"
            f"[Pool]\nWorkers={workers}\nRolloutSurge=8\nRolloutSettleSec=0\n"
            f"[Worker]\nExecStart={worker}\n")
        self.control = (pathlib.Path("/run") if os.getuid() == 0 else directory) / "martlet" / name
        self.log = open(directory / f"{name}.log", "w+", encoding="utf-8")
        path = directory / f"{name}.notify"
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(str(path))
        environment = {"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": str(path),
                       "XDG_RUNTIME_DIR": str(directory)}
        if watchdog:
            environment["WATCHDOG_USEC"] = str(WATCHDOG_SECONDS * 1_000_000)
        self.heartbeats = 0
        began = time.monotonic()
        self.process = subprocess.Popen(
            [martletd, "--config", configuration], env=environment, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log)
        self.await_ready()
        self.start_seconds = time.monotonic() - began

    def listen(self, seconds):
        """The datagrams that come until one second passes in silence, or the time is over."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.channel], [], [], left)[0]:
                return
            text = self.channel.recv(65536).decode()
            self.heartbeats += text == "WATCHDOG=1"
            yield text

    def await_ready(self):
        for text in self.listen(60):
            if text == "READY=1":
                return
        self.log.seek(0)
        fail(f"{self.workers} workers were not ready within 60 s:\n{self.log.read()}")

    def file(self, name):
        return pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="utf-8")

    def status(self, key):
        for line in self.file("status").splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        return fail(f"this kernel tells no {key}")

    def call(self, method):
        """One call on the control socket, as martletctl makes it; returns the reply."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.control / "control"))
            connection.sendall(json.dumps({"method": f"io.martlet.Pool.{method}"}).encode() + b"\0")
            reply = b""
            end = time.monotonic() + 60
            while not reply.endswith(b"\0") and time.monotonic() < end:
                # What it tells the service manager meanwhile has to be read.
                ready = select.select([connection, self.channel], [], [], 1)[0]
                if self.channel in ready:
                    self.channel.recv(65536)
                if connection in ready:
                    reply += connection.recv(65536) or fail("a master hung up")
        answer = json.loads(reply[:-1])
        if "error" in answer:
            fail(f"{method}: {answer}")
        return answer

    def processor_seconds(self):
        return int(self.file("schedstat").split()[0]) / 1e9

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        # What it still says has to be read, or it would wait for that.
        end = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < end:
            for _ in self.listen(0.05):
                pass
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.channel.close()
        self.log.close()
        if self.process.returncode != 0:
            fail(f"a master ended with {self.process.returncode}")
