#!/bin/bash
# An agent in Swift with a job at a time of day: it is there before the workers and after them, it is
# told who comes, and its death and its replacement cost no request.
# seconds: 150
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

write_board() { # TIME-OF-DAY
    cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web

[Pool]
Workers=3
Protocol=martlet
RolloutSettleSec=200ms

[Worker]
ExecStart=/opt/examples/midnight-job

[Agent]
ExecStart=/opt/examples/midnight-job $1
END
}

# What each worker shows, once.
notices() {
    for _ in {1..30}; do answer '"{} {}".format(slot, notice)'; done | sort -u
}
all_show() { # NOTICE
    [[ $(notices) == "$(printf '%s\n' "0 $1" "1 $1" "2 $1")" ]]
}
agent() { pool "agent[\"$1\"]"; }

install_package
holds "the example is built" test -x /opt/examples/midnight-job
write_board "$(date --date='+8 seconds' +%T)"
start_web
first=$(agent incarnation)
equal "the order of the start" \
    "$(martletctl why web | grep -oE '(agent|worker [0-9]).* is ready|worker [0-9] started' \
        | sed -E 's/ of generation.*//; s/ started//; s/worker [0-9]/worker/' | head -n 2 | xargs)" \
    "agent worker"
within 20 "all workers show what it has put up" all_show "job 1 of agent $first"

step "its time comes"
within 30 "all workers show what is new" all_show "job 2 of agent $first"

step "it is killed under load"
write_board 00:00:00
load_begin --connections new --clients 4
before=$(worker_pids)
kill -KILL "$(agent pid)"
is_back() { [[ $(pool '(agent["state"], agent["restarts"])') == 'ready 1' ]]; }
within 20 "it is back" is_back
equal "the workers" "$(worker_pids)" "$before"
second=$(agent incarnation)
within 20 "its successor has told them all" all_show "job 3 of agent $second"

step "a reload replaces it, too"
reload_web
third=$(agent incarnation)
equal "of generation 2 is the agent" "$(agent generation)" 2
within 20 "the new workers show what the new agent has put up" all_show "job 4 of agent $third"
load_ends_well

step "it stops last"
systemctl stop martlet@web.socket martlet@web.service
last=$(lifecycle | python3 -c '
import json, sys
for line in sys.stdin: print(json.loads(line)["MESSAGE"])' | tail -n 3)
matches "the last that leaves" "$last" "the agent of generation 2 has left: it exited with status 0"
equal "no process of the pool is left" "$(processes_with MARTLET_POOL=web)" ""
