#!/bin/bash
# Node workers that talk to their pool, hang, leave, and write nonsense on their channel: each costs
# itself alone.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

cat >/etc/martlet.conf.template <<END
[Socket]
ListenStream=$web

[Pool]
Workers=2
Protocol=node
RolloutSettleSec=200ms

[Worker]
ExecStart=/usr/bin/node $programs/corners.js
TimeoutStopSec=5s
END

write_corners() { # LINE-OF-[Worker]…
    { cat /etc/martlet.conf.template && printf '%s\n' "$@"; } >/etc/martlet/web.conf
}

# Whoever answers does as the path says; its pid.
told() { answer pid "/$1"; }

# Somebody is told, is gone, and has a successor; the other one is the same.
costs_itself_alone() { # DEED
    local before victim
    before=$(worker_pids)
    victim=$(told "$1")
    is_gone() { [[ ! -e /proc/$victim ]]; }
    within 20 "worker $victim is gone" is_gone
    within 20 "the pool is whole" pool_is serving 2
    equal "workers that are the same" \
        "$(comm -12 <(tr ' ' '\n' <<<"$before" | sort) <(worker_pids | tr ' ' '\n' | sort) | wc -l)" 1
}

install_package
write_corners
start_web
first=$(master)

step "messages"
before=$(worker_pids)
told messages >/dev/null
speaker=$(told status)
says() { [[ $(pool "[w.get('statusText') for w in workers if w.get('pid') == $speaker]") == "three in the queue" ]]; }
within 10 "status tells what it says" says
told handle >/dev/null
sleep 1
equal "workers after messages and a handle" "$(worker_pids)" "$before"

step "nonsense on the channel"
costs_itself_alone nonsense
holds "the journal says so" journal_matches 'is given up: it sent something on its channel that is no JSON' \
    SYSLOG_IDENTIFIER=martlet
step "half a line, and another after it"
costs_itself_alone half
step "a hundred megabytes without an end of line"
costs_itself_alone endless
holds "the journal says so" journal_matches 'sent a message of more than 1048576 bytes on its channel'
at_least "KiB that the master may have" 20000 "$(awk '/VmRSS/ { print $2 }' "/proc/$first/status")"

step "a worker that leaves by itself"
costs_itself_alone leave
holds "the journal says so" journal_matches 'says that it is stopping' SYSLOG_IDENTIFIER=martlet

step "ready is who says so"
write_corners ReadyMessage=yes Environment=READY_AFTER=1500 WatchdogSec=2s ShutdownMessage=yes
reload_web
equal "the pool" "$(pool '(generation, ready)')" "2 2"
at_least "milliseconds until ready" \
    "$(journalctl -o cat SYSLOG_IDENTIFIER=martlet | sed -n 's/.*generation 2 is ready after \([0-9.]*\) s/\1/p' | head -n 1 | awk '{ print $1 * 1000 }' | cut -d. -f1)" 1500
write_corners ReadyMessage=yes TimeoutStartSec=2s
refused "a release that never says so is rolled out" reload_web
equal "the pool" "$(pool '(generation, ready)')" "2 2"

step "heartbeats"
before=$(worker_pids)
sleep 3
equal "workers whose heartbeats come" "$(worker_pids)" "$before"
costs_itself_alone silence
holds "the journal says so" journal_matches 'sent no heartbeat for 2 s' SYSLOG_IDENTIFIER=martlet

step "a message in place of disconnect"
before=$(worker_pids)
write_corners
reload_web
are_gone() { disjoint "$before" "$(ps -e -o pid= | xargs)"; }
within 20 "the old workers are gone" are_gone
holds "they were told" journal_matches 'told to shut down'
holds "and left by themselves" journal_matches 'generation 2 has left: it exited with status 7' \
    SYSLOG_IDENTIFIER=martlet

equal "the master is the first one" "$(master)" "$first"
ends_without_trace
