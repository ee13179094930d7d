#!/bin/bash
# What journalctl tells: streams of the workers, messages of the master, the catalog; and a journald
# that does not listen stalls nobody.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web '--print "a plain line" --print "<3>a line with a priority" --print-error "to the other stream"'
start_web

step "each worker has a stream of its own"
line_of() { # MESSAGE EXPRESSION
    journalctl --sync
    journalctl --quiet --output=json -n 1 SYSLOG_IDENTIFIER=web/1 "MESSAGE=$1" | ask "$2"
}
equal "a plain line" "$(line_of 'a plain line' '(MESSAGE, PRIORITY)')" "a plain line 6"
equal "a line with a priority" "$(line_of 'a line with a priority' '(MESSAGE, PRIORITY)')" \
    "a line with a priority 3"
equal "standard error" "$(line_of 'to the other stream' MESSAGE)" "to the other stream"
equal "the pid is the writer's" "$(line_of 'a plain line' _PID)" \
    "$(pool '[w["pid"] for w in workers if w["slot"] == 1]')"
equal "the unit" "$(line_of 'a plain line' _SYSTEMD_UNIT)" martlet@web.service

step "the master's messages carry fields"
victim=$(pool 'workers[0]["pid"]')
kill -KILL "$victim"
within 10 "its end is told" journal_matches . SYSLOG_IDENTIFIER=martlet "WORKER_PID=$victim" EXIT_CODE=killed
lifecycle MARTLET_POOL=web >/run/lifecycle
at_least "messages" "$(wc -l </run/lifecycle)" 2
while read -r record; do
    equal "each message has an id and a pool" \
        "$(ask '(len(MESSAGE_ID), MARTLET_POOL)' <<<"$record")" "32 web"
done </run/lifecycle

step "journalctl -x explains them"
explained=$(journalctl --no-pager -x SYSLOG_IDENTIFIER=martlet "WORKER_PID=$victim" EXIT_CODE=killed)
matches "the catalog has a subject" "$explained" '^(--|░░) Subject: '
matches "it names the pool" "$explained" '^(--|░░).*web'
refused "a variable of the catalog was left open" grep -E '^(--|░░).*@[A-Z_]+@' <<<"$explained"
while read -r id; do
    holds "the catalog knows $id" test -n "$(journalctl --list-catalog "$id" 2>/dev/null)"
done < <(grep -oE '"MESSAGE_ID":"[0-9a-f]{32}"' /run/lifecycle | cut -d'"' -f4 | sort -u)

step "a journald that doesn't listen for 5 s while workers crash"
journald=$(property systemd-journald.service MainPID)
main=$(master) open=$(descriptors)
kill -STOP "$journald"
end=$((SECONDS + 5)) killed=0 slowest=0
while ((SECONDS < end)); do
    began=${EPOCHREALTIME/./}
    pids=$(timeout 3 martletctl status web --json | ask '[w["pid"] for w in workers if w["state"] == "ready"]') ||
        { kill -CONT "$journald"; fail "the master doesn't answer while journald is stopped"; }
    took=$((${EPOCHREALTIME/./} - began))
    ((took > slowest)) && slowest=$took
    for pid in $pids; do kill -KILL "$pid" && ((killed += 1)); done
    sleep 0.2
done
kill -CONT "$journald"
figure "$killed workers killed while journald was stopped; slowest status $((slowest / 1000)) ms"
at_least "workers killed meanwhile" "$killed" 3
equal "the master is the same" "$(master)" "$main"
within 60 "the pool is whole again" pool_is serving 2
holds "it serves" serves
within 10 "the master has $open open descriptors, as before" descriptors_are "$open"
ends_without_trace
