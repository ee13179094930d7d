# What the cases share; each sources it first. They run as root inside of a throw-away container, so
# nothing here tidies up after itself.
# shellcheck shell=bash
# Used by the cases, or called by name:
# shellcheck disable=SC2034,SC2119,SC2120,SC2317
set -euo pipefail

readonly worker=/opt/tests/Fixtures/worker.py
readonly programs=/opt/tests/Fixtures/programs
readonly web=127.0.0.1:8000
readonly load_report=/run/load.json
# How many times longer than on a machine of its own processors everything may take: a virtual machine
# whose processors are imitated is as much slower.
readonly patience=${PATIENCE:-1}
export SYSTEMD_PAGER='' SYSTEMD_COLORS=0

# Telling

step() { printf -- '- %s\n' "$*"; }

# A line that the runner shows even when the case is well.
figure() { printf '> %s\n' "$*"; }

fail() {
    printf 'NOT SO: %s\n' "$*"
    exit 1
}

# Ends a case that can't be had here; the runner shows why.
skip() { # WHAT-IT-NEEDS
    figure "skipped: needs $*"
    exit 0
}

# On the way out of a failed case: what somebody would look at first.
diagnose() {
    local code=$?
    ((code)) || return 0
    exec 2>&1
    echo "--- units"
    systemctl --no-pager --full --lines=0 status 'martlet@*' || true
    echo "--- the pool"
    timeout 5 martletctl status web || true
    echo "--- the end of the journal"
    journalctl --no-pager -n 40 -o short-monotonic -u 'martlet@*' || true
}
trap diagnose EXIT

# Asserting. Each takes the sentence that should be true first.

equal() { # SENTENCE ACTUAL EXPECTED
    [[ $2 == "$3" ]] || fail "$1: expected \"$3\", got \"$2\""
}

differs() { # SENTENCE ACTUAL UNWANTED
    [[ $2 != "$3" ]] || fail "$1: still \"$2\""
}

at_least() { # SENTENCE ACTUAL LEAST
    (($2 >= $3)) || fail "$1: expected at least $3, got $2"
}

holds() { # SENTENCE COMMAND…
    "${@:2}" || fail "$1 (${*:2})"
}

refused() { # SENTENCE COMMAND…
    ! "${@:2}" || fail "$1 (${*:2})"
}

matches() { # SENTENCE TEXT PATTERN (extended, any case)
    grep -qiE -- "$3" <<<"$2" || fail "$1: nothing like /$3/ in: $2"
}

# Waits for an event that has no other messenger, with an end to it.
within() { # SECONDS SENTENCE COMMAND…
    local end=$((SECONDS + $1 * patience))
    until "${@:3}"; do
        ((SECONDS < end)) || fail "$2, not even after $(($1 * patience)) s (${*:3})"
        sleep 0.1
    done
}

# The value of a Python expression over the members of a JSON object on standard input.
ask() {
    python3 -c '
import json, sys
value = eval(sys.argv[1], json.load(sys.stdin))
print(*value) if isinstance(value, (list, tuple, set)) else print(value)' "$1"
}

# Setting up

install_package() {
    dpkg -i "$PACKAGE" >/run/dpkg.log 2>&1 || fail "dpkg -i: $(tail -n 5 /run/dpkg.log)"
    mkdir -p /etc/martlet
}

# The package as it would be with another version: maintainer scripts and all.
package_of() { # VERSION, prints its file
    local tree=/var/tmp/package
    rm -rf $tree
    dpkg-deb -R "$PACKAGE" $tree
    sed -i "s/^Version: .*/Version: $1/" $tree/DEBIAN/control
    # So that the program is seen to be another one, though it does the same.
    printf '%s\n' "$1" >>$tree/usr/sbin/martletd
    sed -i '/ usr\/sbin\/martletd$/d' $tree/DEBIAN/md5sums
    dpkg-deb --root-owner-group -Znone -b $tree "/var/tmp/martlet_$1.deb" >/dev/null
    echo "/var/tmp/martlet_$1.deb"
}

# The pool of most cases: two workers, HTTP at $web. More comes by further lines or by drop-ins.
write_web() { # ARGUMENTS-OF-THE-WORKER [LINE-OF-[Worker]]…
    cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web
FileDescriptorName=http

[Pool]
Workers=2
RolloutSettleSec=200ms

[Worker]
ExecStart=$worker $1
$(printf '%s\n' "${@:2}")
END
}

