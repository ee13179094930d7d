"""What the kernel has written down about a process: processor time, memory, wake-ups."""

import pathlib

from .place import fail


def _tasks(pid):
    return pathlib.Path(f"/proc/{pid}/task")


def processor_microseconds(pid):
    """The time on a processor of all threads that the process has now, in microseconds."""
    return sum(int(task.read_text().split()[0]) for task in _tasks(pid).glob("*/schedstat")) / 1000


def children(pid):
    """The numbers of its children, in the order of their birth."""
    return [int(word) for task in _tasks(pid).glob("*/children") for word in task.read_text().split()]


def status(pid, key):
    """A number of /proc/PID/status, in the unit that is written there (KiB for Vm* and Rss*)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    return fail(f"this kernel tells no {key} of a process")


def memory_kibibytes(pid):
    """RSS, PSS and private memory, from /proc/PID/smaps_rollup, in KiB."""
    figures = {"Rss": 0, "Pss": 0, "Private_Clean": 0, "Private_Dirty": 0}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        key = line.split(":")[0]
        if key in figures:
            figures[key] = int(line.split()[1])
    return {"RSS": figures["Rss"], "PSS": figures["Pss"],
            "private": figures["Private_Clean"] + figures["Private_Dirty"]}
