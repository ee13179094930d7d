#!/usr/bin/python3 -IS
"""A worker of the process tests that does what its arguments say, one after the other, and tells the
test of it: each line it logs is a datagram to the socket `notify` of the directory MARTLET_STAGE,
where the master's own notifications arrive, so that the order of both is that of the kernel.

Invariant: it ends when it has done everything; SIGINT and SIGTERM are logged and end it at any time
with status 0, unless a step said otherwise.

Steps: WORD or WORD:VALUE.
"""

import array
import os
import signal
import socket
import sys
import time

STAGE = os.environ["MARTLET_STAGE"]
held = []
SLOT = "agent" if "MARTLET_AGENT" in os.environ else os.environ.get("MARTLET_WORKER", "-")
NAME = f"{SLOT}/{os.environ.get('MARTLET_GENERATION', '-')}"


def send(path, data, descriptors=()):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(path)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        channel.sendmsg([data], rights if descriptors else [])


def log(text):
    send(f"{STAGE}/notify", f"puppet {NAME} {text}".encode())


def notify(text):
    send(os.environ["NOTIFY_SOCKET"], text.replace("\\n", "\n").encode())


def number(name):
    return getattr(signal, f"SIG{name}")


def leave(name, code):
    """Ends at the signal."""
    def handler(_number, _frame):
        log(f"got {name}")
        os._exit(code)
    signal.signal(number(name), handler)


def hear(name):
    """Logs the signal and lives on."""
    signal.signal(number(name), lambda _number, _frame: log(f"got {name}"))


def pause(seconds=None):
    end = None if seconds is None else time.monotonic() + float(seconds)
    while end is None or time.monotonic() < end:
        time.sleep(3600 if end is None else max(0, end - time.monotonic()))


def gate(name):
    """Waits until the test lets one pass: each byte of the FIFO is for one puppet."""
    with open(f"{STAGE}/{name}", "r+b", buffering=0) as fifo:
        log(f"waits at {name}")
        fifo.read(1)


def grow(megabytes):
    """Has that much more memory for itself, all of it touched."""
    held.append(b"x" * (int(megabytes) << 20))
    log("has grown")


def grow_in_child(megabytes):
    """The same in a descendant."""
    if os.fork() == 0:
        grow(megabytes)
        pause()


def child():
    """Leaves a deaf descendant in the same process group."""
    if os.fork() == 0:
        for name in ("INT", "TERM", "HUP", "QUIT", "ABRT"):
            signal.signal(number(name), signal.SIG_IGN)
        log(f"child {os.getpid()}")
        pause()
    # Not before the log: the test counts on it.


def serve():
    """One line for each connection to descriptor 3."""
    listener = socket.socket(fileno=3)
    listener.setblocking(True)
    while True:
        connection, _ = listener.accept()
        connection.sendall(f"{NAME}\n".encode())
        connection.close()


def flood_in_child():
    """Garbage on the notify socket for ever, as fast as it goes."""
    if os.fork() != 0:
        return
    garbage = [b"\0" * 40, b"\xff" * 4000, b"=\n=\n==", b"READY", b"STATUS=" + b"x" * 3000,
               b"A" * 60000, b"", b"EXTEND_TIMEOUT_USEC=99999999999999999999999",
               b"WATCHDOG_USEC=-1", b"\n" * 4096]
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.connect(os.environ["NOTIFY_SOCKET"])
    log("floods")
    while True:
        for datagram in garbage:
            channel.send(datagram)


def tell():
    """All that it was given, as a file of lines."""
    lines = [f"argument {word}" for word in sys.argv[1:]]
    lines += [f"environment {name}={value}" for name, value in sorted(os.environ.items())]
    lines += [f"pid {os.getpid()}", f"directory {os.getcwd()}"]
    for descriptor in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        try:
            lines.append(f"descriptor {descriptor} {kind(descriptor)}")
        except OSError:
            pass  # the directory that was just read
    with open(f"{STAGE}/told.{NAME.replace('/', '.')}", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    log("told")


def kind(descriptor):
    target = os.readlink(f"/proc/self/fd/{descriptor}")
    if not target.startswith("socket:"):
        return target.split(":")[0]
    inherited = socket.socket(fileno=os.dup(descriptor))
    blocking = "blocking" if os.get_blocking(descriptor) else "nonblocking"
    name = inherited.getsockname()
    return f"{inherited.family.name} {inherited.type.name} {blocking} {name}"


def step(word, value):
    if word == "ready":
        log("ready")
        notify("READY=1")
    elif word == "log":
        log(value)
    elif word == "notify":
        notify(value)
    elif word == "wait":
        pause(value or None)
    elif word == "gate":
        gate(value)
    elif word == "grow":
        grow(value)
    elif word == "grow-child":
        grow_in_child(value)
    elif word == "exit":
        sys.exit(int(value))
    elif word == "fail-in":
        if os.environ["MARTLET_WORKER"] == value:
            sys.exit(2)
    elif word == "flood-in":
        if os.environ["MARTLET_WORKER"] == value:
            flood_in_child()
    elif word == "die":
        signal.signal(number(value), signal.SIG_DFL)
        os.kill(os.getpid(), number(value))
    elif word == "deaf":
        signal.signal(number(value), signal.SIG_IGN)
    elif word == "hear":
        hear(value)
    elif word == "leave":
        leave(*[value.split("=")[0], int(value.split("=")[1])])
    elif word == "beat":
        # VALUE times, a tenth of a second apart.
        for _ in range(int(value)):
            notify("WATCHDOG=1")
            time.sleep(0.1)
    elif word == "grandchild-ready":
        if os.fork() == 0:
            notify("READY=1")
            os._exit(0)
    elif word == "descriptors":
        pipe = os.pipe()
        for _ in range(int(value)):
            send(os.environ["NOTIFY_SOCKET"], b"FDSTORE=1\nFDNAME=gift", list(pipe) * 100)
        log("gave descriptors")
    elif word == "shout":
        log("shouts")
        for line in range(int(value) // 100):
            os.write(1, b"%9d %s\n" % (line, b"a" * 89))
        log("has shouted")
    elif word == "print":
        sys.stdout.write(value.replace("\\n", "\n").replace("\\e", "\033"))
        sys.stdout.flush()
    elif word == "listen":
        # As servers do that think a socket is theirs alone.
        socket.socket(fileno=os.dup(3)).listen(int(value))
    elif word in ("child", "serve", "tell"):
        globals()[word]()
    else:
        sys.exit(f"puppet: no step {word}")


def main():
    for name in ("INT", "TERM"):
        leave(name, 0)
    for argument in sys.argv[1:]:
        step(*(argument.split(":", 1) + [""])[:2])


main()
