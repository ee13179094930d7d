"""Who tells workers/messenger.{c,js}, and the one in Swift, what to do: at a socket that they connect to."""

import select
import socket
import time

from .place import fail


class Director:
    """The workers of one contestant, by their slots."""

    def __init__(self, path, name):
        self.path, self.name, self.workers = path, name, {}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(256)

    def await_workers(self, count, seconds=60):
        """Until each slot has a worker that has said which it is."""
        self.listener.settimeout(seconds)
        while len(self.workers) < count:
            try:
                worker = self.listener.accept()[0]
                worker.settimeout(seconds)
                self.workers[int(worker.recv(64))] = worker
            except (TimeoutError, ValueError):
                fail(f"{self.name}: {len(self.workers)} of {count} workers have come")
        return self

    def command(self, slot, *words):
        try:
            self.workers[slot].sendall((" ".join(map(str, words)) + "\n").encode())
        except OSError as error:
            fail(f"{self.name}: worker {slot} can't be told to {words[0]}: {error}")

    def await_answers(self, slots, seconds=60):
        """The line that each has answered, by slot."""
        answers, end = {}, time.monotonic() + seconds
        waiting = {self.workers[slot]: slot for slot in slots}
        while waiting:
            ready = select.select(list(waiting), [], [], max(0, end - time.monotonic()))[0]
            if not ready:
                fail(f"{self.name}: {len(waiting)} workers are not done after {seconds} s")
            for worker in ready:
                slot = waiting.pop(worker)
                answer = worker.recv(64).decode().strip()
                answers[slot] = answer or fail(f"{self.name}: worker {slot} has ended")
        return answers

    def ask(self, slots, *words):
        """The same command to all of them, and what they answer."""
        for slot in slots:
            self.command(slot, *words)
        return self.await_answers(slots)

    def end(self):
        for worker in [self.listener, *self.workers.values()]:
            worker.close()
        self.path.unlink(missing_ok=True)
