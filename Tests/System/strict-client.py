#!/usr/bin/env python3
"""A load client that forgives nothing: each request is tried once, each answer is read to its last
byte and checked, and whatever goes wrong is counted.

    strict-client.py 127.0.0.1:8000 --seconds 10                     8 clients, new connections
    strict-client.py [::1]:8000 --connections mixed --clients 16     half of them keep-alive
    strict-client.py /run/web.sock --rate 500 --requests 20000       open loop: 500 a second, come what may

It ends after --requests, after --seconds, or on SIGTERM or SIGINT; what is under way then is still
waited for. The report is one JSON object on standard output, or in --report FILE, which holds the
counts so far from the first answer on. The exit code is 0 if no request failed and at least one was
answered, else 1.

A keep-alive connection that the server closes with an answer (`Connection: close`) or while it lies
idle is not used again. One that dies under a request is a failure, however idle it was before: that
client had been promised an answer.
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import sys
import time

SHOWN_FAILURES = 20


def options():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("target", help="ADDRESS:PORT, [ADDRESS]:PORT or the path of a unix socket")
    add("--clients", type=int, default=8, metavar="N", help="closed loop of N clients (default 8)")
    add("--rate", type=float, metavar="R", help="open loop: R requests each second")
    add("--connections", choices=("new", "keep-alive", "mixed"), default="new")
    add("--pause", type=float, default=0, metavar="SECONDS", help="a closed-loop client's rest")
    add("--requests", type=int, metavar="N")
    add("--seconds", type=float, metavar="S")
    add("--timeout", type=float, default=30, metavar="S", help="of one request (default 30)")
    add("--path", default="/strict", help="what the requested paths begin with")
    add("--allow-idle-close", action="store_true",
        help="count a reused connection that died without a byte apart from the failures")
    add("--report", metavar="FILE")
    return parser.parse_args()


class Failure(Exception):
    """Why a request got no right answer: a kind to count by, and a detail to read."""

    def __init__(self, kind, detail=""):
        super().__init__(kind)
        self.kind, self.detail = kind, detail


class Connection(asyncio.Protocol):
    """One connection, one request at a time. Never used again once it is `spent`."""

    def __init__(self):
        self.buffer = bytearray()
        self.answer = None  # future of the request under way
        self.requests = 0
        self.spent = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        if self.answer is None or self.answer.done():
            self.spent = True  # bytes that nobody asked for
            return
        try:
            body = self.parse()
        except Failure as failure:
            self.answer.set_exception(failure)
        else:
            if body is not None:
                self.answer.set_result(body)

    def connection_lost(self, error):
        self.spent = True
        if self.answer is None or self.answer.done():
            return
        how = "reset" if isinstance(error, ConnectionResetError) else "closed"
        when = "in the answer" if self.buffer else "before the answer"
        which = "reused connection" if self.requests > 1 else "connection"
        self.answer.set_exception(Failure(f"{which} {how} {when}", str(error or "")))

    def parse(self):
        """The body once it is complete, None before."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if "content-length" not in headers:
            raise Failure("answer without a length", lines[0])
        have, want = len(self.buffer) - end - 4, int(headers["content-length"])
        if have < want:
            return None
        body = bytes(self.buffer[end + 4:])
        self.buffer.clear()
        wish = headers.get("connection", "").lower()
        self.spent |= wish == "close" or (version == "HTTP/1.0" and wish != "keep-alive")
        if status != "200":
            raise Failure(f"status {status}", body[:200].decode("latin-1"))
        if have > want:
            raise Failure("more bytes than announced", f"{have} instead of {want}")
        return body

    async def exchange(self, request, timeout):
        loop = asyncio.get_running_loop()
        self.requests += 1
        self.answer = loop.create_future()
        alarm = loop.call_later(timeout, self.give_up)
        self.transport.write(request)
        try:
            return await self.answer
        finally:
            alarm.cancel()
            self.answer = None

    def give_up(self):
        self.spent = True
        if self.answer is not None and not self.answer.done():
            kind = "time-out in the answer" if self.buffer else "time-out before the answer"
            self.answer.set_exception(Failure(kind))

    def close(self):
        self.spent = True
        self.transport.close()


