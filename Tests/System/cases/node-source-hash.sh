#!/bin/bash
# Dispatch=source-hash: a client comes to the same worker each time; a slot that comes, goes or is
# replaced moves nobody else's clients; whose worker can't take it waits, or overflows.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

write_node() { # LINES-OF-[Pool] [LINE-OF-[Worker]]…
    cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web

[Pool]
Protocol=node
Dispatch=source-hash
RolloutSettleSec=200ms
$1

[Worker]
ExecStart=/usr/bin/node $programs/cluster.js
$(printf '%s\n' "${@:2}")
END
}

# One request from 127.0.0.NUMBER, as JSON.
from() { # NUMBER [PATH]
    curl --silent --fail --max-time 30 --interface "127.0.0.$1" "http://$web${2-/}"
}

slot_of() { # NUMBER [PATH]
    from "$@" | ask slot
}

# The slots of 100 clients, each of whom connects three times.
owners() {
    python3 - <<'END'
import http.client, json
for number in range(2, 102):
    slots = set()
    for _ in range(3):
        link = http.client.HTTPConnection(
            "127.0.0.1", 8000, timeout=30, source_address=(f"127.0.0.{number}", 0))
        link.request("GET", "/", headers={"Connection": "close"})
        slots.add(json.loads(link.getresponse().read())["slot"])
        link.close()
    print(*slots, end=" " if number < 101 else "\n")
END
}

# How many clients are elsewhere, and that those who moved are all where they may be.
moved() { # BEFORE AFTER SLOT
    python3 - "$@" <<'END'
import sys
before, after = sys.argv[1].split(), sys.argv[2].split()
assert len(before) == len(after) == 100, "a client came to several workers"
moved = [(a, b) for a, b in zip(before, after) if a != b]
print(len(moved) if all(sys.argv[3] in pair for pair in moved) else f"wrongly {moved}")
END
}

install_package
write_node Workers=4
start_web
before=$(owners)
figure "100 clients over 4 workers: $(for slot in 0 1 2 3; do grep -o "$slot" <<<"$before" | wc -l; done | xargs)"
equal "clients who move from one look to the next" "$(moved "$before" "$(owners)" x)" 0

step "one worker more, and one fewer"
martletctl scale web 5
within 20 "there are five" pool_is serving 5
count=$(moved "$before" "$(owners)" 4)
at_least "clients who move to the new worker" "$count" 8
at_least "and who stay" "$((100 - count))" 65
martletctl scale web 4
within 20 "there are four" pool_is serving 4
equal "clients elsewhere than at first" "$(moved "$before" "$(owners)" x)" 0

step "a reload, and a worker that is killed"
reload_web
equal "clients who move by a reload" "$(moved "$before" "$(owners)" x)" 0
kill -KILL "$(pool 'workers[1]["pid"]')"
is_whole() { [[ $(pool '(state, ready, workers[1]["restarts"])') == 'serving 4 1' ]]; }
within 20 "the pool is whole" is_whole
equal "clients who move by a kill" "$(moved "$before" "$(owners)" x)" 0

step "Overflow=wait: whose worker hangs waits for it, and nobody else does"
slot=$(slot_of 2)
victim=$(pool "[w['pid'] for w in workers if w['slot'] == $slot]")
kill -STOP "$victim"
# More than a worker is given unanswered: the others wait in the master.
for client in {1..24}; do
    from 2 >"/run/answer.$client" &
    clients[client]=$!
done
sleep 1
for number in {3..40}; do
    [[ $(cut -d ' ' -f $((number - 1)) <<<"$before") == "$slot" ]] && continue
    holds "client $number is answered meanwhile" from "$number" >/dev/null
done
kill -CONT "$victim"
for client in "${clients[@]}"; do holds "waiting client $client is answered" wait "$client"; done
for client in {1..24}; do
    equal "by its worker" "$(ask 'int(slot)' <"/run/answer.$client")" "$slot"
done

step "Overflow=shared: whose worker is full is answered by another"
write_node $'Workers=4\nOverflow=shared' Environment=MAX_CONNECTIONS=1
reload_web
equal "its worker" "$(slot_of 2)" "$slot"
slot_of 2 '/?ms=3000' >/run/first &
first=$!
sleep 1
differs "the second one's worker" "$(slot_of 2)" "$slot"
holds "the first is answered" wait "$first"
equal "by its worker" "$(</run/first)" "$slot"

step "clients of a unix socket are told apart by their process"
write_node Workers=4 Environment=AT=/run/web.sock
sed -i "s|^ListenStream=.*|ListenStream=/run/web.sock|" /etc/martlet/web.conf
systemctl stop martlet@web.service martlet@web.socket
start_web
for _ in {1..12}; do
    python3 - <<'END'
import json, socket
def slot():
    with socket.socket(socket.AF_UNIX) as link:
        link.connect("/run/web.sock")
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: link.recv(65536), b""))
    body = answer.split(b"\r\n\r\n", 1)[1]
    return json.loads(body[body.index(b"{"):body.rindex(b"}") + 1])["slot"]
slots = {slot() for _ in range(5)}
assert len(slots) == 1, slots
print(*slots)
END
done >/run/slots
at_least "workers that got some of 12 processes" "$(sort -u /run/slots | wc -l)" 2
ends_without_trace
