#!/bin/bash
# What martletctl does without a master: a pool is made, listed in each of its states, looked at and
# diagnosed, and its logs are found.
# seconds: 240
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

readonly schemas=/usr/share/martlet/schemas

# The exit code; what was said is in /run/said.
code_of() { local code=0; "$@" >/run/said 2>&1 || code=$?; echo "$code"; }

said() { cat /run/said; }

as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

# Text that must be as it is written here.
golden() { # SENTENCE COMMAND…; what is expected is standard input
    local expected actual
    expected=$(cat)
    actual=$("${@:2}") || fail "$1: exit code $?"
    [[ $actual == "$expected" ]] || fail "$1:
$(diff <(echo "$expected") <(echo "$actual"))"
}

valid_json() { # SCHEMA COMMAND…
    local faults
    faults=$("${@:2}" | /opt/tests/System/validate-json "$schemas/$1.json") ||
        fail "${*:2} prints JSON as $1.json has it: $faults"
}

# Without what is different in each run.
list() { martletctl list | sed -E 's/ +[0-9.]+m?s( +127)/  TIME\1/'; }

makes_a_pool() {
    step "martletctl new refuses what could not run"
    local new=(martletctl new web --listen "$web" --workers 2)
    equal "a program that is not there" "$(code_of "${new[@]}" --exec /nowhere)" 66
    matches "and why" "$(said)" 'there is no file /nowhere'
    equal "a program that is relative" "$(code_of "${new[@]}" --exec ./run)" 78
    matches "and why" "$(said)" '--exec: .*must be an absolute path'
    equal "a program that is not executable" "$(code_of "${new[@]}" --exec /etc/passwd)" 66
    matches "and why" "$(said)" '/etc/passwd is not executable; chmod \+x /etc/passwd'
    mkdir -m 700 /srv/closed && cp /bin/true /srv/closed/run
    equal "a program in a closed directory" "$(code_of "${new[@]}" --exec /srv/closed/run)" 66
    matches "and why" "$(said)" 'user martlet may not execute /srv/closed/run: /srv/closed is closed'
    equal "a user that is not there" "$(code_of "${new[@]}" --exec /bin/true --user who)" 66
    equal "somebody who may not" "$(code_of as_nobody "${new[@]}" --exec /bin/true)" 77
    refused "a file was written" test -e /etc/martlet/web.conf
    equal "files that were left" "$(ls -A /etc/martlet)" ""

    step "and makes a pool that runs"
    golden "what it says" "${new[@]}" --exec "$worker --print 'a line of a worker'" <<'END_OF_TEXT'
web: wrote /etc/martlet/web.conf
next: systemctl daemon-reload && systemctl enable --now martlet@web.socket
END_OF_TEXT
    equal "martletctl check accepts it, exit code" "$(code_of martletctl check web)" 0
    equal "its mode" "$(stat -c %a /etc/martlet/web.conf)" 644
    cp /etc/martlet/web.conf /run/first.conf
    equal "once more" "$(code_of "${new[@]}" --exec /bin/true)" 73
    matches "and why" "$(said)" '/etc/martlet/web.conf is there already and stays as it is'
    holds "it is as it was" cmp /run/first.conf /etc/martlet/web.conf
    "${new[@]}" --exec "$worker --print 'a line of a worker'" --stdout >/run/printed.conf
    holds "--stdout prints the same" cmp /run/first.conf /run/printed.conf
}

lists_pools() {
    step "martletctl list in each state"
    golden "without a pool" martletctl list <<<'0 pools listed, 0 serving.'
    makes_a_pool
    martletctl new api --exec "$worker" --listen /run/api.sock >/run/next
    golden "before systemd knows of them" list <<'END_OF_TEXT'
POOL  STATE    READY  GEN  UPTIME  LISTENS ON      NOTE
api   stopped      -    -       -  /run/api.sock   systemctl start martlet@api
web   stopped      -    -       -  127.0.0.1:8000  systemctl start martlet@web

2 pools listed, 0 serving.
END_OF_TEXT
    # What `martletctl new` has said comes next.
    bash -c "$(sed -n 's/^next: //p' /run/next)"
    systemctl -q enable --now martlet@web.socket
    golden "with sockets alone" list <<'END_OF_TEXT'
POOL  STATE      READY  GEN  UPTIME  LISTENS ON      NOTE
api   listening      -    -       -  /run/api.sock   the next client starts it
web   listening      -    -       -  127.0.0.1:8000  the next client starts it

2 pools listed, 0 serving.
END_OF_TEXT
    holds "the first client starts it" serves
    within 30 "both workers are ready" pool_is serving 2
    golden "with one that serves" list <<'END_OF_TEXT'
POOL  STATE      READY  GEN  UPTIME  LISTENS ON      NOTE
api   listening      -    -       -  /run/api.sock   the next client starts it
web   serving      2/2    1  TIME  127.0.0.1:8000

2 pools listed, 1 serving.
END_OF_TEXT
    equal "lines without a legend" "$(martletctl list --no-legend | wc -l)" 2
    equal "for one who may not ask" "$(as_nobody martletctl list --no-legend | awk '{ print $2 }' | xargs)" \
        "listening running"
    valid_json list martletctl list --json
    equal "as JSON" "$(martletctl list --json | python3 -c 'import json, sys
print([(p["pool"], p["state"], p.get("ready"), p["listeners"]) for p in json.load(sys.stdin)])')" \
        "[('api', 'listening', None, ['/run/api.sock']), ('web', 'serving', 2, ['127.0.0.1:8000'])]"
    echo nonsense >>/etc/martlet/api.conf
    matches "with a file that is refused" "$(martletctl list)" 'api .* /etc/martlet/api.conf:[0-9]+:'
    rm /etc/martlet/api.conf
    systemctl -q disable --now martlet@api.socket
    systemctl daemon-reload
}

