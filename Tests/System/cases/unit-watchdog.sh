#!/bin/bash
# A master that hangs is replaced by systemd, and clients are served again.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
drop_in watchdog <<END
[Service]
WatchdogSec=2
END
start_web
main=$(master) before=$(worker_pids)
was_restarted() { [[ $(property martlet@web.service NRestarts) == 1 ]]; }

step "a master that works is left alone"
sleep 5 # longer than two intervals: here the time itself is what is tested
equal "restarts" "$(property martlet@web.service NRestarts)" 0

step "a stopped one is not"
kill -STOP "$main"
within 30 "systemd restarts the master" was_restarted
within 30 "the service is active" service_is active
differs "the master" "$(master)" "$main"
holds "the pool serves" serves
within 10 "the pool is whole" pool_is serving 2
equal "its workers" "$(worker_pids)" "$before"
equal "processes of the pool" "$(count_with MARTLET_POOL=web)" 2
ends_without_trace