class Tally:
    """What happened, as far as the report needs it."""

    def __init__(self):
        self.began = time.monotonic()
        self.began_at = time.time()
        self.sent = self.answered = self.failed = 0
        self.opened = self.idle_closes = 0
        self.latencies = []
        self.kinds = {}
        self.failures = []
        self.pids = {}
        self.generations = {}
        self.waiting = 0
        self.longest_stall = self.longest_stall_at = 0
        self.progress = self.began

    def now(self):
        return time.monotonic() - self.began

    def started(self):
        if self.waiting == 0:
            self.progress = time.monotonic()
        self.waiting += 1
        self.sent += 1

    def ended(self):
        """A stall is a time in which somebody waited and nobody was answered."""
        now = time.monotonic()
        if now - self.progress > self.longest_stall:
            self.longest_stall, self.longest_stall_at = now - self.progress, now - self.began
        self.progress = now
        self.waiting -= 1

    def succeeded(self, answer, latency):
        self.answered += 1
        self.latencies.append(latency)
        pid = answer.get("pid")
        self.pids[pid] = self.pids.get(pid, 0) + 1
        generation = str(answer.get("generation"))
        seen = self.generations.setdefault(generation, {"first": round(self.now(), 3), "requests": 0})
        seen["last"] = round(self.now(), 3)
        seen["requests"] += 1

    def failed_with(self, failure, path):
        self.failed += 1
        self.kinds[failure.kind] = self.kinds.get(failure.kind, 0) + 1
        if len(self.failures) < SHOWN_FAILURES:
            self.failures.append({
                "at": round(self.now(), 3),
                "time": time.strftime("%H:%M:%S", time.localtime()) + f".{int(time.time() * 1000) % 1000:03}",
                "kind": failure.kind, "detail": failure.detail, "path": path})

    def counts(self):
        return {"requests": self.sent, "answered": self.answered, "failures": self.failed}

    def report(self):
        latencies = sorted(self.latencies)

        def quantile(share):
            return round(latencies[int(share * (len(latencies) - 1))] * 1000, 1) if latencies else None

        seconds = self.now()
        return {
            **self.counts(),
            "failuresByKind": self.kinds,
            "firstFailures": self.failures,
            "idleCloses": self.idle_closes,
            "connections": self.opened,
            "seconds": round(seconds, 3),
            "perSecond": round(self.answered / seconds) if seconds else 0,
            "longestStallMs": round(self.longest_stall * 1000, 1),
            "longestStallAt": round(self.longest_stall_at, 3),
            "latencyMs": {"p50": quantile(0.5), "p99": quantile(0.99), "max": quantile(1)},
            "pids": self.pids,
            "generations": self.generations,
        }


