#!/bin/bash
# Releases that do not come up: the reload fails and says why, the old workers serve on.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
before=$(worker_pids)
open=$(descriptors)
load_begin --connections mixed --clients 4

mkdir /srv/release
cp "$worker" /srv/release/not-executable
chmod 644 /srv/release/not-executable

# The configuration of the bad release is written before.
refused_release() { # NAME PATTERN-OF-THE-REASON
    local output since code=0
    step "$1"
    since=$(date '+%F %T.%6N')
    refused "systemctl reload fails" reload_web
    holds "the journal tells the reason" journal_matches "$2" --since "$since" -u martlet@web.service
    output=$(martletctl reload web 2>&1) || code=$?
    differs "the exit code of martletctl reload" "$code" 0
    matches "martletctl reload tells the reason" "$output" "$2"
    equal "the service" "$(property martlet@web.service ActiveState)" active
    within 10 "only the old workers are left" two_processes
    equal "the workers" "$(worker_pids)" "$before"
    within 10 "the master has $open open descriptors, as before" descriptors_are "$open"
    equal "the pool" "$(pool '(state, generation, ready)')" "serving 1 2"
    equal "an answer comes from generation" "$(answer generation)" 1
}
two_processes() { (($(count_with MARTLET_POOL=web) == 2)); }

write_web ''
sed -i 's|^ExecStart=.*|ExecStart=/srv/release/not-executable|' /etc/martlet/web.conf
refused_release "a program that is not executable" 'not executable|permission denied'

sed -i 's|^ExecStart=.*|ExecStart=/srv/release/missing|' /etc/martlet/web.conf
refused_release "a program that is not there" 'no such file|not found'

write_web '--exit-at-start 9'
refused_release "a worker that exits at its start" '(status|code|exited)[^0-9]*9'

write_web '--never-ready' TimeoutStartSec=1s
refused_release "a worker that never gets ready" 'ready.*1 ?s|TimeoutStartSec'

# What a worker has accepted dies with it, and this one accepts before it dies: no load here, as the
# requests that it loses would be its own.
load_ends_well
write_web '--die-after-ready 0.3'
sed -i 's|^RolloutSettleSec=.*|RolloutSettleSec=5s|' /etc/martlet/web.conf
refused_release "a worker that gets ready, then dies" '(status|code|exited)[^0-9]*3'
load_begin --connections mixed --clients 4

write_web '' KilSignal=SIGINT
refused_release "a configuration with a mistake" 'web\.conf:[0-9]+: .*KilSignal.*did you mean.*KillSignal'

step "a good release goes through"
write_web ''
reload_web
holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
load_ends_well
ends_without_trace
