#!/usr/bin/env python3
"""Python's own http.server on the socket that it inherits."""

import http.server
import json
import os
import signal
import socket
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        generation = os.environ.get("MARTLET_GENERATION")
        body = json.dumps({"path": self.path, "pid": os.getpid(), "generation": generation}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for the answers under way

    def handle_error(self, request, client_address):
        print(f"<4>a request from {client_address} failed", flush=True)


server = Server(("", 0), Handler, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=3)
signal.signal(signal.SIGINT, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
