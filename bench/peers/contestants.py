"""All the servers here, those of the product first."""

from peers import granian, gunicorn, haproxy, martletd, nginx, node, php_fpm, puma, unicorn, uvicorn, uwsgi

FEW = ["martletd, shared, C", "martletd, shared, uvicorn", "martletd, round-robin, Node", "gunicorn", "nginx",
       "Node cluster, SCHED_RR"]

# Other ways of one that is there as well: they are left out where runs are long.
VARIANTS = ["martletd, shared, Node", "uwsgi, SIGHUP", "Node cluster, SCHED_NONE"]


def contestants(setting):
    """Few of them for a short run."""
    few = [gunicorn, nginx, node]
    full = [gunicorn, uvicorn, granian, uwsgi, puma, unicorn, node, nginx, haproxy, php_fpm]
    modules = setting.choose(few, full)
    found = martletd.peers(setting.martletd) + [peer for module in modules for peer in module.peers()]
    return [peer for peer in found if setting.is_full or peer.name in FEW]


def versions(peers):
    """A sentence for a table's notes."""
    told = dict.fromkeys(peer.version for peer in peers)
    return "Versions: " + "; ".join(told) + "."
