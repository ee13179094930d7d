"""The load of loads/strict.c: it runs beside what is measured, and tells each phase of it apart."""

import json
import subprocess

from harness.place import fail
from harness.program import compiled


class Strict:
    def __init__(self, port, program=None):
        self.process = subprocess.Popen(
            [program or compiled("loads/strict.c", "-static"), str(port)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def begin(self, phase):
        """Begins a phase; returns the figures of the one before."""
        self.process.stdin.write(phase + "\n")
        self.process.stdin.flush()
        return self._figures()

    def finish(self):
        """Waits for whatever is under way; returns the figures of the last phase."""
        self.process.stdin.close()
        return self._figures()

    def _figures(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else fail("the strict client has ended")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
