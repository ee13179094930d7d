"""Containers that boot a real systemd, for tests: the engine behind Tests/System/container.

Invariants: an image is never written to (each container has a throw-away overlay); everything of a
container lives in one cgroup of its own, so that it can be ended as one; nothing waits without an
end. The host needs root and systemd-nspawn, but neither systemd as PID 1 nor a network.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
IMAGES = CHECKOUT / "build/images"
CONTAINERS = CHECKOUT / "build/containers"
# Two checkouts on one machine do not touch each other's containers.
PREFIX = "martlet-" + hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8] + "-"

ENVIRONMENT = [
    "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root", "LANG=C.UTF-8", "TERM=dumb", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"]
# The shell moves itself into the cgroups named before `--`, then becomes what follows.
ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit 1; shift; done; shift; exec "$@"'

BOOT_SECONDS = 60
KILL_SECONDS = 10


class Trouble(Exception):
    """The container could not do its part (which says nothing about what is tested in it)."""


def poll_until(condition, seconds, step=0.03):
    """The first true result of `condition`, or its last one when the time is over."""
    end = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(step)
    return result


def stat_fields(pid):
    """/proc/PID/stat from the state on; None without such a process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None


def start_time(pid):
    """Tells a process from a later one of the same pid; None if there is none, or a zombie."""
    fields = stat_fields(pid)
    return None if fields is None or fields[0] == "Z" else fields[19]


class ControlGroup:
    """The same directory in each hierarchy that nspawn writes to: v2, and v1's name=systemd."""

    def __init__(self, name):
        self.directories = [mount / name for mount in self.mounts()]

    @staticmethod
    def mounts():
        found = set()
        for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
            _, where, kind, flags = line.split()[:4]
            if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in flags.split(",")):
                found.add(pathlib.Path(where))
        return sorted(found)

    @classmethod
    def names(cls):
        """Of the control groups that this checkout's containers have, or have left behind."""
        return {d.name for m in cls.mounts() for d in m.glob(PREFIX + "*") if d.is_dir()}

    def make(self):
        for directory in self.directories:
            directory.mkdir(exist_ok=True)

    def processes(self):
        pids = set()
        for directory in self.directories:
            for file in directory.rglob("cgroup.procs"):
                try:
                    pids.update(map(int, file.read_text().split()))
                except OSError:
                    pass  # the group went away meanwhile
        return pids - {0}

    def kill(self):
        """Ends whatever was started in here, and waits for it to be gone."""
        for directory in self.directories:
            if (directory / "cgroup.kill").exists():
                (directory / "cgroup.kill").write_text("1")

        def emptied():
            # v1 has no cgroup.kill; a process may be in that hierarchy alone.
            for pid in (remaining := self.processes()):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return not remaining

        return poll_until(emptied, KILL_SECONDS)

    def remove(self):
        for directory in self.directories:
            for below, _, _ in os.walk(directory, topdown=False):
                try:
                    os.rmdir(below)
                except OSError:
                    pass  # still populated: the next sweep's business


