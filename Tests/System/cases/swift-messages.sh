#!/bin/bash
# Messages between Swift workers: one asks, all know; it goes on when that one is killed, and in a reload.
# seconds: 120
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

cat >/run/swift.conf <<END
[Socket]
ListenStream=$web

[Pool]
Workers=3
Protocol=martlet
Dispatch=round-robin
RolloutSettleSec=200ms

[Worker]
ExecStart=/opt/examples/cached-query
Environment=INTERVAL=1
END

# The results that three connections in a row get, one from each worker; and of which worker they are.
results() {
    for _ in 1 2 3; do answer result; done | sort -u
}
all_know_one() { [[ $(results | wc -l) == 1 && $(results) != 'none yet' ]]; }
asked_by() { [[ $(results) == *" of worker $1" ]]; }

install_package
holds "the example is built" test -x /opt/examples/cached-query
cp /run/swift.conf /etc/martlet/web.conf
start_web
within 10 "all know the same" all_know_one
first=$(results)
differs_now() { [[ $(results) != "$first" && $(results | wc -l) == 1 ]]; }
within 10 "all know what is newer" differs_now

step "the one that asks is killed"
kill -KILL "$(pool 'workers[0]["pid"]')"
is_whole() { [[ $(pool '(state, ready, workers[0]["restarts"])') == 'serving 3 1' ]]; }
within 20 "the pool is whole" is_whole
within 10 "its successor asks" asked_by "$(pool 'workers[0]["incarnation"]')"

step "a reload"
reload_web
within 10 "the new worker asks" asked_by "$(pool 'workers[0]["incarnation"]')"
within 10 "all know the same" all_know_one
ends_without_trace
