"""What a stopped pool has left behind, which should be nothing."""

import pathlib

import master
import pool

MARK = f"MARTLET_POOL={pool.NAME}".encode()


def processes():
    """All that run with a variable of our workers, whatever their parent or cgroup is."""
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if MARK in file.read_bytes().split(b"\0"):
                found.append(f"{file.parent.name} {(file.parent / 'comm').read_text().strip()}")
        except OSError:
            pass  # gone meanwhile
    return found


def zombies_that_stay():
    """One that its parent is about to reap is none: systemd does so when it has nothing else to do."""
    is_clean = pool.until(lambda: not master.zombies(), 10)
    return [] if is_clean else master.zombies()


def of_pool(group):
    """Sentences that are not so, after `systemctl stop`."""
    facts = pool.properties("ActiveState", "Result")
    findings = {
        "the stopped service is inactive": facts.get("ActiveState") != "inactive" and facts,
        "the stopped service has ended well": facts.get("Result") != "success" and facts,
        "no process of the pool is left": processes(),
        "no zombie is left": zombies_that_stay(),
        "no cgroup of the pool is left": pathlib.Path(group).exists() and group,
        "no file is left in /run/martlet": [str(file) for file in pool.RUN.parent.rglob("*")],
    }
    return [f"{sentence}: {found}" for sentence, found in findings.items() if found]
