"""What is served in one run: the release, which workers have loaded it, and what was started for it."""

import contextlib
import os
import pathlib
import tempfile
import time

from harness.place import BENCH, fail

# How long a process has been there is written in these.
TICKS = os.sysconf("SC_CLK_TCK")


def _stat_fields(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    except OSError:
        return None


def is_alive(pid):
    fields = _stat_fields(pid)
    return fields is not None and fields[0] not in "ZX"


class Site:
    """A folder of its own. Whatever is started for it is ended with it."""

    def __init__(self, setting, boot_seconds):
        self.setting, self.stack = setting, contextlib.ExitStack()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="site-", dir=setting.directory))
        self.release, self.loaded = self.folder / "release", self.folder / "loaded"
        self.loaded.mkdir()
        self.release.write_text(f"{boot_seconds}\n", encoding="utf-8")
        self.programs = BENCH / "workers"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stack.close()

    @property
    def environment(self):
        """What the programs of bench/workers expect; see app.py."""
        return {"RELEASE": str(self.release), "LOADED": str(self.loaded), "PYTHONDONTWRITEBYTECODE": "1"}

    def keep(self, server):
        self.stack.callback(server.end)
        return server

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def break_release(self):
        self.release.write_text("broken\n", encoding="utf-8")

    def loaded_pids(self):
        """The processes that have loaded a release and are there."""
        return {int(file.name) for file in self.loaded.iterdir() if is_alive(file.name)}

    def boot_seconds(self, pid):
        """From the start of a process that is there until it had loaded the release."""
        fields = _stat_fields(pid) or fail(f"process {pid} has gone")
        started = int(fields[19]) / TICKS + time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        return (self.loaded / str(pid)).stat().st_mtime - started
