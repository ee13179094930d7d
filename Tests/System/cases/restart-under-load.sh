#!/bin/bash
# systemctl restart under load: clients wait in the socket, nobody is refused.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
load_begin --connections mixed --clients 8
for time in 1 2 3; do
    step "restart $time"
    before=$(worker_pids) main=$(master)
    systemctl restart martlet@web.service
    differs "the master" "$(master)" "$main"
    holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
    answered=$(load answered)
    more_answered() { (($(load answered) > answered + 200)); }
    within 30 "clients are served again" more_answered
done
load_ends_well
ends_without_trace
