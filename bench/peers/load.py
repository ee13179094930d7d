"""A server at full strength under the strict client: what reload and survival have in common."""

import contextlib
import time

from harness.place import fail
from loads.strict import Strict
from peers.site import Site

STEP = 0.005
WARM_SECONDS = 0.5


def until(condition, seconds):
    """The seconds until it holds; None: it does not."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(STEP)
    return None


class Loaded:
    """One run of one contestant: all its workers serve, and the client asks."""

    def __init__(self, peer, site):
        self.peer, self.site = peer, site
        self.server = peer.start(site).await_answer()
        if until(lambda: len(self.pids()) == peer.workers, 60) is None:
            fail(f"{peer.name} has {len(self.pids())} workers:\n{self.server.output()}")
        self.client = Strict(self.server.port)
        site.stack.callback(self.client.end)
        time.sleep(WARM_SECONDS)

    def pids(self):
        return self.peer.pids(self.site, self.server)

    def quiet(self, seconds):
        """The figures of the load alone, for so long; then the phase begins that counts."""
        self.client.begin("quiet")
        time.sleep(seconds)
        return self.client.begin("event")

    def settle(self, began, seconds):
        """Lets the phase last for so long in all, but for half a second from now at least."""
        time.sleep(max(0.5, began + seconds - time.monotonic()))


@contextlib.contextmanager
def loaded(peer, setting, boot_seconds=0):
    with Site(setting, boot_seconds) as site:
        yield Loaded(peer, site)
