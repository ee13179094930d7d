"""Masters of others with so many workers that do nothing."""

import shutil

from harness.install import program, python_program, version
from harness.place import BENCH, note
from harness.server import Server, free_port


def nginx(setting, workers):
    path, port = program("nginx", "nginx-light"), free_port()
    if path is None:
        return None
    file = setting.directory / f"nginx-{workers}-{port}.conf"
    kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    folders = "".join(f"{kind}_temp_path {setting.directory}/{kind};\n" for kind in kinds)
    file.write_text(
        f"daemon off;\nworker_processes {workers};\npid {file}.pid;\nerror_log stderr;\n"
        "events { worker_connections 64; }\n"
        f"http {{ access_log off;\n{folders}server {{ listen 127.0.0.1:{port}; }} }}\n", encoding="utf-8")
    return Server("nginx", [path, "-c", file, "-e", "stderr"], port)


def supervisor(setting, workers, sleeper, control=None):
    """With a socket for calls at the path `control`, if that is wanted."""
    path = program("supervisord", "supervisor")
    if path is None:
        return None
    file = setting.directory / f"supervisor-{workers}-{free_port()}.conf"
    log = "stdout_logfile=/dev/null\nstdout_logfile_maxbytes=0\nredirect_stderr=true\n"
    rpc = f"[unix_http_server]\nfile={control}\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=" \
        "supervisor.rpcinterface:make_main_rpcinterface\n" if control else ""
    file.write_text(
        f"{rpc}[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile={file}.pid\n"
        f"[program:sleeper]\ncommand={sleeper}\nnumprocs={workers}\nprocess_name=%(process_num)d\n"
        f"startsecs=0\n{log}", encoding="utf-8")
    return Server("supervisor", [path, "-c", file], 0)


def circus(setting, workers, sleeper):
    path = python_program("circusd", "circus")
    if path is None:
        return None
    name = f"circus-{workers}-{free_port()}"
    file = setting.directory / f"{name}.ini"
    file.write_text(
        f"[circus]\nendpoint=ipc://{setting.directory}/{name}.endpoint\n"
        f"pubsub_endpoint=ipc://{setting.directory}/{name}.pubsub\n"
        f"[watcher:sleeper]\ncmd={sleeper}\nnumprocesses={workers}\n", encoding="utf-8")
    return Server("circus", [path, file], 0)


def gunicorn(setting, workers):
    path = python_program("gunicorn", "gunicorn")
    if path is None:
        return None
    (setting.directory / "idle_application.py").write_text(
        "def application(environment, start):\n    start('200 OK', [])\n    return [b'ok']\n",
        encoding="utf-8")
    port = free_port()
    command = [path, "-w", workers, "-b", f"127.0.0.1:{port}", "idle_application:application"]
    return Server("gunicorn", command, port, directory=setting.directory)


def node(_, workers):
    path, port = shutil.which("node"), free_port()
    if path is None:
        note("no node: its rows are left out")
        return None
    return Server("Node cluster", [path, BENCH / "peers" / "idle.js"], port,
                  {"PORT": str(port), "WORKERS": str(workers)})


def versions():
    """A sentence for each that is here; to be asked when they have been started once."""
    known = {"nginx": (program("nginx", "nginx-light"), "-v"),
             "supervisor": (program("supervisord", "supervisor"), "--version"),
             "circus": (python_program("circusd", "circus"), "--version"),
             "gunicorn": (python_program("gunicorn", "gunicorn"), "--version"),
             "Node": (shutil.which("node"), "--version")}
    return [f"{name}: {version(path, option)}." for name, (path, option) in known.items() if path]