shows_files() {
    step "martletctl cat shows what a pool is made of"
    drop_in 20-later <<<$'[Pool]\nSpare=1'
    printf '[Pool]\nSpare=2' >/etc/martlet/web.conf.d/10-first.conf
    {
        echo "# /etc/martlet/web.conf"
        cat /etc/martlet/web.conf
        printf '\n# /etc/martlet/web.conf.d/10-first.conf\n[Pool]\nSpare=2\n'
        printf '\n# /etc/martlet/web.conf.d/20-later.conf\n[Pool]\nSpare=1\n'
    } >/run/expected
    golden "all files in order" martletctl cat martlet@web.service </run/expected
    equal "a pool that is not there" "$(code_of martletctl cat nobody)" 66
    matches "and why" "$(said)" '/etc/martlet/nobody.conf: no such file'
    rm -r /etc/martlet/web.conf.d
}

# The worker and the identifier of each line.
sources() { # ARGUMENT…
    martletctl logs web -o json --no-pager "$@" | python3 -c '
import json, sys
print(*sorted({(r.get("SYSLOG_IDENTIFIER"), r.get("MARTLET_WORKER")) for r in map(json.loads, sys.stdin)},
              key=str))'
}

shows_logs() {
    step "martletctl logs has the lines of the pool, or of one worker"
    journalctl --sync
    equal "of worker 1" "$(sources --worker 1)" "('martlet', '1') ('web/1', None)"
    matches "what it wrote" "$(martletctl logs web --worker web/1 -o cat)" '^a line of a worker$'
    matches "what the master says of it" "$(martletctl logs web --worker 1 -o cat)" 'worker 1 of generation 1 is ready'
    local all
    all=$(sources)
    matches "of all" "$all" "'web/0'.*'web/1'"
    matches "of systemd, too" "$all" "'systemd'"
    equal "so many as were asked for" "$(martletctl logs web -n 1 -q -o cat 2>&1 | wc -l)" 1
    equal "so many" "$(martletctl logs web -n 3 -o cat | wc -l)" 3
    equal "of nobody" "$(martletctl logs web --worker 7 -o cat | grep -cv '^-- ')" 0
    equal "a time that is none" "$(code_of martletctl logs web --since nonsense)" 1
    mv /usr/bin/journalctl /run/journalctl
    equal "without journalctl" "$(code_of martletctl logs web)" 69
    matches "and why" "$(said)" 'there is no journalctl on this machine'
    mv /run/journalctl /usr/bin/journalctl
}

# `check level` of each finding of the pool.
findings() {
    martletctl doctor web --json >/run/findings || true
    /opt/tests/System/validate-json "$schemas/doctor.json" </run/findings ||
        fail "the JSON of doctor is as its schema has it"
    python3 -c 'import json, sys
print(*[f"""{f["check"]} {f["level"]}""" for f in json.load(sys.stdin) if f.get("pool")], sep=", ")' \
        </run/findings
}

unit_drop_in() { # UNIT TEXT
    mkdir -p "/etc/systemd/system/$1.d"
    echo "$2" >"/etc/systemd/system/$1.d/mine.conf"
    systemctl daemon-reload
}

