#!/bin/bash
# What a person sees who waits for a reload or a scale: a line for each worker at a terminal, plain
# lines anywhere else; and whoever goes away leaves it under way.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

# Runs a command at a terminal of 24 lines; once a pattern has been seen, presses Ctrl-C if asked to.
# The exit code is printed, what the terminal got is in /run/screen.
at_terminal() { # [--interrupt PATTERN] COMMAND…
    python3 - "$@" <<'PYTHON'
import fcntl, os, pty, re, struct, sys, termios, time

words = sys.argv[1:]
pattern = None
if words[0] == "--interrupt":
    pattern, words = words[1].encode(), words[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execvp(words[0], words)
seen, end = b"", time.monotonic() + 90
while time.monotonic() < end:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    if pattern and re.search(pattern, seen):
        os.write(terminal, b"\x03")
        pattern = None
with open("/run/screen", "wb") as file:
    file.write(seen)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
}

screen() { tr '\r' '\n' </run/screen | sed -E 's/\x1b\[[0-9;?]*[A-Za-z]//g'; }

install_package
write_web '--boot 1'
start_web

step "a reload at a terminal: a line for each worker, redrawn"
equal "exit code" "$(at_terminal martletctl reload web)" 0
matches "the new beside the old" "$(screen)" \
    '^  worker 0: generation 1 ready, generation 2 starting for [0-9.]+s$'
matches "the one that goes" "$(screen)" '^  worker [01]: generation 2 ready'
holds "lines are drawn over" grep -q $'\x1b\[2A\x1b\[J' /run/screen
matches "the last line is the verdict" "$(screen | sed '/^$/d' | tail -n 1)" \
    '^web: generation 2 is serving \(2/2 ready\)$'

step "and anywhere else: plain lines"
martletctl reload web >/run/plain
refused "something moves the cursor" grep -q $'\x1b' /run/plain
matches "the status line" "$(cat /run/plain)" '^web: gen 3: '
equal "the last line" "$(tail -n 1 /run/plain)" "web: generation 3 is serving (2/2 ready)"

step "Ctrl-C leaves it under way, and says so"
equal "exit code" "$(at_terminal --interrupt 'generation 4.* starting' martletctl reload web)" 130
matches "what it says" "$(screen)" '^web: the reload goes on without anybody waiting for it'
serves_4() { [[ $(pool '(state, generation, ready)') == "serving 4 2" ]]; }
within 60 "the reload ends well" serves_4

step "scale --wait returns when it is done"
equal "more" "$(at_terminal martletctl scale --wait web 4)" 0
equal "workers that are ready at once" "$(pool '(wanted, ready)')" "4 4"
matches "what it showed" "$(screen)" '^  worker 3: generation 4 starting for'
martletctl scale --wait web 1 >/run/plain
equal "workers that are there at once" "$(pool 'sum("pid" in w for w in workers)')" 1
equal "the last line" "$(tail -n 1 /run/plain)" "web: 1/1 ready"
equal "without its reader" "$(at_terminal --interrupt 'worker 2.*starting' martletctl scale --wait web 3)" 130
matches "what it says" "$(screen)" '^web: it goes on without anybody waiting for it'
workers_are_3() { [[ $(pool '(wanted, ready)') == "3 3" ]]; }
within 30 "there are three" workers_are_3
ends_without_trace
