#!/bin/bash
# martletctl monitor in a terminal, driven by its keys: what it shows, what it asks before it changes
# something, sizes, other terminals, a master that is stopped or killed, and every way out of it.
# seconds: 300
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"
export LANG=C.UTF-8

# The terminal

terminal() { tmux -L tests -f /dev/null "$@"; }
press() { terminal send-keys "$@"; }
screen() { terminal capture-pane -p; }

# With what somebody would look at first.
fail() {
    printf 'NOT SO: %s\n' "$*"
    screen 2>/dev/null || true
    exit 1
}

shows() { screen | grep -qE -- "$1"; }
sees() { # SENTENCE PATTERN
    within 30 "$1" shows "$2"
}

# A shell whose prompt comes after the exit code of what ran in it.
open_terminal() { # COLUMNS ROWS
    terminal new-session -d -x "$1" -y "$2" \
        "env PS1='[\$?] ready\$ ' bash --norc --noprofile -i"
    sees "a shell" '^\[0\] ready\$'
    pane=$(terminal display-message -p '#{pane_tty}')
    modes=$(stty -g <"$pane")
}

monitor() { # COMMAND
    press "clear; $1" Enter
}

monitor_pid() { pgrep -x martletctl || true; }
no_monitor() { [[ -z $(monitor_pid) ]]; }
no_journalctl() { ! pgrep -x journalctl >/dev/null; }

ended_with() { # CODE
    sees "it ends with $1" "^\[$1\] ready\\\$"
    holds "no monitor is left" no_monitor
    within 5 "no journalctl is left" no_journalctl
    within 5 "the terminal is as it was" modes_are "$modes"
}
modes_are() { [[ $(stty -g <"$pane") == "$1" ]]; }

# What is to be seen

worker_in() { # SLOT FIELD
    pool "next((w.get('$2') for w in workers
        if w['slot'] == $1 and w.get('role') == 'incumbent'), None)"
}

# Every worker that serves has its line, of one answer.
all_are_shown() {
    local wanted text slot pid
    wanted=$(pool '"\n".join(f"{w['"'slot'"']} {w['"'pid'"']}" for w in workers
        if w["state"] == "ready")')
    text=$(screen | sed 's/.*│//')
    while read -r slot pid; do
        grep -qE "^[^a-z]*$slot +ready +[0-9]+ +$pid " <<<"$text" || return 1
    done <<<"$wanted"
}

looked_at() {
    step "it shows the pool, its workers and their journal"
    monitor 'martletctl monitor'
    sees "the pool" '^>web'
    sees "its figures" 'web +serving +3/3 ready +generation 1 +master '"$(master)"
    within 10 "each worker" all_are_shown
    sees "the CPU of each, once it was measured" '^.*│.* 0 +ready .* [0-9]+\.[0-9] '
    sees "what the master says of the worker" '^[A-Z][a-z]{2} [ 0-9]{2} .*worker 0 of generation 1'
    press Tab
    sees "the journal of the pool" 'journal of web '
    sees "with what systemd says of it" 'Started martlet@web.service|Started .*web'
    press Tab
    sees "the journal of the worker" 'journal of web/0 '
}

restarted() {
    local before
    step "a restart is asked about, and not done on n"
    press j
    sees "worker 1 is chosen" '> +1 +ready'
    before=$(worker_in 1 pid)
    press r
    sees "the question" '^restart worker 1 of web\? y/n'
    press n
    sees "the answer" '^nothing was done'
    equal "worker 1" "$(worker_in 1 pid)" "$before"

    step "and done on y"
    press r
    sees "the question" '^restart worker 1 of web\? y/n'
    press y
    replaced() { [[ $(worker_in 1 pid) != "$before" ]] && pool_is serving 3; }
    within 30 "worker 1 is another one" replaced
    within 10 "it is shown" all_are_shown
    sees "it is still chosen" "> +1 +ready.* $(worker_in 1 pid) "

    step "a signal is asked for"
    before=$(worker_in 1 pid)
    press K
    sees "the question" '^signal for worker 1 of web \[TERM\]: _'
    press kill Enter
    sees "the next" '^send SIGKILL to worker 1 of web\? y/n'
    press y
    within 30 "worker 1 is another one" replaced
    sees "why" 'worker 1: .*(KILL|kill)'
    within 10 "it is shown" all_are_shown
}