drop_in() { # FILE, its text is standard input
    mkdir -p /etc/martlet/web.conf.d
    cat >"/etc/martlet/web.conf.d/$1.conf"
}

# Returns when the pool has told systemd that it is ready.
start_web() {
    systemctl daemon-reload
    systemctl -q enable --now martlet@web.socket
    systemctl start martlet@web.service
}

reload_web() { systemctl reload martlet@web.service; }

# Looking

property() { # UNIT NAME
    systemctl show --property="$2" --value "$1"
}

service_is() { # STATE
    [[ $(property martlet@web.service ActiveState) == "$1" ]]
}

master() { property martlet@web.service MainPID; }

# The processes in the control group of a pool, whoever has started them.
processes_of() { # CONTROL-GROUP
    { find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null || true; } | sort -n | xargs
}

anchor_is() { # STATE
    [[ $(property martlet-anchor@web.service ActiveState) == "$1" ]]
}

# Open descriptors of the master.
descriptors() { find "/proc/$(master)/fd" -mindepth 1 | wc -l; }

descriptors_are() { [[ $(descriptors) == "$1" ]]; }

# Of the pool as it describes itself, e.g. `pool ready`.
pool() { # EXPRESSION
    martletctl status web --json | ask "$1"
}

worker_pids() { pool 'sorted(w["pid"] for w in workers if w["state"] == "ready")'; }

pool_is() { # STATE READY
    [[ $(pool '(state, ready)') == "$1 $2" ]]
}

serves() { curl --silent --fail --max-time $((30 * patience)) --output /dev/null "http://$web/"; }

# Of one answer, e.g. `answer generation`.
answer() { # EXPRESSION [PATH]
    curl --silent --show-error --fail --max-time $((30 * patience)) "http://$web${2-/}" | ask "$1"
}

# Connections one after the other, each with one request; how many came to each slot.
counts() { # CONNECTIONS
    python3 - "$1" <<'END'
import collections, http.client, json, sys
counts = collections.Counter()
for _ in range(int(sys.argv[1])):
    link = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    link.request("GET", "/", headers={"Connection": "close"})
    counts[json.loads(link.getresponse().read())["slot"]] += 1
    link.close()
print(*(counts[slot] for slot in sorted(counts)))
END
}

# All processes that run with a variable of our workers in their environment, whatever their parent,
# session or cgroup is.
processes_with() { # NAME=VALUE
    local file
    for file in /proc/[0-9]*/environ; do
        if grep -qzxF -- "$1" "$file" 2>/dev/null; then
            file=${file#/proc/}
            echo "${file%/environ}"
        fi
    done
}

count_with() { processes_with "$1" | wc -l; }

no_process_with() { [[ -z $(processes_with "$1") ]]; }

# Nothing of two lists of pids in common.
disjoint() { # LIST LIST
    ! grep -qxFf <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$2")
}

# Messages of the master itself, one JSON object a line.
lifecycle() { # FIELD=VALUE…
    journalctl --sync
    journalctl --quiet --no-pager --output=json _TRANSPORT=journal SYSLOG_IDENTIFIER=martlet "$@"
}

journal_matches() { # PATTERN [JOURNALCTL-ARGUMENT]…
    journalctl --sync
    journalctl --quiet --no-pager --output=cat "${@:2}" | grep -iE -- "$1" >/dev/null
}

# The master's end, and the next one

milliseconds() { date +%s%3N; }

# A process that hangs for good: systemd sends SIGCONT after SIGTERM, so that one which was merely
# stopped would end. Whoever traces it keeps it, until it is killed.
hangs() { # PID
    python3 - "$1" <<'END' &
import ctypes, os, sys
ATTACH, ALL = 16, 0x40000000
process = int(sys.argv[1])
if ctypes.CDLL(None).ptrace(ATTACH, process, None, None) != 0:
    sys.exit("could not trace it")
while os.WIFSTOPPED(os.waitpid(process, ALL)[1]):
    pass
END
    is_held() { grep -q '^State:.*tracing stop' "/proc/$1/status"; }
    within 20 "process $1 hangs" is_held "$1"
}

# Descriptors that systemd keeps for the next master.
stored() { property martlet@web.service NFileDescriptorStore; }

stored_are() { [[ $(stored) == "$1" ]]; }

answers_as_other_than() { # PID
    local now
    now=$(master)
    [[ $now != 0 && $now != "$1" ]] && timeout $((5 * patience)) martletctl status web >/dev/null 2>&1
}

# How long nobody was there counts from the moment at which the old master was ended.
next_master_answers() { # OLD-PID MILLISECONDS
    within 60 "the next master answers" answers_as_other_than "$1"
    figure "the next master answers after $(($(milliseconds) - $2)) ms"
}

# Whoever runs in the control group is the master or known to it.
all_are_known() {
    local group known
    group=/sys/fs/cgroup$(property martlet@web.service ControlGroup)
    known=$(pool '[w["pid"] for w in workers if w.get("pid")]')
    [[ $(processes_of "$group") == "$(tr ' ' '\n' <<<"$(master) $known" | sort -n | xargs)" ]]
}

# Load

load_begin() { # ARGUMENT-OF-THE-CLIENT…
    rm -f "$load_report"
    /opt/tests/System/strict-client.py "$web" --timeout $((30 * patience)) \
        --report "$load_report" "$@" &
    load_pid=$!
    within 30 "the load is answered" test -e "$load_report"
}

load() { # EXPRESSION
    ask "$1" <"$load_report"
}

load_end() { # kept apart from its verdict for cases that expect failures
    kill -TERM "$load_pid" 2>/dev/null || true
    wait "$load_pid" || true
}

load_ends_well() {
    load_end
    [[ $(load failures) == 0 ]] || fail "requests failed: $(cat "$load_report")"
    load_figures
}

load_figures() {
    figure "$(load '"{:,} requests, {} failed; longest stall {:.0f} ms; p50 {p50:.1f}, p99 {p99:.1f}, max {max:.0f} ms".format(
        requests, failures, longestStallMs, **latencyMs)')"
}

