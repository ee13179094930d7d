"""What martlet wrote to the journal: does every warning and error say what to do next?

A message does if it is of a kind (MESSAGE_ID) whose catalog entry names a command to run, or if it
names a command or manual page itself. "Nothing needs to be done" is no answer for a warning.
"""

import json
import re
import subprocess

import pool

WRITERS = ["martlet", "martletd", "martletctl", "martlet-generator"]
WARNING = 4
# In a catalog text commands stand on lines of their own; in a sentence they follow words.
COMMANDS = "journalctl|systemctl|martletctl|coredumpctl|prlimit|df|varlinkctl"
CATALOG_COMMAND = re.compile(rf"^\s+(?:{COMMANDS}) ", re.MULTILINE)
SENTENCE_COMMAND = re.compile(rf"\b(?:{COMMANDS}) [\w-]+|[\w.-]+\(\d\)|did you mean")


def follow(file):
    """Writes the journal to `file` as it comes, beyond what journald keeps or a full disk costs."""
    return subprocess.Popen(
        ["journalctl", "--follow", "--no-tail", "--output=json", "--all",
         *(f"--identifier={writer}" for writer in WRITERS)],
        stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL)


def read(path):
    """The entries, each once: a follower that was started again has told the first ones again."""
    entries, seen = [], set()
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # the last line of a follower that was ended
            if entry["__CURSOR"] not in seen:
                seen.add(entry["__CURSOR"])
                entries.append(entry)
    return entries


def text(entry):
    message = entry.get("MESSAGE") or ""
    if isinstance(message, list):  # bytes that are no UTF-8
        message = bytes(message).decode("utf-8", "replace")
    return message


class Catalog:
    def __init__(self):
        self.known = {}

    def names_a_command(self, identity):
        if identity not in self.known:
            told = pool.run("journalctl", "--dump-catalog", identity)
            self.known[identity] = told.returncode == 0 and bool(CATALOG_COMMAND.search(told.stdout))
        return self.known[identity]


def is_loud(entry):
    return int(entry.get("PRIORITY", 6)) <= WARNING


def without_next_step(entries):
    """Of the warnings and errors, those that leave their reader alone: each sentence once."""
    catalog, found = Catalog(), []
    for entry in filter(is_loud, entries):
        identity = entry.get("MESSAGE_ID")
        if identity and catalog.names_a_command(identity):
            continue
        message = text(entry)
        if not SENTENCE_COMMAND.search(message) and message not in found:
            found.append(message)
    return found