reloaded() {
    step "a reload goes on while it is watched"
    write_web '--boot 1.5'
    press R
    sees "the question" '^reload web: replace every worker\? y/n'
    press y
    sees "the rollout" 'gen 1 → 2 \[█*▒+·*\] [0-3] replaced, 1 rising'
    sees "a candidate" 'starting \(candidate\)'
    sees "its progress" '^web: reloading: gen 2'
    press p
    sees "the question" '^pause the rollout of web\? y/n'
    press y
    sees "it is paused" '\] paused, '
    press p
    sees "the question" '^go on with the rollout of web\? y/n'
    press y
    sees "how it ended" '^web: generation 2 serves, 3/3 ready'
    within 10 "the new workers" all_are_shown

    step "one that is given up says so"
    press R y
    sees "the rollout" 'gen 2 → 3 \['
    press a
    sees "the question" '^give up the rollout of web and go back\? y/n'
    press y
    sees "how it ended" '^web: reload failed: .*aborted'
    within 30 "the pool serves" pool_is serving 3
    equal "generations" "$(pool 'sorted({w["generation"] for w in workers})')" 2
    sees "what is left of it" 'reload to gen 3 failed: it was aborted'
    press p
    sees "there is nothing to pause" '^web: no rollout is under way'
}

scaled() {
    step "one more, one fewer"
    write_web ''
    press + y
    sees "what will be" '^web: 4 workers wanted'
    sees "the fourth" '  3 +ready'
    press - y
    sees "what will be" '^web: 3 workers wanted'
    three_rows() { pool_is serving 3 && ! shows '  3 +(ready|stopping)'; }
    within 30 "the fourth is gone" three_rows
}

sized() {
    step "any size"
    terminal resize-window -x 56 -y 15
    sees "what it has no room for" 'no room for: '
    refused "a list of pools" shows '^>web'
    local size
    for size in 20x4 2x1 300x80 80x24; do
        terminal resize-window -x "${size%x*}" -y "${size#*x}"
    done
    sees "all of it again" '^>web'
    terminal resize-window -x 26 -y 3
    sees "one line" '^web serving 3/3 gen 2'
    terminal resize-window -x 120 -y 30
    sees "all of it again" '^>web'
    sees "the last keys, too" '/ filter$'

    step "Ctrl-S stops nothing; help, the filter and the journal's size"
    press C-s
    press '?'
    sees "the keys" '^ q +quit; what is under way goes on'
    press x
    press /
    press 'no such worker'
    sees "nobody" 'no worker has "no such worker"'
    press Escape
    sees "everybody" ' 0 +ready'
    press l l
    journal_is_off() { ! shows 'journal of'; }
    within 10 "no journal" journal_is_off
    press l
    sees "the journal" 'journal of'
}

troubled() {
    local old
    step "a master that hangs is told, and holds up nobody"
    old=$(master)
    kill -STOP "$old"
    sees "no answer" 'web +no answer for [0-9]+s'
    press '?'
    sees "keys work" 'quit; what is under way goes on'
    press '?'
    kill -CONT "$old"
    sees "it is back" "serving +3/3 ready .*master $old"

    step "a master that is killed is replaced on the screen"
    kill -KILL "$old"
    is_other() { [[ $(master) != 0 && $(master) != "$old" ]] && pool_is serving 3; }
    within 60 "systemd starts another" is_other
    sees "the new one" "serving +3/3 ready .*master $(master)"
    within 10 "its workers" all_are_shown

    step "a pool that is stopped vanishes, and comes back"
    systemctl stop martlet@web.socket martlet@web.service
    sees "nothing" 'no pool runs; start one with: systemctl start'
    systemctl start martlet@web.socket martlet@web.service
    sees "the pool" '^>web'
}