class Client:
    def __init__(self, chosen):
        self.chosen = chosen
        self.tally = Tally()
        self.stopping = asyncio.Event()
        self.idle = []  # open loop: keep-alive connections at rest
        self.serial = 0

    def may_send(self):
        limit = self.chosen.requests
        return not self.stopping.is_set() and (limit is None or self.serial < limit)

    async def connect(self):
        loop = asyncio.get_running_loop()
        target = self.chosen.target
        try:
            async with asyncio.timeout(self.chosen.timeout):
                if "/" in target:
                    _, connection = await loop.create_unix_connection(Connection, target)
                else:
                    address, _, port = target.rpartition(":")
                    _, connection = await loop.create_connection(
                        Connection, address.strip("[]"), int(port))
        except TimeoutError:
            raise Failure("time-out in connect") from None
        except ConnectionRefusedError as error:
            raise Failure("connection refused", str(error)) from None
        except OSError as error:
            raise Failure("connection failed", str(error)) from None
        self.tally.opened += 1
        return connection

    async def request(self, keep_alive, connection, since=None):
        """Sends one request, by `connection` if it is still good; returns the connection to keep."""
        self.serial += 1
        path = f"{self.chosen.path}/{self.serial}"
        wish = "" if keep_alive else "Connection: close\r\n"
        message = f"GET {path} HTTP/1.1\r\nHost: strict\r\n{wish}\r\n".encode()
        self.tally.started()
        began = time.monotonic() if since is None else since
        try:
            if connection is None or connection.spent:
                connection = await self.connect()
            body = await connection.exchange(message, self.chosen.timeout)
            self.tally.succeeded(self.checked(body, path), time.monotonic() - began)
        except Failure as failure:
            if connection is not None:
                connection.spent = True
            if self.chosen.allow_idle_close and failure.kind.startswith("reused connection") \
                    and failure.kind.endswith("before the answer"):
                self.tally.idle_closes += 1
            else:
                self.tally.failed_with(failure, path)
        finally:
            self.tally.ended()
        if connection is not None and (connection.spent or not keep_alive):
            connection.close()
            return None
        return connection

    @staticmethod
    def checked(body, path):
        try:
            answer = json.loads(body)
        except ValueError:
            raise Failure("body is not JSON", body[:200].decode("latin-1")) from None
        if answer.get("path") != path:
            raise Failure("answer to another request", f"{answer.get('path')}")
        return answer

    def keeps_alive(self, index):
        kind = self.chosen.connections
        return kind == "keep-alive" or (kind == "mixed" and index % 2 == 1)

    async def closed_loop(self, index):
        connection, keep_alive = None, self.keeps_alive(index)
        while self.may_send():
            connection = await self.request(keep_alive, connection)
            if self.chosen.pause:
                try:
                    await asyncio.wait_for(self.stopping.wait(), self.chosen.pause)
                except TimeoutError:
                    pass
        if connection is not None:
            connection.close()

    async def open_loop(self):
        began, under_way = time.monotonic(), set()
        while self.may_send():
            due = began + self.serial / self.chosen.rate
            delay = due - time.monotonic()
            if delay > 0:
                try:
                    await asyncio.wait_for(self.stopping.wait(), delay)
                    break
                except TimeoutError:
                    pass
            task = asyncio.ensure_future(self.open_request(self.keeps_alive(self.serial), due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            await asyncio.sleep(0)  # lets the request take its number before the next is planned
        await asyncio.gather(*under_way)
        for connection in self.idle:
            connection.close()

    async def open_request(self, keep_alive, due):
        connection = None
        while keep_alive and self.idle and connection is None:
            candidate = self.idle.pop()
            connection = None if candidate.spent else candidate
        # Measured from when it was due: a client that was kept waiting does not hide the wait.
        connection = await self.request(keep_alive, connection, since=due)
        if connection is not None:
            self.idle.append(connection)

    async def tell_progress(self):
        while True:
            if self.tally.answered:
                write_whole(self.chosen.report, self.tally.counts())
            await asyncio.sleep(0.2)

    async def run(self):
        loop = asyncio.get_running_loop()
        telling = asyncio.ensure_future(self.tell_progress()) if self.chosen.report else None
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        if self.chosen.seconds:
            loop.call_later(self.chosen.seconds, self.stopping.set)
        if self.chosen.rate:
            await self.open_loop()
        else:
            await asyncio.gather(*(self.closed_loop(i) for i in range(self.chosen.clients)))
        if telling is not None:
            telling.cancel()
        return self.tally.report()


def write_whole(path, value):
    """Whoever reads `path` finds the old value or the new one, never a half of it."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    os.replace(path + ".new", path)


def main():
    chosen = options()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    report = asyncio.run(Client(chosen).run())
    if chosen.report:
        write_whole(chosen.report, report)
    else:
        print(json.dumps(report, indent=2))
    sys.exit(0 if report["failures"] == 0 and report["answered"] > 0 else 1)


if __name__ == "__main__":
    main()
