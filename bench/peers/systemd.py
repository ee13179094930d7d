"""martletd as its package installs it, under a real systemd in a container: its master is killed there.

It needs root, the package and the image of the system tests (Tests/System/images); else its rows are left
out. What is done inside of the container is inside.py.
"""

import importlib
import json
import os
import sys
import tempfile

from harness.place import BENCH, OUTPUT, ROOT, note
from harness.product import package
from harness.program import compiled

IMAGE = "bookworm"
NAMES = {"martletd under systemd, shared, C": ("systemd", "shared"),
         "martletd under systemd, round-robin, C": ("martlet", "round-robin")}


def _missing():
    if os.getuid() != 0:
        return "containers need root"
    if not (ROOT / "build/images" / IMAGE).is_dir():
        return f"there is no image {IMAGE} (Tests/System/images {IMAGE})"
    return None


def kills(setting, times, seconds):
    """The name and the figures of each kill, the names by turns."""
    reason = _missing()
    if reason:
        note(f"martletd under systemd is left out: {reason}")
        return
    deb = setting.package or package()
    compiled("workers/web.c", "-static")
    compiled("loads/strict.c", "-static")
    note(f"martletd under systemd: {deb.name} in a container")
    sys.path.append(str(ROOT / "Tests/System"))
    containers = importlib.import_module("containers")
    container = containers.Container("bench-survival")
    container.boot(IMAGE, [f"{BENCH}:/opt/bench", f"{OUTPUT}/programs:/opt/programs",
                           f"{deb.parent}:/opt/packages"])
    setting.stack.callback(container.stop)
    for _ in range(times):
        for name, (protocol, dispatch) in NAMES.items():
            yield name, _killed(container, ["/opt/packages/" + deb.name, protocol, dispatch, str(seconds)])


def _killed(container, words):
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        code = container.run(["python3", "/opt/bench/peers/inside.py", *words], 120, stdout=output)
        output.seek(0)
        text = output.read()
    if code != 0:
        raise RuntimeError(f"a kill under systemd could not be measured: {code}")
    return json.loads(text)
