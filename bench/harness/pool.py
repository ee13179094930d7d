"""martletd in the foreground with one pool."""

import os

from .server import Server, free_port

_made = 0


def pool(name, setting, worker, port=None, socket="", pool="", worker_lines="", environment=None):
    """A server whose workers are `worker` (a command), which find the port in PORT.

    `socket`, `pool` and `worker_lines` are lines for the three sections, separated by newlines.
    """
    global _made
    _made += 1
    port = port or free_port()
    title = f"bench-{os.getpid()}-{_made}"
    path = setting.directory / f"{title}.conf"
    path.write_text(
        f"[Socket]\nListenStream=127.0.0.1:{port}\n{socket}\n[Pool]\nRolloutSettleSec=0\n{pool}\n"
        f"[Worker]\nExecStart={worker}\nEnvironment=PORT={port}\n{worker_lines}\n", encoding="utf-8")
    server = Server(name, [setting.martletd, "--config", path], port,
                    {"XDG_RUNTIME_DIR": str(setting.directory), **(environment or {})})
    server.configuration = path
    runtime = "/run" if os.getuid() == 0 else setting.directory
    server.control = f"{runtime}/martlet/{title}/control"
    return server
