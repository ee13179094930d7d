#!/bin/bash
# A restart replaces the master and no worker, unless files of the pool have changed: then a rollout
# follows by itself. systemd's own reloads and the master's re-execution replace nobody at all.
# seconds: 300
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
kept=$(stored)
at_least "descriptors that are kept" "$kept" 5
load_begin --connections mixed --clients 8
before=$(worker_pids)

all_as_before() { # the master's pid is looked at by the caller
    within 20 "the pool is whole" pool_is serving 2
    equal "the workers" "$(worker_pids)" "$before"
    equal "the generation" "$(pool generation)" "$generation"
    within 20 "who is there is known to the master" all_are_known
    within 20 "systemd keeps $kept descriptors, as before" stored_are "$kept"
}
generation=1

for time in 1 2 3; do
    step "systemctl restart $time"
    old=$(master) since=$(milliseconds)
    systemctl restart martlet@web.service
    differs "the master" "$(master)" "$old"
    next_master_answers "$old" "$since"
    all_as_before
done

step "systemd itself reloads, and is executed anew"
old=$(master)
systemctl daemon-reload
all_as_before
systemctl daemon-reexec
within 30 "the service is active" service_is active
all_as_before
equal "the master" "$(master)" "$old"
step "and a master is replaced after that"
systemctl restart martlet@web.service
differs "the master" "$(master)" "$old"
all_as_before

step "martletctl reexec"
old=$(master) started=$(awk '{ print $22 }' "/proc/$(master)/stat")
holds "it goes well" martletctl reexec web
equal "the process" "$(master)" "$old"
equal "its start time" "$(awk '{ print $22 }' "/proc/$old/stat")" "$started"
all_as_before

step "SIGUSR2"
for time in 1 2 3; do
    kill -USR2 "$old"
    answers() { timeout 5 martletctl status web >/dev/null 2>&1; }
    within 20 "it answers" answers
done
equal "the process" "$(master)" "$old"
equal "restarts that systemd knows of" "$(property martlet@web.service NRestarts)" 0
all_as_before

step "a martletd that can't be executed leaves the old master in charge"
mv /usr/sbin/martletd /run/martletd
printf 'this is no program\n' >/usr/sbin/martletd
chmod 755 /usr/sbin/martletd
refused "it goes well" martletctl reexec web
mv /run/martletd /usr/sbin/martletd
equal "the process" "$(master)" "$old"
all_as_before

step "files that have changed are rolled out after a restart"
write_web '--label changed'
systemctl restart martlet@web.service
has_rolled() { [[ $(pool '(state, ready, generation, globals().get("rollout"), len(workers))') == "serving 2 2 None 2" ]]; }
within 60 "the new generation serves" has_rolled
holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
before=$(worker_pids) generation=2
all_as_before

step "after a crash they are not"
write_web '--label again'
old=$(master) since=$(milliseconds)
kill -KILL "$old"
next_master_answers "$old" "$since"
all_as_before
load_ends_well

step "with another user a restart is a stop and a start"
# Everybody may connect to it, and read the program.
drop_in service <<<$'[Service]\nUser=nobody'
systemctl daemon-reload
systemctl restart martlet@web.service
holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
equal "their user" "$(stat -c %U "/proc/$(pool 'workers[0]["pid"]')")" nobody
holds "the journal says why" journal_matches 'not kept over this restart.*User=nobody' -u martlet@web
before=$(worker_pids)

step "so is a restart of the socket"
systemctl restart martlet@web.socket
holds "it serves" serves
holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
before=$(worker_pids)

step "and a stop and a start"
systemctl stop martlet@web.service
systemctl start martlet@web.service
holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
ends_without_trace
