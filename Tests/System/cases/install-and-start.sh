#!/bin/bash
# A first pool, with nothing but the few lines of the README.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package

step "the steps of the README"
cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=127.0.0.1:8000

[Worker]
ExecStart=$worker
END
holds "the file is well" martletctl check web
systemctl daemon-reload
systemctl -q enable --now martlet@web.socket

step "the socket listens before there is a worker"
equal "the socket" "$(property martlet@web.socket ActiveState)" active
equal "the service" "$(property martlet@web.service ActiveState)" inactive

step "the first client starts the pool and is served"
equal "the first answer comes from generation" "$(answer generation)" 1
within 10 "the service is active" service_is active
equal "restarts of the master" "$(property martlet@web.service NRestarts)" 0

step "one worker for each processor, and systemctl says so"
processors=$(nproc)
equal "the pool" "$(pool '(state, wanted, ready, generation)')" "serving $processors $processors 1"
status_line() { systemctl status martlet@web.service | grep -F "Status: \"$1\"" >/dev/null; }
within 5 "systemctl status says so" status_line "gen 1: $processors/$processors ready"
matches "martletctl status" "$(martletctl status web)" "web.*$processors"
equal "the slots" "$(pool 'sorted(w["slot"] for w in workers)')" "$(seq -s ' ' 0 $((processors - 1)))"

step "it is there after the next boot, too"
equal "the socket is" "$(systemctl is-enabled martlet@web.socket)" enabled

ends_without_trace
