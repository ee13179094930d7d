"""What a subject is given: how much to measure, with which martletd, and a folder for its files."""

import contextlib
import dataclasses
import pathlib

SUBJECTS = ["dispatch", "fairness", "reload", "survival", "footprint", "start", "messages", "control",
            "growth"]


@dataclasses.dataclass
class Setting:
    is_full: bool
    martletd: pathlib.Path
    package: pathlib.Path | None  # None: another martletd was asked for
    directory: pathlib.Path
    stack: contextlib.ExitStack  # closed after each subject, whatever happened

    def choose(self, quick, full):
        return full if self.is_full else quick

    def keep(self, server):
        """The server, which is ended when the subject is over."""
        self.stack.callback(server.end)
        return server
