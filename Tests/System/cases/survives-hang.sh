#!/bin/bash
# A master that hangs is replaced by systemd's watchdog; its workers serve on, and stay.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
drop_in watchdog <<<$'[Service]\nWatchdogSec=2'
start_web
kept=$(stored)
at_least "descriptors that are kept" "$kept" 5
load_begin --connections mixed --clients 8
before=$(worker_pids)

for time in 1 2; do
    step "hang $time"
    old=$(master) since=$(milliseconds)
    answered=$(load answered)
    kill -STOP "$old"
    next_master_answers "$old" "$since"
    at_least "requests that were answered meanwhile" "$(load answered)" $((answered + 200))
    within 20 "the pool is whole" pool_is serving 2
    equal "the workers" "$(worker_pids)" "$before"
    within 20 "who is there is known to the master" all_are_known
    within 20 "systemd keeps $kept descriptors, as before" stored_are "$kept"
    matches "why the master was replaced" \
        "$(journalctl --quiet --no-pager -u martlet@web.service)" 'Watchdog timeout'
done
load_ends_well
ends_without_trace
