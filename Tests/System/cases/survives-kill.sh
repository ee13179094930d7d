#!/bin/bash
# kill -9 of the master, under load, in each state of a pool: no request fails, no worker is replaced
# but those that the state itself replaces, nothing is left over, and systemd keeps as much as before.
# seconds: 600
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

kill_master() { # then the next one has answered
    local old since
    old=$(master) since=$(milliseconds)
    kill -KILL "$old"
    next_master_answers "$old" "$since"
}

# Of the rollout under way as r; None if there is none.
rollout() { # EXPRESSION
    pool "(lambda r: r and ($1))(globals().get('rollout'))"
}

# Nobody comes or goes, all are of one generation, and systemd keeps what it kept of such a pool.
is_at_rest() {
    [[ $(pool '(state, ready, globals().get("rollout"), sum("pid" in w for w in workers),
        len({w["generation"] for w in workers}))') == "serving $wanted None $wanted 1" ]]
}
comes_to_rest() {
    within 60 "the pool comes to rest" is_at_rest
    within 20 "who is there is known to the master" all_are_known
    within 20 "systemd keeps $kept descriptors, as before" stored_are "$kept"
}

starts() {
    systemctl daemon-reload
    systemctl start martlet@web.socket martlet@web.service
    wanted=$(pool wanted)
    kept=$(stored)
    at_least "descriptors that are kept" "$kept" $((2 * wanted + 1))
}

# Where the master accepts, what it has accepted and not passed on goes with it: some microseconds of
# each connection, so that it is seldom one, and nothing else fails.
load_ends_nearly_well() {
    load_end
    [[ $(load 'failures <= 8 and set(failuresByKind) <= {
        "connection reset before the answer", "connection closed before the answer"}') == True ]] ||
        fail "requests failed: $(cat "$load_report")"
    load_figures
}

ends() {
    ${1:-load_ends_well}
    systemctl stop martlet@web.socket martlet@web.service
    within 20 "the anchor has gone" anchor_is inactive
}

idle() { # LOAD-ARGUMENT…
    local before open time
    starts
    load_begin "$@"
    before=$(worker_pids) open=$(descriptors)
    for time in 1 2 3; do
        step "kill $time"
        kill_master
        within 20 "the pool is whole" pool_is serving "$wanted"
        equal "the workers" "$(worker_pids)" "$before"
    done
    within 20 "the master has $open open descriptors, as before" descriptors_are "$open"
    comes_to_rest
}

# A reload to workers that boot for a while, and a kill so many seconds after its begin.
during_rollouts() { # SECONDS…
    local moment ready
    for moment; do
        systemctl reload --no-block martlet@web.service
        is_rolling() { [[ $(rollout True) == True ]]; }
        within 20 "a rollout is under way" is_rolling
        sleep "$moment"
        kill_master
        ready=$(pool ready)
        at_least "ready workers" "$ready" "$wanted"
        comes_to_rest
        figure "killed $moment s into a rollout: generation $(pool generation) serves"
    done
}

install_package

step "idle, shared"
write_web '--slow /slow=4'
idle --connections mixed --clients 8
matches "why" "$(martletctl why web)" 'master'

step "a rollout, at each step"
write_web '--boot 1 --slow /slow=4'
drop_in settle <<<$'[Pool]\nRolloutSettleSec=700ms'
during_rollouts 0 0.5 1.2 1.6 2.2 3.0

step "draining: a request that is under way in a worker that leaves"
rm /etc/martlet/web.conf.d/settle.conf
curl --silent --fail --max-time 30 "http://$web/slow" >/run/slow &
slow=$!
sleep 0.5
of=$(pool generation)
timeout 30 systemctl reload martlet@web.service
leaves() { [[ $(pool 'len(workers)') == "$((wanted + 1))" ]]; }
within 10 "an old worker is leaving" leaves
kill_master
holds "it is answered" wait "$slow"
equal "by the old generation" "$(ask generation </run/slow)" "$of"
comes_to_rest

step "more workers than the file says, and a rollout that is held"
martletctl scale web 3
wanted=3
within 20 "the pool is whole" pool_is serving 3
kept=$(stored)
before=$(worker_pids)
kill_master
equal "the workers" "$(worker_pids)" "$before"
systemctl reload --no-block martlet@web.service
is_rolling() { [[ $(rollout True) == True ]]; }
within 20 "a rollout is under way" is_rolling
martletctl pause web
kill_master
equal "it is still held" "$(rollout 'r["paused"]')" True
martletctl resume web
wanted=$(pool wanted)
ends

step "rising: before the first worker is ready"
write_web '--boot 3'
systemctl daemon-reload
systemctl start martlet@web.socket
serves &
client=$!
risen() { [[ $(pool 'sum("pid" in w for w in workers)') == 2 ]] 2>/dev/null; }
within 20 "two workers are rising" risen
before=$(pool 'sorted(w["pid"] for w in workers)')
kill_master
within 30 "the pool is whole" pool_is serving 2
equal "the workers" "$(worker_pids)" "$before"
holds "the client that waits is served" wait "$client"
wanted=2 kept=$(stored)
comes_to_rest

step "stopping: nothing is left, and the next client is served"
group=/sys/fs/cgroup$(property martlet@web.service ControlGroup)
write_web '--ignore-signals' TimeoutStopSec=5min
reload_web
systemctl stop --no-block martlet@web.service
# A master that is killed has not ended well, whatever it was about.
has_ended() { service_is inactive || service_is failed; }
is_stopping() { [[ $(pool state) == stopping ]]; }
within 20 "the pool is stopping" is_stopping
old=$(master)
kill -KILL "$old"
within 20 "the service has ended" has_ended
within 20 "the anchor has gone" anchor_is inactive
equal "processes that are left" "$(processes_with MARTLET_POOL=web)" ""
refused "the cgroup is left" test -e "$group"
write_web ''
holds "the next client is served" serves
systemctl stop martlet@web.socket martlet@web.service

step "round-robin to workers of Node"
cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web

[Pool]
Workers=3
Protocol=node
Dispatch=round-robin
RolloutSettleSec=200ms

[Worker]
ExecStart=/usr/bin/node $programs/cluster.js
END
idle --connections mixed --clients 8
load_ends_nearly_well
# A server of Node that leaves closes connections between two requests: docs/node.md.
load_begin --connections new --clients 8
during_rollouts 0 0.3 0.8
ends load_ends_nearly_well

step "round-robin to workers in Swift"
holds "the examples are built" test -x /opt/examples/slow-requests
sed -i -e 's|^Protocol=.*|Protocol=martlet|' -e 's|^ExecStart=.*|ExecStart=/opt/examples/slow-requests|' \
    /etc/martlet/web.conf
idle --connections mixed --clients 8
during_rollouts 0 0.3 0.8
load_ends_nearly_well
ends_without_trace
