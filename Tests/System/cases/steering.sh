#!/bin/bash
# A pool in people's hands: rollouts that are held, resumed and given up, more workers and fewer,
# slots replaced in place, a spare, and a worker that has grown. No request fails in any of it.
# seconds: 300
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

# How the pool is looked at

# Of the rollout under way as r, e.g. `rollout 'r["stage"]'`; None if there is none.
rollout() { # EXPRESSION
    pool "(lambda r: r and ($1))(globals().get('rollout'))"
}

replaced_are() { [[ $(rollout 'r["replaced"]') == "$1" ]]; }

# So many are wanted, so many serve, and nobody else is there any more.
workers_are() { # COUNT
    [[ $(pool '(wanted, ready, sum("pid" in w for w in workers))') == "$1 $1 $1" ]]
}

# Of the one that holds the slot, not of those that come or go.
worker_in() { # SLOT FIELD
    pool "next((w.get('$2') for w in workers
        if w['slot'] == $1 and w.get('role') in ('incumbent', None)), None)"
}

# Of those that serve; those that finish their last requests are no matter.
generations() { pool '{w["generation"] for w in workers if w["state"] == "ready"}'; }

status_text() { property martlet@web.service StatusText; }

# The exit code; what was said is in /run/said.
code_of() { local code=0; "$@" >/run/said 2>&1 || code=$?; echo "$code"; }

# Asks the pool all the time how many serve.
watch_begin() {
    rm -f /run/watched
    watch &
    watcher=$!
}

watch() {
    local fewest=9999 ready samples=0
    until [[ -e /run/watched ]]; do
        ready=$(pool ready) || fail "the pool doesn't tell its status"
        ((ready >= fewest)) || fewest=$ready
        ((samples += 1))
    done
    echo "$fewest $samples" >/run/fewest
}

watch_ends_with() { # FEWEST
    local fewest samples
    touch /run/watched
    wait "$watcher" || fail "the watch failed"
    read -r fewest samples </run/fewest
    equal "fewest ready workers in $samples samples" "$fewest" "$1"
    figure "never fewer than $fewest ready ($samples samples)"
}

