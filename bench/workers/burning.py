"""What workers/http.c does, as a WSGI application."""

import os
import time

BURNT_SECONDS = 0.01


def burn():
    began = time.thread_time()
    while time.thread_time() - began < BURNT_SECONDS:
        pass


def application(environment, start_response):
    if environment["PATH_INFO"] == "/burn":
        burn()
    body = f"{os.getpid()}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
