"""Node's cluster with a hand-made rolling loop (workers/rolling.js), for each of its two policies."""

import shutil

from harness.install import version
from harness.place import note
from peers.peer import WORKERS, Peer


class Node(Peer):
    def __init__(self, path, policy):
        self.path, self.policy, self.version = path, policy, f"Node {version(path, '--version')}"
        self.name = f"Node cluster, SCHED_{policy.upper()}"

    def start(self, site):
        return self.run(site, [self.path, "rolling.js"],
                        {"WORKERS": str(WORKERS), "POLICY": self.policy})


def peers():
    path = shutil.which("node")
    if path is None:
        note("no node: its rows are left out")
        return []
    return [Node(path, "rr"), Node(path, "none")]
