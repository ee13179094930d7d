#!/bin/bash
# A program with Node's cluster module, as it is: served, reloaded without a failed request, killed,
# stopped with requests under way.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

write_node() {
    cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web
Backlog=1000

[Pool]
Workers=2
Protocol=node
RolloutSettleSec=200ms

[Worker]
ExecStart=/usr/bin/node $programs/cluster.js
END
}

backlog() { ss -Hltn "src $web" | awk '{ print $3 }'; }

in_flight() { # FILE
    curl --silent --show-error --fail --max-time 30 "http://$web/?ms=2000" >"$1" &
    flight=$!
    sleep 0.5 # it is under way then, or the answer's pid tells otherwise
}

install_package
write_node
start_web
figure "Node $(node --version)"

step "the one-file example takes the worker's part"
equal "processes of the pool" "$(count_with MARTLET_POOL=web)" 2
equal "the pool" "$(pool '(state, ready)')" "serving 2"
equal "where the program takes the socket to be" "$(pool 'listeners[0]["asked"]')" '*:1314'
equal "the socket's backlog, which Node has lowered to 511" "$(backlog)" 1000
rm -f /run/seen
both_seen() { answer '(slot, id)' >>/run/seen && [[ $(sort -u /run/seen | wc -l) == 2 ]]; }
within 20 "both workers answer" both_seen
equal "slots and ids" "$(sort -u /run/seen | cut -d' ' -f1 | xargs)" "0 1"
equal "variables of another protocol" \
    "$(answer '[name for name in variables if name.startswith(("LISTEN_", "NODE_CHANNEL", "NODE_UNIQUE"))]')" ""

step "reloads under load"
load_begin --connections new --clients 4
for generation in 2 3 4; do
    reload_web
    equal "the pool" "$(pool '(generation, ready)')" "$generation 2"
done
load_ends_well
at_least "generations that served" "$(load 'len(generations)')" 3

step "a request under way outlives its worker's retirement"
in_flight /run/flight
reload_web
holds "it is answered" wait "$flight"
equal "by generation" "$(ask generation </run/flight)" 4

step "signals to the master are not passed on"
before=$(worker_pids)
kill -USR1 "$(master)"
sleep 1
equal "workers" "$(worker_pids)" "$before"
refused "a debugger listens" grep -q . <(ss -Hltn 'sport = :9229')

step "a killed worker is replaced"
kill -KILL "$(pool 'workers[0]["pid"]')"
is_whole() { [[ $(pool '(state, ready, workers[0]["restarts"])') == 'serving 2 1' ]]; }
within 20 "the pool is whole" is_whole

step "from one protocol to the other and back, under load"
load_begin --connections new --clients 4
cp /etc/martlet/web.conf /run/node.conf
sed -i -e 's/^Protocol=.*/Protocol=systemd/' -e "s|^ExecStart=.*|ExecStart=$worker|" /etc/martlet/web.conf
reload_web
equal "the pool" "$(pool '(state, ready)')" "serving 2"
cp /run/node.conf /etc/martlet/web.conf
reload_web
equal "the pool" "$(pool '(state, ready)')" "serving 2"
load_ends_well

step "a request under way is answered by a pool that stops"
in_flight /run/flight
lifecycle >/run/lifecycle
refused "a worker had to be signalled" grep be2172c5098d4d8683e191c9f3a2367e /run/lifecycle
ends_without_trace
holds "it is answered" wait "$flight"
lifecycle >/run/lifecycle
refused "a worker had to be signalled" grep be2172c5098d4d8683e191c9f3a2367e /run/lifecycle
refused "a handshake was strange" journal_matches 'does not begin as programs on Node'
