"""Managers that start so many workers which do nothing (bench/workers/sleeper.c), as commands."""

import dataclasses
import os
import signal
import typing

from harness import install
from harness.program import compiled


@dataclasses.dataclass
class Starter:
    name: str
    kind: str                 # of a row: "martlet", "peer" or "limit"
    command: typing.Callable  # (setting, workers) -> [word]
    tells: bool = False       # READY=1 comes from it, when all workers are ready; else from each of them
    ending: int = signal.SIGKILL  # several take up to a second for each worker to end by themselves
    variable: str = "NOTIFY_SOCKET"
    version: str | None = None


def sleeper():
    return compiled("workers/sleeper.c", "-static")


def limit():
    def command(setting, workers):
        return [compiled("limits/starter.c"), workers, sleeper(), setting.directory / "starter.socket"]
    return Starter("C", "limit", command, True, signal.SIGTERM)


def martlet():
    def command(setting, workers):
        title = f"bench-{os.getpid()}-{workers}"
        path = setting.directory / f"{title}.conf"
        path.write_text(
            f"[Socket]\nListenStream=@{title}\n[Pool]\nWorkers={workers}\n"
            f"[Worker]\nExecStart={sleeper()}\n", encoding="utf-8")
        return [setting.martletd, "--config", path]
    return Starter("martletd", "martlet", command, True, signal.SIGTERM)


def s6():
    program = install.program("s6-svscan", "s6")
    if not program:
        return

    def command(setting, workers):
        directory = setting.directory / f"s6-{workers}"
        for number in range(workers):
            service = directory / f"worker-{number}"
            if not service.exists():
                service.mkdir(parents=True)
                (service / "run").symlink_to(sleeper())
        return [program, directory]
    yield Starter("s6", "peer", command,
                  version=install.version("dpkg-query", "--show", "--showformat=${Package} ${Version}", "s6"))


def uwsgi():
    program = install.program("uwsgi", "uwsgi-core")
    if not program:
        return

    # It says READY=1 itself, before its daemons do, so it may not know where.
    def command(_, workers):
        daemon = f"NOTIFY_SOCKET=$BENCH_READY exec {sleeper()}"
        return [program, "--master", "--processes", 0, "--die-on-term",
                *["--attach-daemon", daemon] * workers]
    yield Starter("uwsgi, attached daemons", "peer", command, variable="BENCH_READY",
                  version="uWSGI " + install.version(program, "--version"))


def configured(name, template, setting, workers):
    """The path of a file in which so many workers are asked for."""
    path = setting.directory / f"{name}-{workers}.conf"
    path.write_text(template.format(directory=setting.directory, worker=sleeper(), workers=workers),
                    encoding="utf-8")
    return path


SUPERVISOR = """\
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={directory}/supervisor.pid
[program:worker]
command={worker}
numprocs={workers}
process_name=%(program_name)s-%(process_num)d
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
"""


def supervisor():
    program = install.program("supervisord", "supervisor")
    if not program:
        return

    def command(setting, workers):
        return [program, "-n", "-c", configured("supervisor", SUPERVISOR, setting, workers)]
    yield Starter("supervisor", "peer", command,
                  version="supervisor " + install.version(program, "--version"))


CIRCUS = """\
[circus]
endpoint = ipc://{directory}/circus-endpoint
pubsub_endpoint = ipc://{directory}/circus-events
warmup_delay = 0
[watcher:worker]
cmd = {worker}
numprocesses = {workers}
copy_env = True
warmup_delay = 0
"""


def circus():
    program = install.python_program("circusd", "circus")
    if not program:
        return

    def command(setting, workers):
        return [program, configured("circus", CIRCUS, setting, workers)]
    yield Starter("circus", "peer", command, version="circus " + install.version(program, "--version"))
