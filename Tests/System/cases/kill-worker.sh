#!/bin/bash
# A worker that is killed is replaced in its slot; the journal says what happened.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
worker_in() { pool "next((w for w in workers if w['slot'] == $1), {}).get('$2')"; }
victim=$(worker_in 0 pid) incarnation=$(worker_in 0 incarnation) other=$(worker_in 1 pid)

kill -KILL "$victim"
has_successor() { [[ $(worker_in 0 pid) != "$victim" && $(worker_in 0 state) == ready ]]; }
within 10 "slot 0 has a new worker" has_successor
holds "it is another incarnation" [ "$(worker_in 0 incarnation)" -gt "$incarnation" ]
equal "its generation" "$(worker_in 0 generation)" 1
equal "its restarts" "$(worker_in 0 restarts)" 1
matches "its last reason" "$(worker_in 0 lastReason)" 'KILL|signal 9'
equal "the neighbour is the same" "$(worker_in 1 pid)" "$other"
within 5 "the pool is whole" pool_is serving 2

record=$(lifecycle "WORKER_PID=$victim" EXIT_CODE=killed | tail -n 1)
matches "the journal tells the end of worker $victim" "$record" .
equal "its pool and slot" "$(ask '(MARTLET_POOL, MARTLET_WORKER, MARTLET_GENERATION)' <<<"$record")" \
    "web 0 1"
matches "its exit status" "$(ask EXIT_STATUS <<<"$record")" '^(9|KILL|SIGKILL)$'
matches "its reason" "$(ask MARTLET_REASON <<<"$record")" .

holds "the pool serves" serves
ends_without_trace
