"""Programs in C: limits, workers and loads."""

import functools
import shutil
import subprocess

from .place import BENCH, OUTPUT, fail


@functools.cache
def compiled(source, *options):
    """The path of bench/SOURCE (as "limits/dispatcher.c") as a program, which is made once in a run."""
    path = OUTPUT / "programs" / source.removesuffix(".c").replace("/", "-")
    path.parent.mkdir(parents=True, exist_ok=True)
    compiler = shutil.which("cc") or fail("no C compiler: apt-get install build-essential")
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", *options, "-o", path, BENCH / source],
                   check=True)
    return path
