#!/usr/bin/env python3
"""The strict clients of a chaos run: three kinds at fixed rates, one try for each request.

    client.py LOG ADDRESS:PORT NEW-RATE KEEP-ALIVE-RATE SLOW-RATE

Invariant: the schedule does not wait for answers (an open loop), and every request that was due has
exactly one line in LOG once this program has ended, which it does after SIGTERM, as soon as what is
under way is answered or has failed. The line is a JSON array, see `ledger.Request`.
"""

import asyncio
import collections
import importlib.machinery
import importlib.util
import json
import pathlib
import random
import resource
import signal
import socket
import sys
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent

TIMEOUT = 15  # longer than WatchdogSec= and TimeoutStopSec= of the pool together
MOST_IDLE = 16
LARGE = 400_000
SLOW_SECONDS = 0.8  # what a slow reader takes for it
SLOW_CHUNK = 16 * 1024


def load(path):
    """A module from a file whose name is no module's name."""
    loader = importlib.machinery.SourceFileLoader("strict_client", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


strict = load(HERE.parent / "strict-client.py")


class Connection(strict.Connection):
    """A strict connection that knows its own port, and when it was begun."""

    begun = 0.0

    def connection_made(self, transport):
        super().connection_made(transport)
        self.port = transport.get_extra_info("sockname")[1]


class SlowConnection(Connection):
    """One that takes its time over each piece of the answer."""

    pause = SLOW_SECONDS * SLOW_CHUNK / LARGE

    def connection_made(self, transport):
        super().connection_made(transport)
        transport.max_size = SLOW_CHUNK  # of one read

    def data_received(self, data):
        super().data_received(data)
        if not self.transport.is_closing() and self.answer and not self.answer.done():
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(self.pause, self.go_on)

    def go_on(self):
        if not self.transport.is_closing():
            self.transport.resume_reading()


class Client:
    def __init__(self, log, address, rates):
        self.log, self.rates = log, rates
        host, _, port = address.rpartition(":")
        self.address = host, int(port)
        self.idle = collections.deque()
        self.stopping = asyncio.Event()
        self.serial = 0
        self.chance = random.Random(1)  # only spreads what is asked for; no fault depends on it

    async def connect(self, kind):
        # Before the kernel knows of it: no worker can have accepted it earlier.
        begun = time.monotonic()
        endpoint = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        endpoint.setblocking(False)
        if kind == "slow":
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_CHUNK)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(TIMEOUT):
                await loop.sock_connect(endpoint, self.address)
        except (OSError, TimeoutError) as error:
            endpoint.close()
            raise strict.Failure(f"connect: {error or 'time-out'}") from None
        made = SlowConnection if kind == "slow" else Connection
        _, connection = await loop.create_connection(made, sock=endpoint)
        connection.begun = begun
        return connection

    def take_idle(self):
        while self.idle:
            connection = self.idle.popleft()
            if not connection.spent:
                return connection
        return None

    def path(self, kind):
        self.serial += 1
        if kind == "slow":
            return f"/large/{self.serial}?bytes={LARGE}"
        if self.serial % 4 == 0:
            return f"/work/{self.serial}?ms={self.chance.randrange(20, 150)}"
        return f"/{self.serial}"

    async def request(self, kind, due):
        path = self.path(kind)
        wish = "" if kind == "keep-alive" else "Connection: close\r\n"
        message = f"GET {path} HTTP/1.1\r\nHost: chaos\r\n{wish}\r\n".encode()
        connection, answer, failure = None, {}, None
        try:
            connection = self.take_idle() if kind == "keep-alive" else None
            connection = connection or await self.connect(kind)
            answer = self.checked(kind, path, await connection.exchange(message, TIMEOUT))
        except strict.Failure as error:
            failure = f"{error.kind} {error.detail}".strip()
        port = connection.port if connection else None
        begun = connection.begun if connection else None
        self.log.write(json.dumps([
            kind, path, due, time.monotonic(), port, begun, answer.get("pid"), answer.get("slot"),
            answer.get("generation"), failure]) + "\n")
        if connection is None:
            return
        if kind == "keep-alive" and not connection.spent and failure is None \
                and len(self.idle) < MOST_IDLE:
            self.idle.append(connection)
        else:
            connection.close()

    @staticmethod
    def checked(kind, path, body):
        try:
            answer = json.loads(body)
        except ValueError:
            raise strict.Failure("body is not JSON", body[:100].decode("latin-1")) from None
        if answer.get("path") != path:
            raise strict.Failure("answer to another request", str(answer.get("path")))
        if kind == "slow" and answer.get("fill") != "x" * LARGE:
            raise strict.Failure("a wrong body")
        return answer

    async def send(self, kind, rate):
        began, count, under_way = time.monotonic(), 0, set()
        while not self.stopping.is_set():
            due = began + count / rate
            try:
                await asyncio.wait_for(self.stopping.wait(), max(0, due - time.monotonic()))
                break
            except TimeoutError:
                count += 1
            task = asyncio.ensure_future(self.request(kind, due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)

    async def run(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stopping.set)
        await asyncio.gather(*(self.send(kind, rate) for kind, rate in self.rates.items()))
        for connection in self.idle:
            connection.close()


def main():
    log, address, *rates = sys.argv[1:]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kinds = dict(zip(("new", "keep-alive", "slow"), map(float, rates)))

    async def run(file):
        await Client(file, address, kinds).run()

    with open(log, "w", encoding="utf-8") as file:
        asyncio.run(run(file))


if __name__ == "__main__":
    main()
