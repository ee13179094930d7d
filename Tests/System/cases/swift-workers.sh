#!/bin/bash
# Protocol=martlet: workers in Swift, built from another package, under each way of dispatch; what
# they are answering is answered in a reload and in a stop, and what they have not taken is not lost.
# seconds: 240
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

readonly examples=/opt/examples

write_swift() { # EXAMPLE DISPATCH [LINE-OF-[Pool]]…
    cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web
FileDescriptorName=http

[Pool]
Workers=4
Protocol=martlet
Dispatch=$2
RolloutSettleSec=200ms
$(printf '%s\n' "${@:3}")

[Worker]
ExecStart=$examples/$1
WatchdogSec=3
END
}

install_package
holds "the examples are built" test -x $examples/slow-requests

step "shared: the workers accept"
write_swift slow-requests shared
start_web
matches "what a worker says of itself" "$(curl -sf "http://$web/" && sleep 0.5; martletctl status web)" '1 answers'
load_begin --connections new --clients 8
reload_web
load_ends_well
equal "the pool" "$(pool '(generation, ready)')" "2 4"

step "round-robin"
write_swift slow-requests round-robin
load_begin --connections mixed --clients 8
reload_web
reload_web
load_ends_well
# Of workers that are there to stay: requests answered, and those under way.
requests() {
    pool '[sum(w.get(k, 0) for w in workers if w["role"] == "incumbent") for k in ("requests", "requestsUnderWay")]'
}
sleep 1 # five times a second is how often it hears of them
read -r answered _ < <(requests)
equal "10,000 connections over 4 workers" "$(counts 10000)" "2500 2500 2500 2500"
all_counted() { [[ $(requests) == "$((answered + 10000)) 0" ]]; }
within 10 "the master has heard of each request" all_counted
open=$(descriptors)

step "what is under way is answered in a reload, and in a stop, without a signal"
curl --silent --fail --max-time 30 "http://$web/?ms=3000" >/run/flight &
flight=$!
sleep 0.5
before=$(pool generation)
reload_web
holds "it is answered" wait "$flight"
equal "by generation" "$(ask generation </run/flight)" "$before"
within 10 "the old workers are gone" test "$(pool 'len(workers)')" = 4
for client in {1..8}; do
    curl --silent --fail --max-time 30 "http://$web/?ms=2000" >"/run/answer.$client" &
    clients[client]=$!
done
sleep 0.5
since=$(date +%s)
systemctl stop martlet@web.service
for client in "${clients[@]}"; do holds "client $client is answered" wait "$client"; done
refused "somebody had to be killed" journalctl -q --since "@$since" -u martlet@web --grep 'killed|SIGINT|SIGKILL'
systemctl start martlet@web.service

step "least-connections: who is busy is left alone"
write_swift slow-requests least-connections
reload_web
# Three of four hold a connection: the fourth gets what comes meanwhile. The master knows of ends what
# workers have told it, so each request waits until it has heard of the one before.
python3 - <<'END'
import http.client, json, socket, subprocess, time
def loads():
    report = json.loads(subprocess.run(
        ["martletctl", "status", "web", "--json"], check=True, capture_output=True).stdout)
    return {worker["slot"]: worker["connections"] for worker in report["workers"]}
def await_held(count):
    for _ in range(600):
        if sum(loads().values()) == count:
            return
        time.sleep(0.05)
    raise SystemExit("the master counts {}, and not {}".format(loads(), count))
def get():
    link = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    link.request("GET", "/", headers={"Connection": "close"})
    slot = json.loads(link.getresponse().read())["slot"]
    link.close()
    return slot
await_held(0)
held = []
for _ in range(3):
    held.append(socket.create_connection(("127.0.0.1", 8000)))
    await_held(len(held))
busy = sorted(loads().values())
assert busy == [0, 1, 1, 1], busy
[idle] = [slot for slot, count in loads().items() if count == 0]
quick = []
for _ in range(20):
    quick.append(get())
    await_held(len(held))
assert quick == [idle] * 20, (idle, quick)
END
echo "> three connections on three workers, and twenty requests on the fourth"

step "who dies or hangs with connections that it has not taken"
write_swift hello round-robin
sed -i 's/^WatchdogSec=.*//' /etc/martlet/web.conf
reload_web
victim=$(pool 'workers[0]["pid"]')
kill -STOP "$victim"
unset clients
for client in {1..20}; do
    curl --silent --fail --max-time 30 "http://$web/" >"/run/answer.$client" &
    clients[client]=$!
done
sleep 1
kill -KILL "$victim"
for client in "${clients[@]}"; do holds "client $client is answered" wait "$client"; done

step "source-hash"
write_swift hello source-hash
sed -i 's/^WatchdogSec=.*//' /etc/martlet/web.conf
reload_web
slots() {
    for number in {2..9}; do
        curl -sf --max-time 30 --interface "127.0.0.$number" "http://$web/" | ask slot
    done | xargs
}
first=$(slots)
equal "the workers of eight clients, again" "$(slots)" "$first"
at_least "different ones" "$(tr ' ' '\n' <<<"$first" | sort -u | wc -l)" 2

step "a program that does not know the protocol is asked by signals"
write_swift hello shared
sed -i "s|^ExecStart=.*|ExecStart=$worker|; s/^WatchdogSec=.*//" /etc/martlet/web.conf
reload_web
holds "it serves" serves
reload_web
equal "the pool" "$(pool ready)" 4

descriptors_at_most() { (($(descriptors) <= $1)); }
within 10 "the master has no more than $open open descriptors" descriptors_at_most "$open"
ends_without_trace
