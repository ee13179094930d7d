#!/bin/bash
# A program that is its own master, built from another package: as a plain service with a socket of its
# own, and in the foreground; without a pool's file and without martletd.
# seconds: 240
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

readonly program=/opt/examples/cluster-hello

cat >/etc/systemd/system/hello.socket <<END
[Socket]
ListenStream=$web
END
cat >/etc/systemd/system/hello.service <<END
[Service]
Type=notify
ExecStart=$program --workers 4
ExecReload=/bin/kill -HUP \$MAINPID
KillMode=mixed
RuntimeDirectory=martlet/hello
WatchdogSec=5
END

diagnose_hello() {
    journalctl --no-pager -n 30 -o short-monotonic -u hello.service || true
    cat /run/front.log || true
}
trap '(($? == 0)) || diagnose_hello' EXIT

hello() { martletctl status hello --json | ask "$1"; } # EXPRESSION
hello_is() { [[ $(hello '(state, generation, ready, len(workers))') == "$1" ]]; } # FACTS
hello_said() { journal_matches "$1" -u hello.service; } # PATTERN

install_package
holds "the example is built" test -x $program

step "READY=1 comes when all workers are ready"
systemctl daemon-reload
systemctl start hello.socket hello.service
equal "the pool" "$(hello '(state, generation, ready, len(workers))')" "serving 1 4 4"
within 10 "the primary tells what happens" hello_said "^listening 4 $web"
for fact in '^setup roundRobin' '^fork 1 slot 0 pid' '^online 2$' '^ready 3,'; do
    holds "it has told /$fact/" hello_said "$fact"
done
equal "descriptors for the socket in a worker" \
    "$(tr '\0' '\n' <"/proc/$(hello 'workers[0]["pid"]')/environ" | grep -c '^LISTEN_FDS=')" 0

step "1,000 connections, one worker after the other"
python3 - <<'END'
import collections, http.client, json
counts = collections.Counter()
for _ in range(1000):
    link = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    link.request("GET", "/", headers={"Connection": "close"})
    counts[json.loads(link.getresponse().read())["slot"]] += 1
    link.close()
assert [counts[slot] for slot in range(4)] == [250] * 4, counts
END
within 10 "workers tell the primary" hello_said '^message slot\([0-3]\): 1000 greetings'

step "reloads under load, by the signal"
load_begin --connections mixed --clients 8
for generation in 2 3; do
    systemctl reload hello.service
    within 30 "generation $generation is rolled out" hello_is "serving $generation 4 4"
done
load_ends_well
at_least "generations that served" "$(load 'len(generations)')" 3
martletctl reload hello
equal "generations after a reload with a verdict" "$(hello generation)" 4

step "a killed worker is replaced"
kill -KILL "$(hello 'workers[2]["pid"]')"
restarted() { [[ $(hello '(ready, sum(w["restarts"] for w in workers))') == "4 1" ]]; }
within 20 "the pool is whole" restarted
within 10 "the primary knows how it ended" hello_said '^exit [0-9]+ was killed by SIGKILL, after disconnect: false'

step "a stop answers what is under way, and leaves nothing"
for client in {1..8}; do
    curl --silent --fail --max-time 30 "http://$web/?ms=1500" >"/run/answer.$client" &
    clients[client]=$!
done
sleep 0.5
# To the microsecond: who was killed above is none of these.
since=$(date '+%F %T.%6N')
systemctl stop hello.socket hello.service
equal "it has ended well" "$(property hello.service Result)" success
for client in "${clients[@]}"; do holds "client $client is answered" wait "$client"; done
journalctl --sync
holds "the stop is told" journalctl -q --since "$since" -u hello.service --grep 'stopping: 4 workers'
refused "somebody had to be killed" journalctl -q --since "$since" -u hello.service --grep 'SIGINT|SIGKILL'
equal "no process of the pool is left" "$(processes_with MARTLET_POOL=hello)" ""
refused "the runtime directory is gone" test -e /run/martlet/hello

step "a connection starts it, also after the primary was killed"
systemctl start hello.socket
holds "it serves" serves
systemctl kill --signal=KILL --kill-who=main hello.service
ended() { [[ $(property hello.service ActiveState) == failed ]]; }
within 20 "the service has failed" ended
equal "no worker has outlived it" "$(processes_with MARTLET_POOL=hello)" ""
holds "it serves again" serves
systemctl stop hello.socket hello.service

step "in the foreground, on a socket of its own"
env -i PATH="$PATH" $program --workers 2 --policy shared $web >/run/front.log 2>&1 &
front=$!
both_listen() { [[ $(grep -cE "^listening [12] $web" /run/front.log) == 2 ]]; }
within 10 "both workers listen" both_listen
holds "it serves" serves
matches "lines have the tag of the pool" "$(cat /run/front.log)" '^martlet hello: the pool is ready: 2 workers'
kill -HUP $front
rolled_out() { grep -q 'generation 2 is rolled out' /run/front.log; }
within 20 "it reloads" rolled_out
equal "the generation that answers" "$(answer generation)" 2
kill -TERM $front
holds "it ends with status 0" wait $front
equal "no process of the pool is left" "$(processes_with MARTLET_POOL=hello)" ""
refused "the runtime directory is gone" test -e /run/martlet/hello
refused "nobody listens" serves