# Ending

# Stops a pool and looks for whatever it may have left.
ends_without_trace() { # [NAME]
    local name=${1:-web}
    local unit=martlet@$name.service
    local group
    group=/sys/fs/cgroup$(property "$unit" ControlGroup)
    [[ $group == *martlet@$name* ]] || fail "$unit has the control group $group"
    systemctl stop "martlet@$name.socket" "$unit"
    # It goes just after them.
    anchor_is_gone() { [[ $(property "martlet-anchor@$name.service" ActiveState) == inactive ]]; }
    within 20 "the anchor has gone" anchor_is_gone
    equal "$unit has ended well" "$(property "$unit" ActiveState)" inactive
    equal "no process of the pool is left" "$(processes_with "MARTLET_POOL=$name")" ""
    refused "the cgroup is gone" test -e "$group"
    refused "the runtime directory is gone" test -e "/run/martlet/$name"
}

# Programs that nobody wrote for us

# A pool of them is started, reloaded under load with new connections, hit, and stopped.
real_program() { # COMMAND [LINE-OF-[Worker]]…
    real_program_starts "$@"
    real_program_reloads
    load_ends_well
    real_program_heals_and_ends
}

real_program_starts() { # COMMAND [LINE-OF-[Worker]]…
    install_package
    write_web '' Type=exec "${@:2}"
    # They don't say when they are ready: the settling time is what they have to come up in.
    sed -i -e "s|^ExecStart=.*|ExecStart=$1|" -e 's|^RolloutSettleSec=.*|RolloutSettleSec=2s|' \
        /etc/martlet/web.conf
    start_web
    holds "the first answer comes" serves
}

real_program_reloads() {
    load_begin --connections new --clients 4
    local generation
    for generation in 2 3 4; do
        step "reload to generation $generation"
        reload_web
        equal "the pool" "$(pool '(generation, ready)')" "$generation 2"
        # Programs look at their signals now and then: a little later than the pool has told them.
        within 10 "answers come from generation $generation" answers_come_from "$generation"
    done
}
answers_come_from() { [[ $(answer generation) == "$1" ]]; }

real_program_heals_and_ends() {
    at_least "generations that served" "$(load 'len(generations)')" 3
    step "a killed worker is replaced"
    kill -KILL "$(pool 'workers[0]["pid"]')"
    replaced() { pool_is serving 2 && [[ $(pool 'sum(w["restarts"] for w in workers)') == 1 ]]; }
    within 20 "the pool is whole" replaced
    holds "it serves" serves
    ends_without_trace
}
