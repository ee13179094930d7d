#!/bin/bash
# A visit counter that all Swift workers share: exact under load, through reloads and crashes.
# seconds: 120
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

cat >/run/swift.conf <<END
[Socket]
ListenStream=$web

[Pool]
Workers=3
Protocol=martlet
Dispatch=least-connections
RolloutSettleSec=200ms

[Worker]
ExecStart=/opt/examples/visit-counter
END

install_package
holds "the example is built" test -x /opt/examples/visit-counter
cp /run/swift.conf /etc/martlet/web.conf
start_web
equal "the first visit" "$(answer visits)" 1
load_begin --connections new --clients 6
reload_web
load_ends_well
# One before the load, and this one.
visits=$(answer visits)
equal "visits after $(load requests) requests and a reload" "$visits" "$(($(load requests) + 2))"

step "a worker is killed"
kill -KILL "$(pool 'workers[1]["pid"]')"
is_whole() { [[ $(pool '(state, ready, workers[1]["restarts"])') == 'serving 3 1' ]]; }
within 20 "the pool is whole" is_whole
for _ in 1 2 3 4 5 6; do answer slot; done >/run/slots
equal "the workers that count on" "$(sort -u /run/slots | xargs)" "0 1 2"
equal "visits" "$(answer visits)" "$((visits + 7))"

step "a new master goes on, with the workers"
systemctl restart martlet@web.service
equal "visits" "$(answer visits)" "$((visits + 8))"

step "a new pool begins anew"
systemctl stop martlet@web.service
systemctl start martlet@web.service
equal "the first visit" "$(answer visits)" 1
ends_without_trace
