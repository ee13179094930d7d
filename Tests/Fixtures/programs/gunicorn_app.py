"""A WSGI application as anybody would write it: gunicorn gunicorn_app:app"""

import json
import os


def app(environ, start_response):
    body = json.dumps({
        "path": environ["PATH_INFO"],
        "pid": os.getpid(),
        "generation": os.environ.get("MARTLET_GENERATION"),
    }).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
