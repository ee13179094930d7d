"""The cases of the system tests, and how any number of them is run: in containers by Tests/System/run, in
virtual machines by Tests/System/machine.

A case is a script Tests/System/cases/NAME.sh; a line "# seconds: N" in it sets its time limit (default
120), and one with a line "# on request" is run only if it is asked for by name. Of what it prints, lines with "> " before them are shown even when all is well, and lines with
"= " before them are figures: JSON objects, which are kept in figures.jsonl.
"""

import fnmatch
import pathlib
import re
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
RESULTS = CHECKOUT / "build/results"
PACKAGES = CHECKOUT / "build/deb"
SHOWN_LINES = 25


class Case:
    """One script in one place, which is a freshly booted system. Subclasses know how to boot it."""

    def __init__(self, script, place, patience=1):
        self.script, self.place, self.name = script, place, script.stem
        limit = re.search(r"^# seconds: (\d+)$", script.read_text(encoding="utf-8"), re.MULTILINE)
        self.seconds = (int(limit[1]) if limit else 120) * patience
        self.results = RESULTS / place / self.name
        self.output = self.results / "output.txt"

    def start(self, package):
        shutil.rmtree(self.results, ignore_errors=True)
        self.results.mkdir(parents=True)
        self.began = time.monotonic()
        self.process = self.launch(package)

    def launch(self, package):
        """Returns the process that the case is in."""
        raise NotImplementedError

    def exit_code(self):
        """Of the case; None while it runs, 124 if it took too long."""
        return self.process.poll()

    def terminate(self):
        self.process.terminate()
        self.process.wait()

    def verdict(self):
        """True or False once the case has ended, None before."""
        code = self.exit_code()
        if code == 124:
            with open(self.output, "a", encoding="utf-8") as output:
                output.write(f"NOT SO: the case ends within {self.seconds} s\n")
        return None if code is None else code == 0

    def report(self, passed):
        seconds = time.monotonic() - self.began
        print(f"{'ok  ' if passed else 'FAIL'} {self.place} {self.name} ({seconds:.1f} s)")
        lines = self.output.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines:
            if line.startswith("> "):
                print(f"       {line[2:]}")
        figures = [line[2:] + "\n" for line in lines if line.startswith("= ")]
        if figures:
            (self.results / "figures.jsonl").write_text("".join(figures), encoding="utf-8")
        if not passed:
            # From the last step on that was reached: what came before it went well.
            steps = [i for i, line in enumerate(lines) if line.startswith("- ")]
            for line in lines[steps[-1] if steps else 0:][:SHOWN_LINES]:
                print(f"     | {line}")
            print(f"     | (all of it: {self.results.relative_to(CHECKOUT)})")
        sys.stdout.flush()


def scripts(patterns):
    """Those whose names match one of the shell patterns; all without any."""
    every = sorted((HERE / "cases").glob("*.sh"))
    if not patterns:
        return [script for script in every if "\n# on request\n" not in script.read_text(encoding="utf-8")]
    return [script for script in every
            if any(fnmatch.fnmatch(script.stem, pattern) for pattern in patterns)]


def package_to_test(asked):
    """The package file, in the directory that the tests see."""
    if asked is not None:
        PACKAGES.mkdir(parents=True, exist_ok=True)
        if asked.resolve().parent != PACKAGES:
            shutil.copy(asked, PACKAGES)
        return PACKAGES / asked.name
    built = sorted(PACKAGES.glob("martlet_*_amd64.deb"), key=lambda file: file.stat().st_mtime)
    if not built:
        sys.exit("there is no build/deb/martlet_*_amd64.deb yet; make it with `make deb`")
    return built[-1]


def run_all(waiting, package, jobs):
    """Says how many passed and how many failed; returns an exit code."""
    running, passed, failed = [], 0, 0
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                case = waiting.pop(0)
                case.start(package)
                running.append(case)
            time.sleep(0.05)
            for case in list(running):
                verdict = case.verdict()
                if verdict is None:
                    continue
                running.remove(case)
                case.report(verdict)
                passed, failed = passed + verdict, failed + (not verdict)
    finally:
        for case in running:
            case.terminate()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
