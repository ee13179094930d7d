"""uvicorn as a worker that says when it is ready, and that drops no connection when it goes.

uvicorn's own shutdown closes connections that it has accepted and not yet read a request from. This
one stops to accept first, and gives them half a second. Change "app:app" to your program.
"""

import asyncio
import os
import socket

import uvicorn


def notify(message):
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect("\0" + address[1:] if address[0] == "@" else address)
            sender.send(message.encode())


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        notify("READY=1")

    async def shutdown(self, sockets=None):
        for server in self.servers:
            server.close()
        await asyncio.sleep(0.5)
        await super().shutdown(sockets)


Server(uvicorn.Config("app:app", fd=3)).run()
