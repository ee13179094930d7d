"""Peers from Debian, as its packages, and from PyPI, in an environment of their own in build/bench/python."""

import importlib.util
import os
import shutil
import subprocess

from .place import OUTPUT, note


def program(name, package):
    """The path of a program of a Debian package, which is installed if need be; None: it can't be had here."""
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None and os.getuid() == 0:
        note(f"installing {package}")
        _install(package)
        path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        note(f"no {name} (apt-get install {package}): its rows are left out")
    return path


def library(module, package):
    """Whether this Python has a module of a Debian package, which is installed if need be."""
    def is_here():
        importlib.invalidate_caches()
        return importlib.util.find_spec(module) is not None

    if not is_here() and os.getuid() == 0:
        note(f"installing {package}")
        _install(package)
    if not is_here():
        note(f"no {module} (apt-get install {package}): what needs it is left out")
    return is_here()


def _install(package):
    # A server that comes with its package is not started by it: that is what 101 means to invoke-rc.d.
    policy = "/usr/sbin/policy-rc.d"
    is_ours = not os.path.exists(policy)
    if is_ours:
        with open(policy, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 101\n")
        os.chmod(policy, 0o755)
    try:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
            subprocess.run(["apt-get", *words], check=False, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    finally:
        if is_ours:
            os.unlink(policy)


def python_program(name, *packages):
    """The path of a program of PyPI packages; None: they can't be had here."""
    root = OUTPUT / "python"
    path = root / "bin" / name
    if not path.exists():
        note(f"installing {' '.join(packages)} from PyPI")
        if not (root / "bin" / "python3").exists():
            python = shutil.which("python3") or "/usr/bin/python3"
            subprocess.run([python, "-m", "venv", root], check=False, stdout=subprocess.DEVNULL)
        subprocess.run([root / "bin" / "pip", "install", "-q", "--disable-pip-version-check", *packages],
                       check=False, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if path.exists():
        return path
    note(f"no {name} from PyPI: its rows are left out")
    return None


def version(*command):
    """The first line with a digit in it that a program says of its version."""
    told = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True,
                          timeout=30)
    lines = [line.strip() for line in (told.stdout + told.stderr).splitlines()]
    return next((line for line in lines if any(letter.isdigit() for letter in line)), "unknown")
