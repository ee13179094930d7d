"""martletd in the foreground, with workers in C, in Python (uvicorn) and in Node."""

import pathlib
import shutil

from harness.install import python_program, version
from harness.place import OUTPUT, ROOT
from harness.pool import pool
from harness.program import compiled
from peers.peer import WORKERS, Peer


class Martletd(Peer):
    kind = "martlet"

    def __init__(self, martletd, language, protocol, dispatch):
        self.protocol, self.dispatch, self.language = protocol, dispatch, language
        self.name = f"martletd, {dispatch}, {language}"
        self.version = version(martletd, "--version")

    def command(self, site):
        if self.language == "C":
            return compiled("workers/web.c", "-static")
        if self.language == "Node":
            return f"{shutil.which('node')} {site.programs}/app.js"
        # As docs/deploying.md has it, but for the program's name.
        text = (ROOT / "docs/examples/serve-uvicorn.py").read_text(encoding="utf-8")
        path = site.write("serve.py", text.replace('"app:app"', '"app:asgi", access_log=False'))
        return f"{OUTPUT}/python/bin/python3 {path}"

    def start(self, site):
        lines = [f"Environment={name}={value}" for name, value in site.environment.items()]
        lines += [f"Environment=PYTHONPATH={site.programs}"]
        server = pool(self.name, site.setting, self.command(site), worker_lines="\n".join(lines),
                      pool=f"Workers={WORKERS}\nProtocol={self.protocol}\nDispatch={self.dispatch}")
        # A master that is killed leaves its folder in /run.
        site.stack.callback(shutil.rmtree, pathlib.Path(server.control).parent, ignore_errors=True)
        return site.keep(server)


def peers(martletd):
    found = [Martletd(martletd, "C", "systemd", "shared"), Martletd(martletd, "C", "martlet", "round-robin")]
    if python_program("uvicorn", "uvicorn"):
        found += [Martletd(martletd, "uvicorn", "systemd", "shared")]
    if shutil.which("node"):
        found += [Martletd(martletd, "Node", "node", "shared"),
                  Martletd(martletd, "Node", "node", "round-robin")]
    return found