# Looks at the processes themselves, whatever the master says of them: the most generations that
# were in one slot at once.
witness_begin() {
    rm -f /run/witnessed
    python3 - <<'END' &
import collections, os, pathlib, time

def members():
    """Slot and generation of each process of the pool."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            entries = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it has just ended
        values = dict(entry.split(b"=", 1) for entry in entries if b"=" in entry)
        if values.get(b"MARTLET_POOL") == b"web" and b"MARTLET_WORKER" in values:
            yield values[b"MARTLET_WORKER"], values[b"MARTLET_GENERATION"]

most = samples = 0
while not os.path.exists("/run/witnessed"):
    slots = collections.defaultdict(set)
    for slot, generation in members():
        slots[slot].add(generation)
    most = max(most, *(len(generations) for generations in slots.values()))
    samples += 1
    time.sleep(0.005)
pathlib.Path("/run/most").write_text(f"{most} {samples}\n")
END
    witness=$!
}

witness_ends_with() { # MOST
    local most samples
    touch /run/witnessed
    wait "$witness" || fail "the witness failed"
    read -r most samples </run/most
    equal "most generations in one slot in $samples looks at /proc" "$most" "$1"
    at_least "looks at /proc" "$samples" 50
}

# From the journal, where nothing falls between two looks: the most generations in one slot at once
# and the fewest slots that served, since a rollout began.
rollout_as_told() { # GENERATION
    lifecycle | python3 -c '
import collections, json, sys

STARTED, READY = "18fb3bae4c4b4554b0bcb2273a933cca", "e33305444ba246fa86e5a9ff41f86608"
RETIRED, ROLLING = "9eb983586f554cb1b4e2f082f2cc18b6", "8a26d9bc918b479d8304c19fa10c61ac"
generations, serving = {}, set()
most, fewest, begun, ends = 0, None, False, 0

def in_one_slot():
    slots = collections.defaultdict(set)
    for (slot, _), generation in generations.items():
        slots[slot].add(generation)
    return max(map(len, slots.values()), default=0)

for record in map(json.loads, sys.stdin):
    kind = record.get("MESSAGE_ID")
    worker = record.get("MARTLET_WORKER"), record.get("MARTLET_INCARNATION")
    if kind == ROLLING and record["MARTLET_GENERATION"] == sys.argv[1]:
        begun, fewest = True, len({slot for slot, _ in serving})
    if kind == STARTED:
        generations[worker] = record["MARTLET_GENERATION"]
    if kind == READY:
        serving.add(worker)
    if kind == RETIRED or "EXIT_CODE" in record:
        serving.discard(worker)
    if "EXIT_CODE" in record:
        generations.pop(worker, None)
        ends += begun
    if begun:
        most, fewest = max(most, in_one_slot()), min(fewest, len({slot for slot, _ in serving}))
print(most, fewest, ends)' "$1"
}

# What is done

# Leaves the machine room to be looked at meanwhile.
load_begin_gently() { load_begin --connections mixed --clients 8 --pause 0.02; }

# Leaves a reload of four slots behind that is held when two of them are replaced.
hold_half_way() {
    systemctl reload martlet@web.service &
    reload=$!
    within 30 "the first slot is replaced" replaced_are 1
    holds "the rollout can be paused" martletctl pause web
    within 30 "the worker that was rising takes its slot" replaced_are 2
}

held() { rollout '(r["stage"], r["paused"], r["replaced"], *r["rising"], *r["waiting"])'; }

held_and_resumed() {
    step "a rollout is held half way"
    write_web '--boot 2'
    hold_half_way
    # Longer than systemd lets a reload take that does not ask for more time.
    local end=$((SECONDS + start_limit + 3))
    while ((SECONDS < end)); do
        equal "the rollout, for longer than TimeoutStartSec=" "$(held)" "forward True 2 2 3"
        equal "the pool" "$(pool '(state, generation, wanted, ready)')" "reloading 2 4 4"
    done
    rm -f /run/seen
    both_serve() { answer generation >>/run/seen && [[ $(sort -u /run/seen | xargs) == "1 2" ]]; }
    within 30 "both generations answer" both_serve
    matches "systemctl status" "$(status_text)" '; paused$'
    holds "systemctl reload waits" kill -0 "$reload"
    equal "pausing it again" "$(code_of martletctl pause web)" 0
    equal "a further reload, exit code" "$(code_of martletctl reload web)" 1
    matches "and why" "$(cat /run/said)" 'generation 2 is paused; resume or abort it first'

    step "and goes on"
    holds "the rollout can be resumed" martletctl resume web
    holds "systemctl reload ends well" wait "$reload"
    equal "the pool" "$(pool '(state, generation, ready)')" "serving 2 4"
    equal "generations that serve" "$(generations)" 2
    holds "the journal tells that it was paused" journal_matches \
        'generation 2 is paused: 1 of 4' SYSLOG_IDENTIFIER=martlet
    holds "and that it went on" journal_matches 'generation 2 goes on' SYSLOG_IDENTIFIER=martlet
}

held_and_given_up() {
    step "a rollout that is held is given up"
    local kept
    kept=$(worker_in 2 pid)/$(worker_in 3 pid)
    hold_half_way
    equal "the rollout" "$(held)" "forward True 2 2 3"
    holds "it can be aborted" martletctl abort web
    refused "systemctl reload ends well" wait "$reload"
    equal "the pool" "$(pool '(state, generation, ready)')" "serving 2 4"
    equal "generations that serve" "$(generations)" 2
    equal "processes of generation 3" "$(count_with MARTLET_GENERATION=3)" 0
    equal "slots that were not reached have" "$(worker_in 2 pid)/$(worker_in 3 pid)" "$kept"
    equal "the service" "$(property martlet@web.service ActiveState)" active
    matches "systemctl status" "$(status_text)" 'gen 3 failed: it was aborted'

    step "without a rollout there is nothing to steer"
    local verb
    for verb in pause resume abort; do
        equal "martletctl $verb, exit code" "$(code_of martletctl "$verb" web)" 1
        matches "and why" "$(cat /run/said)" 'no rollout is under way'
    done
}

scaled() {
    local first all
    first=$(worker_in 0 pid) all=$(worker_pids)
    step "two more, under load"
    martletctl scale web +2
    within 30 "there are six" workers_are 6
    equal "the first four are as before" \
        "$(pool 'sorted(w["pid"] for w in workers if w["slot"] < 4)')" "$all"
    step "down to one, and not below"
    martletctl scale web 1
    within 30 "there is one" workers_are 1
    equal "five fewer" "$(martletctl scale web -5)" \
        "web: 1 worker is wanted from now on, until the next reload"
    martletctl scale web +2
    within 30 "there are three" workers_are 3
    martletctl scale web -5
    within 30 "there is one" workers_are 1
    equal "it is the first, all the time" "$(worker_in 0 pid)" "$first"
    local wrong
    for wrong in 0 1025 many; do
        equal "martletctl scale web $wrong, exit code" "$(code_of martletctl scale web "$wrong")" 64
    done
    holds "there is still one" workers_are 1
}

# Also in a rollout, which goes by the configuration.
scaled_in_a_rollout() {
    step "a number asked for in a rollout comes after it"
    systemctl reload martlet@web.service &
    reload=$!
    is_rising() { [[ $(rollout 'r["stage"]') == forward ]]; }
    within 30 "the rollout begins" is_rising
    matches "what scale says" "$(martletctl scale web +1)" \
        '5 workers are wanted once what is under way'
    equal "wanted meanwhile" "$(pool wanted)" 1
    holds "the reload ends well" wait "$reload"
    within 30 "there are five" workers_are 5
    martletctl scale web 4
    within 30 "there are four" workers_are 4
}

asked_by_varlinkctl() {
    if ! command -v varlinkctl >/dev/null; then
        figure "$(systemctl --version | head -n 1) has no varlinkctl: not asked with it"
        return 0
    fi
    step "varlinkctl looks at the service and its interface"
    call() { varlinkctl call /run/martlet/web/control "io.martlet.Pool.$1" "$2"; }
    matches "info" "$(varlinkctl info /run/martlet/web/control | xargs)" 'io\.martlet\.Pool'
    varlinkctl introspect /run/martlet/web/control io.martlet.Pool >/run/interface
    local method
    for method in Status List Why Subscribe Metrics Configuration Reload Scale RestartWorker KillWorker \
        Send PauseRollout ResumeRollout AbortRollout; do
        holds "it has $method" grep -qE "^method.* $method|^method $method" /run/interface
    done

    step "varlinkctl asks for workers and settings"
    equal "workers" "$(call List '{}' | ask 'len(workers)')" 1
    equal "none" "$(call List '{"slot": 7}' | ask 'len(workers)')" 0
    equal "the command that runs" "$(call Configuration '{}' |
        ask '[s["value"].split()[0] for s in settings if s["name"] == "ExecStart"][0]')" \
        "$(martletctl check web | sed -n 's/^ExecStart=\([^ ]*\).*/\1/p')"

    step "varlinkctl has one worker replaced and signalled"
    local old
    old=$(pool 'workers[0]["pid"]')
    call RestartWorker '{"slot": 0}' >/dev/null
    differs "the worker" "$(pool '[w["pid"] for w in workers if w["role"] == "incumbent"][0]')" "$old"
    within 30 "the old one is gone" workers_are 1
    # One that is ignored by who does not care for it.
    call KillWorker '{"slot": 0, "signal": "WINCH"}' >/dev/null
    matches "the signal's reason" "$(martletctl why web 0 | tail -n 1)" 'is sent SIGWINCH, as somebody asked'
    refused "a slot that there is not" call RestartWorker '{"slot": 7}' 2>/run/said
    matches "and why" "$(cat /run/said)" 'NotPossible'

    step "varlinkctl scales and gets typed errors"
    equal "one more" "$(call Scale '{"by": 1}' | ask '(wanted, effective)')" "2 True"
    within 30 "there are two" workers_are 2
    equal "to one" "$(call Scale '{"to": 1}' | ask '(wanted, effective)')" "1 True"
    within 30 "there is one" workers_are 1
    local parameters
    for parameters in \
        '{}' '{"to": 0}' '{"to": 1025}' '{"to": 2, "by": 1}' '{"by": "1"}' '{"at": 1}'; do
        equal "Scale($parameters), exit code" "$(code_of call Scale "$parameters")" 1
        matches "the error" "$(cat /run/said)" 'org\.varlink\.service\.InvalidParameter'
    done
    for method in PauseRollout ResumeRollout AbortRollout; do
        equal "$method, exit code" "$(code_of call "$method" '{}')" 1
        matches "the error" "$(cat /run/said)" 'io\.martlet\.Pool\.NotPossible'
    done
    holds "there is still one" workers_are 1

    step "varlinkctl hears what happens"
    varlinkctl call --more /run/martlet/web/control io.martlet.Pool.Subscribe '{}' >/run/happenings &
    local subscriber=$!
    hears() {
        call Scale '{"by": 1}' >/dev/null
        grep -q 'wanted from now on' /run/happenings
    }
    within 10 "a happening is told" hears
    kill "$subscriber"
    call Scale '{"to": 1}' >/dev/null
    within 30 "there is one again" workers_are 1
}

replaced_in_place() {
    step "RolloutSurge=0, RolloutMaxUnready=1: a slot is emptied before it is filled"
    local before generation
    before=$(worker_pids)
    write_web '--boot 0.5'
    drop_in rollout <<<$'[Pool]\nRolloutSurge=0\nRolloutMaxUnready=1'
    watch_begin
    witness_begin
    reload_web
    witness_ends_with 1
    watch_ends_with 3
    generation=$(pool generation)
    equal "most generations in a slot, fewest that serve, workers gone" \
        "$(rollout_as_told "$generation")" "1 3 4"
    holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
    holds "all serve" workers_are 4
    rm /etc/martlet/web.conf.d/rollout.conf
}

spared() {
    step "Spare=1: one that is killed leaves no gap"
    write_web '--boot 3'
    drop_in workers <<<$'[Pool]\nWorkers=2\nSpare=1'
    reload_web
    equal "the pool" "$(pool '(wanted, spare, ready)')" "2 1 3"
    matches "systemctl status" "$(status_text)" ': 2/2 ready, 1 spare$'
    local victim
    victim=$(worker_in 0 pid)
    watch_begin
    kill -KILL "$victim"
    is_missed() { [[ $(pool ready) == 2 ]]; }
    within 5 "it is missed" is_missed
    # Not before: what the victim had accepted dies with it.
    load_begin_gently
    equal "the successor is still starting; ready" "$(pool ready)" 2
    is_whole() { [[ $(pool ready) == 3 && $(worker_in 0 restarts) == 1 ]]; }
    within 30 "it has a successor" is_whole
    load_ends_well
    watch_ends_with 2
}

# Takes 96 MiB more whenever it gets SIGUSR1.
write_growing_worker() {
    cat >/usr/local/bin/growing-worker <<END
#!/usr/bin/env python3
import runpy, signal
hoard = []
signal.signal(signal.SIGUSR1, lambda *_: hoard.append(b"x" * (96 << 20)))
runpy.run_path("$worker", run_name="__main__")
END
    chmod 755 /usr/local/bin/growing-worker
}

recycled() {
    step "RecycleMemory=: a worker that has grown is replaced"
    write_growing_worker
    write_web '' RecycleMemory=64M
    sed -i 's|^ExecStart=.*|ExecStart=/usr/local/bin/growing-worker|' /etc/martlet/web.conf
    rm /etc/martlet/web.conf.d/workers.conf
    reload_web
    local victim neighbour restarts began
    victim=$(worker_in 0 pid) neighbour=$(worker_in 1 pid) restarts=$(worker_in 0 restarts)
    load_begin_gently
    watch_begin
    began=$SECONDS
    kill -USR1 "$victim"
    is_seen() { [[ $(pool '(workers[0].get("ownMemoryBytes") or 0) > 96 << 20') == True ]]; }
    within 15 "its memory is measured" is_seen
    # Of one answer: of two, the first may be from before its successor's start.
    is_replaced() {
        [[ $(pool "(ready, sum('pid' in w for w in workers),
            any(w.get('pid') == $victim for w in workers))") == '2 2 False' ]]
    }
    within 40 "worker 0 is replaced" is_replaced
    figure "replaced $((SECONDS - began)) s after it had grown"
    refused "the one that had grown is left" test -e "/proc/$victim"
    equal "restarts, which this is none of" "$(worker_in 0 restarts)" "$restarts"
    matches "why" "$(worker_in 0 lastReason)" 'of memory, over 64'
    equal "the neighbour is the same" "$(worker_in 1 pid)" "$neighbour"
    watch_ends_with 2
    load_ends_well
}

install_package
write_web ''
drop_in workers <<<$'[Pool]\nWorkers=4'
start_limit=4
mkdir -p /etc/systemd/system/martlet@web.service.d
echo $'[Service]\nTimeoutStartSec='$start_limit >/etc/systemd/system/martlet@web.service.d/patience.conf
systemctl daemon-reload
start_web
open=$(descriptors)

load_begin_gently
watch_begin
witness_begin
held_and_resumed
held_and_given_up
# The witness of what follows is not blind: here both generations stood side by side.
witness_ends_with 2
watch_ends_with 4
load_ends_well
equal "generations that served" "$(load 'sorted(generations)')" "1 2 3"
within 10 "the master has $open open descriptors, as before" descriptors_are "$open"

load_begin_gently
watch_begin
scaled
asked_by_varlinkctl
watch_ends_with 1
scaled_in_a_rollout
load_ends_well
within 10 "the master has $open open descriptors, as before" descriptors_are "$open"

load_begin_gently
replaced_in_place
load_ends_well

spared
recycled

step "nobody had to be killed, the master is the first one, nothing is left"
lifecycle >/run/lifecycle
refused "a worker had to be killed" grep be2172c5098d4d8683e191c9f3a2367e /run/lifecycle
equal "restarts of the master" "$(property martlet@web.service NRestarts)" 0
ends_without_trace