diagnoses() {
    step "martletctl doctor finds nothing in a pool that is well"
    equal "findings" "$(findings)" ""
    equal "exit code" "$(code_of martletctl doctor web)" 0
    matches "as text" "$(said)" '^web: all is well$'

    step "what a drop-in of the service undoes"
    unit_drop_in martlet@web.service $'[Service]\nType=exec\nKillMode=mixed\nNotifyAccess=all
Delegate=no\nRestart=no\nLimitNOFILE=512\nTimeoutStopSec=1\nUser=root
NoNewPrivileges=no\nExecReload=\nExecStop=\nFileDescriptorStoreMax=9\nRuntimeDirectoryPreserve=no\n[Unit]\nStartLimitIntervalSec=10'
    equal "findings" "$(findings)" "readiness error, readiness warning, command warning, \
kill-mode warning, runtime-directory warning, command warning, delegation warning, restart warning, start-limit warning, \
privileges warning, sandbox note, stop-timeout warning, stop-timeout note, descriptors warning, \
descriptor-store warning"
    equal "exit code" "$(code_of martletctl doctor web)" 1
    matches "as text" "$(said)" '^  warning: martlet@web.service has KillMode=mixed: its workers die with'
    rm -r /etc/systemd/system/martlet@web.service.d
    systemctl daemon-reload
    equal "findings once it is gone" "$(findings)" ""

    unit_drop_in martlet@web.service $'[Service]\nWatchdogSec=0'
    systemctl restart martlet@web.service
    equal "findings of one without a watchdog" "$(findings)" "watchdog warning"
    rm -r /etc/systemd/system/martlet@web.service.d
    systemctl daemon-reload
    systemctl stop martlet@web.service
    equal "findings of one that waits for a client" "$(findings)" ""
    systemctl start martlet@web.service

    step "what has changed since systemd read it"
    cp /etc/martlet/web.conf /run/web.conf
    sed -i "s/^ListenStream=.*/ListenStream=127.0.0.1:8002/" /etc/martlet/web.conf
    equal "findings" "$(findings)" "units-old warning"
    cp /run/web.conf /etc/martlet/web.conf
    sed -i 's/^Workers=.*/Workers=1/' /etc/martlet/web.conf
    equal "findings when that is none of systemd's business" "$(findings)" ""
    cp /run/web.conf /etc/martlet/web.conf

    step "a program that is gone, or hidden"
    mkdir -p /home/somebody && cp /bin/true /home/somebody/run
    sed -i 's|^ExecStart=.*|ExecStart=/home/somebody/run|' /etc/martlet/web.conf
    equal "findings of one in a home directory" "$(findings)" "program-hidden error"
    sed -i 's|^ExecStart=.*|ExecStart=/home/somebody/walk|' /etc/martlet/web.conf
    equal "findings of one that is gone" "$(findings)" "program error, program-hidden error"
    cp /run/web.conf /etc/martlet/web.conf

    step "a user that is gone"
    unit_drop_in martlet@web.service $'[Service]\nUser=whoever'
    equal "findings" "$(findings)" "user error"
    rm -r /etc/systemd/system/martlet@web.service.d
    systemctl daemon-reload

    step "an address that somebody else has"
    systemctl -q disable --now martlet@web.socket
    systemctl stop martlet@web.service
    python3 -m http.server --bind 127.0.0.1 8000 >/dev/null 2>&1 &
    local rival=$!
    is_up() { curl --silent --output /dev/null "http://$web/"; }
    within 20 "another program listens" is_up
    martletctl new other --exec /bin/true --listen 8000 >/dev/null
    equal "findings" "$(findings)" \
        "socket warning, socket-enabled warning, address-taken error, address-shared error"
    martletctl doctor web >/run/said || true
    matches "who it is" "$(said)" "127.0.0.1:8000 is taken by python3.* \(pid $rival\)"
    matches "and what mends it" "$(said)" 'fix: systemctl enable martlet@web.socket'
    kill "$rival"
    wait "$rival" || true
    rm /etc/martlet/other.conf
    is_down() { ! is_up; }
    within 20 "it is gone" is_down
    systemctl -q enable --now martlet@web.socket
    equal "findings without it" "$(findings)" ""

    step "a pool that can't start"
    sed -i 's|^ExecStart=.*|ExecStart=/bin/false|' /etc/martlet/web.conf
    systemctl start --no-block martlet@web.service
    is_seen() { [[ $(findings) == "service error" ]]; }
    within 60 "the doctor says so" is_seen
    cp /run/web.conf /etc/martlet/web.conf
    within 60 "put right, it comes up by itself" pool_is serving 2
    equal "findings" "$(findings)" ""
}

# Makes something happen, for who follows events.
hears() {
    martletctl scale web +1 >/dev/null
    martletctl scale web -1 >/dev/null
    grep -q happening /run/events
}

prints_json() {
    step "JSON of the others is as its schema has it"
    valid_json status martletctl status web --json
    valid_json why martletctl why web --json
    martletctl events web --json >/run/events &
    local listener=$!
    within 20 "events are heard" hears
    kill "$listener"
    wait "$listener" || true
    # Its last line may have been cut off.
    sed -n '1p' /run/events >/run/event
    holds "an event" /opt/tests/System/validate-json "$schemas/events.json" --lines </run/event
    refused "a schema lets anything pass" /opt/tests/System/validate-json "$schemas/status.json" \
        <<<'{"pool": "web"}'
}

follows_masters() {
    step "events of one master after the other"
    martletctl events --json web >/run/events 2>/run/remarks &
    local listener=$!
    within 20 "events are heard" hears
    kill -9 "$(master)"
    within 20 "it is said that there is another master" grep -q 'another master goes on' /run/remarks
    : >/run/events
    within 20 "events are heard again" hears
    systemctl stop martlet@web.socket martlet@web.service
    local code=0
    wait "$listener" || code=$?
    equal "its end" "$code" 69
    matches "why" "$(tail -n 1 /run/remarks)" 'the master has ended'
    systemctl start martlet@web.socket martlet@web.service
}

install_package
lists_pools
shows_files
shows_logs
diagnoses
prints_json
follows_masters
ends_without_trace
