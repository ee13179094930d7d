#!/bin/bash
# Workers outlive their master, and nothing outlives the pool: a stop while systemd waits to start the
# master again, a stop of a master that hangs, a failure for good. The socket stays, and the next
# client is served. What workers share with the next master is kept as long as they are.
# seconds: 240
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

sub_state_is() { [[ $(property martlet@web.service SubState) == "$1" ]]; }
in_its_place() { nsenter --mount --target "$@"; } # PID COMMAND…

# The pool with further lines of [Service], ready and watched from here on.
begin() { # LINE-OF-[Service]…
    drop_in service <<<"$(printf '%s\n' '[Service]' "$@")"
    systemctl daemon-reload
    systemctl start martlet@web.socket martlet@web.service
    within 30 "the pool is whole" pool_is serving 2
    holds "the anchor is up" anchor_is active
    main=$(master) before=$(worker_pids)
    group=/sys/fs/cgroup$(property martlet@web.service ControlGroup)
}

dies_and_waits() {
    kill -KILL "$main"
    within 20 "systemd waits to start it again" sub_state_is auto-restart
}

nothing_is_left() { # STATE-OF-THE-SERVICE
    equal "the service" "$(property martlet@web.service ActiveState)" "$1"
    within 20 "the anchor has gone" anchor_is inactive
    equal "processes that are left" "$(processes_with MARTLET_POOL=web)" ""
    refused "the cgroup is left" test -e "$group"
    equal "descriptors that are kept" "$(stored)" 0
    equal "the socket" "$(property martlet@web.socket ActiveState)" active
    equal "anchors that failed" "$(systemctl list-units --state=failed --no-legend 'martlet-anchor@*')" ""
    holds "the next client is served" serves
    holds "by new workers" disjoint "$before" "$(worker_pids)"
    systemctl stop martlet@web.socket martlet@web.service
    within 20 "the anchor has gone again" anchor_is inactive
}

install_package
write_web '--daemonize-grandchild'
systemctl daemon-reload

step "who asks for the anchor to stop or to start is refused, and the pool goes on"
begin
refused "it can be stopped" systemctl stop martlet-anchor@web.service
equal "the workers" "$(worker_pids)" "$before"
systemctl stop martlet@web.service
within 20 "the anchor has gone" anchor_is inactive
refused "it can be started" systemctl start martlet-anchor@web.service

step "what ends leftovers leaves alone a pool that is up, or will be"
begin RestartSec=3s
all=$(processes_with MARTLET_POOL=web | sort -n | xargs)
holds "it has nothing to do" /usr/libexec/martlet/end-leftovers web
equal "processes" "$(processes_with MARTLET_POOL=web | sort -n | xargs)" "$all"
dies_and_waits
holds "nor has it then" /usr/libexec/martlet/end-leftovers web
equal "processes" "$(processes_with MARTLET_POOL=web | sort -n | xargs)" "$all"
equal "the anchor" "$(property martlet-anchor@web.service ActiveState)" active

step "a stop while systemd waits to start the master again"
systemctl stop martlet@web.service
nothing_is_left inactive

step "a stop of both, too, and of a pool in a slice of its own"
begin RestartSec=1min Slice=my-own.slice
matches "its group" "$group" '/my.slice/my-own.slice/martlet@web.service$'
dies_and_waits
systemctl stop martlet@web.socket martlet@web.service
within 20 "the anchor has gone" anchor_is inactive
equal "processes that are left" "$(processes_with MARTLET_POOL=web)" ""
refused "the cgroup is left" test -e "$group"

step "a restart of the socket while systemd waits: no worker keeps the old one"
begin RestartSec=1min
dies_and_waits
holds "it is opened anew" systemctl restart martlet@web.socket
equal "processes of old" "$(processes_with MARTLET_POOL=web | grep -xF "$(tr ' ' '\n' <<<"$before")" || true)" ""
holds "the next client is served" serves
systemctl stop martlet@web.socket martlet@web.service

step "a stop of a master that hangs"
begin TimeoutStopSec=2s
hangs "$main"
systemctl stop martlet@web.service || true
equal "result" "$(property martlet@web.service Result)" timeout
nothing_is_left failed

step "a failure for good"
begin RestartPreventExitStatus=SIGKILL
kill -KILL "$main"
within 20 "the service has failed" service_is failed
nothing_is_left failed

step "files, shared memory and namespaces are there for the workers and for the next master"
begin RestartSec=3s PrivateNetwork=no
read -r one _ <<<"$before"
user=$(id -u martlet)
holds "a file" in_its_place "$one" touch /tmp/mine
holds "shared memory" in_its_place "$one" --setuid "$user" touch /dev/shm/mine
namespaces() { readlink "/proc/$1/ns/ipc" "/proc/$1/ns/net" | xargs; }
had=$(namespaces "$one")
dies_and_waits
holds "the file is there meanwhile" in_its_place "$one" test -e /tmp/mine
holds "and another can be made" in_its_place "$one" touch /tmp/other
holds "the shared memory is there" in_its_place "$one" test -e /dev/shm/mine
within 30 "the pool is whole" pool_is serving 2
for process in "$(master)" "$(pool 'workers[0]["pid"]')"; do
    equal "files" "$(in_its_place "$process" ls -x /tmp)" "mine  other"
    equal "namespaces" "$(namespaces "$process")" "$had"
done
holds "the shared memory is there still" test -e /dev/shm/mine
systemctl stop martlet@web.socket martlet@web.service
within 20 "the anchor has gone" anchor_is inactive
refused "shared memory is left of the pool" test -e /dev/shm/mine

step "a network that has a path is that of the workers, not the anchor's"
ip netns add elsewhere
ip -n elsewhere link set lo up
begin NetworkNamespacePath=/run/netns/elsewhere
equal "the network of a worker" "$(stat -Lc %i "/proc/$(pool 'workers[0]["pid"]')/ns/net")" \
    "$(stat -Lc %i /run/netns/elsewhere)"
systemctl stop martlet@web.socket martlet@web.service
within 20 "the anchor has gone" anchor_is inactive

step "a user that is there only while the pool is stays too"
begin RestartSec=3s DynamicUser=yes User=wanderer
had=$(readlink /run/systemd/dynamic-uid/direct:wanderer)
dies_and_waits
equal "whom the name belongs to" "$(readlink /run/systemd/dynamic-uid/direct:wanderer)" "$had"
within 30 "the pool is whole" pool_is serving 2
equal "the next master's user" "$(stat -c %u "/proc/$(master)")" "$had"
systemctl stop martlet@web.socket martlet@web.service
within 20 "the anchor has gone" anchor_is inactive
refused "a link is left" test -L /run/martlet/web
begin Nice=1
holds "it serves with another user" serves
ends_without_trace
