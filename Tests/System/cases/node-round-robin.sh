#!/bin/bash
# Dispatch=round-robin: the master accepts and passes connections on to Node workers, one after the
# other; nobody is lost by a worker that dies with a connection it has not taken, nobody is refused
# when there is no worker, and workers that are full do not make the master spin.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

write_node() { # LINE-OF-[Worker]…
    cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web

[Pool]
Workers=4
Protocol=node
Dispatch=round-robin
RolloutSettleSec=200ms

[Worker]
ExecStart=/usr/bin/node $programs/cluster.js
$(printf '%s\n' "$@")
END
}

ticks() { awk '{ print $14 + $15 }' "/proc/$(master)/stat"; }

backlog() { ss -Hltn "src $web" | awk '{ print $3 }'; }

install_package
write_node
start_web
before=$(backlog)
equal "10,000 connections over 4 workers" "$(counts 10000)" "2500 2500 2500 2500"
equal "and as it counts them" "$(martletctl metrics web |
    sed -n 's/^martlet_dispatched_connections_total{.* //p' | xargs)" "2500 2500 2500 2500"
equal "the socket's backlog is as systemd has made it" "$(backlog)" "$before"
open=$(descriptors)

step "reloads under load"
load_begin --connections new --clients 8
reload_web
reload_web
load_ends_well
equal "the pool" "$(pool '(generation, ready)')" "3 4"

step "who dies with connections that it has not taken"
victim=$(pool 'workers[0]["pid"]')
kill -STOP "$victim"
for client in {1..20}; do
    curl --silent --fail --max-time 30 "http://$web/" >"/run/answer.$client" &
    clients[client]=$!
done
sleep 1
kill -KILL "$victim"
for client in "${clients[@]}"; do holds "client $client is answered" wait "$client"; done

step "no worker at all: clients wait"
pool_is_empty() { [[ -z $(worker_pids) ]]; }
mapfile -t pids < <(worker_pids | tr ' ' '\n')
kill -KILL "${pids[@]}"
holds "a client is answered" serves
within 20 "the pool is whole" pool_is serving 4

step "workers that are full do not make the master spin"
write_node Environment=MAX_CONNECTIONS=1
reload_web
used=$(ticks) began=$SECONDS
unset clients
for client in {1..24}; do
    curl --silent --fail --max-time 30 "http://$web/?ms=500" >"/run/answer.$client" &
    clients[client]=$!
done
for client in "${clients[@]}"; do holds "client $client is answered" wait "$client"; done
used=$(($(ticks) - used))
figure "24 requests of 0.5 s to 4 workers that take one each: $((SECONDS - began)) s, $used ticks of the master"
at_least "ticks that the master may use" 50 "$used"

within 10 "the master has $open open descriptors, as before" descriptors_are "$open"
ends_without_trace