suspended() {
    step "Ctrl-Z gives the terminal back, and fg takes it again"
    press C-z
    sees "the shell" '^\[[0-9]+\]\+ +Stopped'
    equal "the terminal, but for what the shell does with it" \
        "$(stty -a <"$pane" | grep -oE '[-]?(icanon|echo|icrnl|opost)\b' | sort | xargs)" \
        "$shell_modes"
    press fg Enter
    sees "the pool" '^>web'
    press q
    ended_with 0
}

every_way_out() {
    local way signal
    for way in 'TERM 143' 'HUP 143' 'QUIT 143' 'INT 0'; do
        signal=${way% *}
        step "SIG$signal"
        monitor 'martletctl monitor web'
        sees "the pool" '^>web'
        kill "-$signal" "$(monitor_pid)"
        ended_with "${way#* }"
    done
    step "Ctrl-C, while a reload is under way, which goes on"
    write_web '--boot 1.5'
    monitor 'martletctl monitor web'
    sees "the pool" '^>web'
    press R y
    sees "the rollout" '\[█*▒+·*\] [0-3] replaced'
    press C-c
    ended_with 0
    sees "it says so" '^web: what was begun goes on without anybody waiting for it'
    generation_is() { [[ $(pool '(state, generation, ready)') == "serving $1 3" ]]; }
    within 60 "the reload ends well" generation_is 2
    write_web ''
}

other_terminals() {
    local name
    for name in linux vt100 screen tmux-256color xterm-256color; do
        step "TERM=$name"
        monitor "TERM=$name martletctl monitor"
        sees "the pool" '>web'
        sees "its figures" 'serving +3/3 ready'
        press q
        ended_with 0
    done
    step "colours, and none with NO_COLOR"
    coloured() { terminal capture-pane -p -e | grep -q $'\e\[3[1-6]m'; }
    monitor 'martletctl monitor'
    sees "the pool" '^>web'
    within 10 "colours" coloured
    press q
    ended_with 0
    monitor 'NO_COLOR=1 martletctl monitor'
    sees "the pool" '^>web'
    sees "its figures" 'serving +3/3 ready'
    refused "colours" coloured
    press q
    ended_with 0

    step "a locale that has ASCII alone"
    monitor 'LC_ALL=C martletctl monitor'
    sees "the pool" '^>web'
    sees "its workers" '\| +> +0 +ready'
    press q
    ended_with 0
}

refused_by() { # WORDS PATTERN
    sees "one sentence" "$2"
    ended_with 69
}

no_terminal() {
    step "where there is no terminal"
    monitor 'martletctl monitor </dev/null'
    refused_by 'no terminal' '^martletctl: monitor needs a terminal'
    monitor 'TERM=nonesuch martletctl monitor'
    refused_by 'unknown' '^martletctl: there is no description of a terminal "nonesuch"'
    monitor 'TERM=dumb martletctl monitor'
    refused_by 'dumb' '^martletctl: a terminal of the kind "dumb" can'"'"'t be written'
}

strangers() {
    step "somebody who may not look"
    monitor 'setpriv --reuid stranger --regid stranger --clear-groups martletctl monitor'
    sees "the pool" '^>web'
    sees "why there is nothing" '│ web +only root'
    sees "nor a journal" 'you may not read all of this journal'
    press q
    ended_with 0
}

install_package
write_web ''
drop_in workers <<<$'[Pool]\nWorkers=3'
open_terminal 100 30
start_web
shell_modes=$(stty -a <"$pane" | grep -oE '[-]?(icanon|echo|icrnl|opost)\b' | sort | xargs)

looked_at
restarted
reloaded
scaled
sized
troubled
suspended
open=$(descriptors)
every_way_out
other_terminals
no_terminal
strangers
within 10 "the master has $open open descriptors, as before" descriptors_are "$open"
step "a terminal that goes away takes the monitor with it"
monitor 'martletctl monitor'
sees "the pool" '^>web'
terminal kill-server
within 10 "no monitor is left" no_monitor
ends_without_trace
