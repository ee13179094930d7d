"""Where things are, and how a benchmark gives up."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BENCH = ROOT / "bench"
OUTPUT = ROOT / "build" / "bench"


def fail(sentence):
    sys.exit(f"bench: {sentence}")


def note(sentence):
    print(f"bench: {sentence}", file=sys.stderr, flush=True)
