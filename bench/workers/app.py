"""The program that Python's servers serve, by WSGI (`wsgi`) and by ASGI (`asgi`): `/` is answered with the
process's number, `/large` with 512 KiB.

The file RELEASE says how long it takes to load, in seconds, or "broken". A file in the folder LOADED, named
by the process's number, says that it has.
"""

import os
import pathlib
import time

LARGE = b"x" * (512 * 1024)


def load():
    release = pathlib.Path(os.environ["RELEASE"]).read_text(encoding="utf-8").strip()
    if release == "broken":
        raise RuntimeError("this release is broken")
    time.sleep(float(release))
    (pathlib.Path(os.environ["LOADED"]) / str(os.getpid())).touch()
    return f"{os.getpid()}\n".encode()


SMALL = load()


def wsgi(environment, start_response):
    body = LARGE if environment["PATH_INFO"] == "/large" else SMALL
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body = LARGE if scope["path"] == "/large" else SMALL
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
