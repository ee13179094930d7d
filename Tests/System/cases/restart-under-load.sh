#!/bin/bash
# A cold restart, with new workers, under load: clients wait in the socket, nobody is refused.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
load_begin --connections mixed --clients 8
for time in 1 2 3; do
    step "stop and start $time"
    before=$(worker_pids) main=$(master)
    # The first client that comes in between starts it, too.
    systemctl stop martlet@web.service
    systemctl start martlet@web.service
    differs "the master" "$(master)" "$main"
    holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
    answered=$(load answered)
    more_answered() { (($(load answered) > answered + 200)); }
    within 30 "clients are served again" more_answered
done
load_ends_well
ends_without_trace