class Container:
    def __init__(self, name):
        self.name = name
        self.machine = PREFIX + name
        self.directory = CONTAINERS / name
        self.group = ControlGroup(self.machine)
        self.nspawn = self.leader = None
        self.child = self.lock = None

    # Whose it is

    def claim(self):
        """Makes the name ours for as long as this process lives; ends what a killed run left."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.directory / "lock", "w", encoding="ascii")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"container {self.name} is in use by another run") from None
        if self.is_up():
            raise Trouble(f"container {self.name} is already up")
        self.group.kill()
        self.forget()

    @property
    def state_file(self):
        return self.directory / "state.json"

    def is_up(self):
        """Finds a container that was left up on purpose."""
        try:
            state = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return False
        if start_time(state["nspawn"]) != state["started"]:
            return False
        self.nspawn, self.leader = state["nspawn"], state["leader"]
        return True

    # Life

    def boot(self, image, binds=(), stay=False):
        """Returns when systemd says that it is up. With `stay` the container outlives this process."""
        root = IMAGES / image
        if not root.is_dir():
            raise Trouble(f"there is no image {image}; make it with Tests/System/images")
        self.claim()
        try:
            self.start(root, binds, stay)
        except BaseException:
            self.stop()
            raise

    def start(self, root, binds, stay):
        self.group.make()
        command = ["systemd-nspawn", "--quiet", f"--directory={root}", "--boot", "--volatile=overlay",
                   "--register=no", "--keep-unit", f"--machine={self.machine}", "--console=pipe",
                   "--private-network", *(f"--bind-ro={bind}" for bind in binds)]
        if not stay:
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        groups = map(str, self.group.directories)
        with open(self.directory / "console.log", "wb") as console:
            self.child = subprocess.Popen(
                ["sh", "-c", ENTER, "enter", *groups, "--", "setsid", *command],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                # A unified hierarchy inside, whatever the host has; one image for many at once.
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_LOCK": "0"})
        self.nspawn = self.child.pid
        if not poll_until(lambda: self.child.poll() is not None or self.has_booted(), BOOT_SECONDS) \
                or self.child.returncode is not None:
            raise Trouble(f"{self.name} did not boot; see {self.directory}/console.log")
        self.state_file.write_text(json.dumps({
            "nspawn": self.nspawn, "leader": self.leader, "started": start_time(self.nspawn)}))

    def has_booted(self):
        self.leader = self.leader or self.find_leader()
        if self.leader is None:
            return False
        asked = self.inside(["systemctl", "is-system-running"], capture_output=True, text=True)
        return asked.stdout.strip() in ("running", "degraded")

    def find_leader(self):
        """nspawn's child that is PID 1 of a namespace of its own."""
        try:
            children = pathlib.Path(f"/proc/{self.nspawn}/task/{self.nspawn}/children").read_text()
            for child in children.split():
                status = pathlib.Path(f"/proc/{child}/status").read_text()
                ids = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()
                if len(ids) > 2 and ids[-1] == "1":
                    return int(child)
        except OSError:
            pass
        return None

    def inside(self, command, seconds=20, **how):
        """Runs something short in the container's namespaces, beside its units."""
        # `timeout` is inside, too: ended from outside, nsenter would leave it an unreaped zombie.
        return subprocess.run(
            ["nsenter", "--target", str(self.leader), "--all", *ENVIRONMENT,
             "timeout", "--kill-after=2", str(seconds), *command],
            stdin=subprocess.DEVNULL, check=False, **how)

    def run(self, command, seconds, environment=(), **how):
        """Runs `command` as a unit of the container; its exit code, or 124 if it took too long."""
        unit = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--service-type=exec",
                f"--property=RuntimeMaxSec={seconds}", "--property=TimeoutStopSec=2",
                "--setenv=PATH", "--setenv=LANG", "--setenv=HOME",
                *(f"--setenv={assignment}" for assignment in environment),
                "--", *(word.replace("$", "$$") for word in command)]  # systemd expands $ else
        began = time.monotonic()
        code = self.inside(unit, seconds=seconds + 15, **how).returncode
        return 124 if code and time.monotonic() - began >= seconds else code

    def save_journal(self, results):
        if self.leader is None:
            return
        results.mkdir(parents=True, exist_ok=True)
        self.inside(["journalctl", "--sync"], capture_output=True)
        for name, form in (("journal.txt", "short-precise"), ("journal.export", "export")):
            with open(results / name, "wb") as file:
                self.inside(["journalctl", "--no-pager", "--quiet", "--output", form],
                            stdout=file, stderr=subprocess.DEVNULL)

    def forget(self):
        self.group.remove()
        # nspawn's own mail box for later mounts, which it does not always take away.
        shutil.rmtree(f"/run/systemd/nspawn/propagate/{self.machine}", ignore_errors=True)

    def stop(self):
        """Ends the container. Its disk is a throw-away, so there is no shutdown to wait for."""
        if self.leader is not None and start_time(self.leader) is not None:
            try:
                os.kill(self.leader, signal.SIGKILL)  # nspawn then tidies up and ends
            except ProcessLookupError:
                pass
        if self.nspawn is not None:
            poll_until(lambda: start_time(self.nspawn) is None, 5, step=0.01)
        self.group.kill()
        if self.child is not None:
            self.child.wait()
        self.forget()
        self.state_file.unlink(missing_ok=True)
        self.leader = None


def sweep():
    """Ends what killed runs have left; returns the names. Containers that are up stay up."""
    swept = []
    for machine in sorted(ControlGroup.names()):
        container = Container(machine.removeprefix(PREFIX))
        try:
            container.claim()
            swept.append(container.name)
        except Trouble:
            pass
        finally:
            container.lock.close()
    return swept
