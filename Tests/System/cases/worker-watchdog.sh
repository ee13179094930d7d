#!/bin/bash
# A worker that falls silent is replaced: WatchdogSec= of [Worker].
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web '--hang-after 3' WatchdogSec=1s

start_web
step "workers are told their interval, in their own name"
equal "WATCHDOG_USEC" "$(answer 'env["WATCHDOG_USEC"]' '/about?env=WATCHDOG_USEC')" 1000000
pid=$(answer pid '/about?env=WATCHDOG_PID')
matches "WATCHDOG_PID is the worker's" "$(worker_pids)" \
    "\b$(answer 'env["WATCHDOG_PID"]' '/about?env=WATCHDOG_PID')\b"

step "the hanging worker is ended by SIGABRT and replaced"
main=$(master)
was_replaced() { ! [[ " $(worker_pids) " == *" $pid "* ]] && (($(pool ready) >= 1)); }
within 30 "worker $pid is replaced" was_replaced
refused "the hanging process is left" test -e "/proc/$pid"
holds "the journal says why" journal_matches 'watchdog|heartbeat' SYSLOG_IDENTIFIER=martlet
holds "the journal says how it ended" journal_matches 'ABRT|SIGABRT|signal 6' \
    SYSLOG_IDENTIFIER=martlet

step "one that doesn't take SIGABRT either is killed"
write_web '' WatchdogSec=1s TimeoutStopSec=1s
reload_web
pid=$(pool 'workers[0]["pid"]')
kill -STOP "$pid"
within 30 "worker $pid is replaced" was_replaced
within 10 "the stopped process is gone" test ! -e "/proc/$pid"
within 10 "the pool is whole" pool_is serving 2
holds "the pool serves" serves
equal "the master is the same" "$(master)" "$main"
equal "restarts of the master" "$(property martlet@web.service NRestarts)" 0
ends_without_trace
