#!/bin/bash
# Messages between Node workers by way of the master: to all, to others, to one by chance, to one by its
# slot; thousands in order; and a worker that does not read them costs nobody else anything.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

write_node() {
    cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web

[Pool]
Workers=3
Protocol=node
RolloutSettleSec=200ms

[Worker]
ExecStart=/usr/bin/node $programs/messages.js
END
}

# Lets a worker send; prints its slot.
send() { # TO-AS-JSON [PARAMETERS]
    curl --silent --fail --max-time 30 --get --data-urlencode "to=$1" "http://$web/?${2-}" | ask slot
}

# How many messages each slot was told, since `forget`.
told() { wc -l /run/told.0 /run/told.1 /run/told.2 | awk 'NR <= 3 { print $1 }' | xargs; }
told_are() { [[ $(told) == "$1" ]]; }
forget() { truncate --size 0 /run/told.*; }

# One for each slot but those that are named.
all_but() { # SLOT…
    for slot in 0 1 2; do [[ " $* " == *" $slot "* ]] && echo 0 || echo 1; done | xargs
}

install_package
for slot in 0 1 2; do install --mode 666 /dev/null "/run/told.$slot"; done
write_node
start_web

step "to all"
sender=$(send '"all"')
within 5 "all are told" told_are "1 1 1"
equal "by whom, and what" "$(sort -u /run/told.*)" \
    "{\"type\":\"martlet:message\",\"from\":$sender,\"to\":\"all\",\"msg\":{\"number\":0,\"text\":\"\"}}"

step "to others, and to one slot"
forget
sender=$(send '"others"')
within 5 "the others are told" told_are "$(all_but "$sender")"
forget
send 2 >/dev/null
within 5 "slot 2 is told" told_are "0 0 1"
equal "messages that the master has counted" \
    "$(martletctl metrics web | sed -n 's/^martlet_messages_total{.* //p')" 3

step "from outside"
forget
holds "all are told" martletctl send web '{"number": 1, "text": "a\nb"}'
within 5 "all are told" told_are "1 1 1"
equal "by nobody of the pool" "$(sort -u /run/told.*)" \
    '{"type":"martlet:message","from":null,"to":"all","msg":{"number":1,"text":"a\nb"}}'
forget
holds "one is told" martletctl send --to 1 web null
within 5 "slot 1 is told" told_are "0 1 0"
code=0 && said=$(martletctl send --to agent web null 2>&1) || code=$?
equal "an agent that there is not can't be told, exit code" "$code" 1
matches "and why" "$said" 'nobody is there to be told'

step "to subscribers"
martletctl events --json web >/run/events &
events=$!
told_subscriber() {
    send '"subscribers"' >/dev/null
    grep -q '"message":' /run/events
}
within 10 "a subscriber is told" told_subscriber
matches "who says what" "$(grep '"message":' /run/events | head -n 1)" \
    '^\{"message":\{"from":[0-2],"msg":\{"number":0,"text":""\}\}\}$'
kill -INT "$events"
holds "who has heard enough ends well" wait "$events"

step "to one by chance"
forget
sender=$(send '"random"' count=60)
enough() { [[ $(cat /run/told.* | wc -l) == 60 ]]; }
within 5 "sixty are told" enough
equal "the sender among them" "$(wc -l <"/run/told.$sender")" 0
for slot in $(all_but "$sender" | awk '{ for (i = 1; i <= 3; i++) if ($i) print i - 1 }'); do
    at_least "what slot $slot got of 60" "$(wc -l <"/run/told.$slot")" 12
done

step "20,000 messages, in order"
forget
send 1 count=20000 >/dev/null
within 30 "all have come" told_are "0 20000 0"
equal "in order" "$(python3 -c '
import json
print(all(json.loads(line)["msg"]["number"] == n for n, line in enumerate(open("/run/told.1"))))')" True

step "to nobody"
send '"nobody"' >/dev/null
said() { journal_matches 'reaches nobody: it names nobody as .to.' -u martlet@web; }
within 5 "the journal tells" said

step "a worker that does not read"
forget
victim=$(pool 'workers[2]["pid"]')
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$(master)/status"; }
before=$(rss)
kill -STOP "$victim"
unset sent
for _ in {1..4}; do timeout 10 curl -sf --get --data-urlencode to=2 "http://$web/?count=500&size=60000" >/dev/null || true; done
said() { journal_matches 'worker 2 is not told what others say: it does not read' -u martlet@web; }
within 20 "the journal tells" said
after=$(rss)
at_least "KiB that the master may take for it" 40000 "$((after - before))"
holds "others serve" timeout 10 curl -sf "http://$web/?to=0"
kill -CONT "$victim"

step "a counter that all share"
for _ in {1..30}; do curl -sf "http://$web/visit"; echo; done >/run/visits
equal "thirty visits, each counted once" "$(grep -o '[0-9]*' /run/visits | sort -n | xargs)" "$(seq -s ' ' 30)"

step "a reload while they talk"
load_begin_quietly() { while :; do send '"all"' count=10 >/dev/null || return 1; done; }
load_begin_quietly &
talker=$!
reload_web
kill "$talker"
equal "the pool" "$(pool '(generation, ready)')" "2 3"
ends_without_trace
