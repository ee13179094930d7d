#!/bin/bash
# Rolling reloads under load: no request fails, every worker is replaced each time.
# seconds: 240
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
open=$(descriptors)
load_begin --connections mixed --clients 8

# Looks at the pool all the time: there are never fewer ready workers than wanted.
watch_ready() {
    local fewest=99 ready samples=0
    while [[ ! -e /run/watched ]]; do
        ready=$(pool ready) || fail "the pool doesn't tell its status"
        ((ready < fewest)) && fewest=$ready
        ((samples += 1))
    done
    echo "$fewest $samples" >/run/fewest
}
watch_ready &
watcher=$!

step "at least 20 reloads and 20,000 requests"
reloads=0
before=$(worker_pids)
while ((reloads < 20 || $(load answered) < 20000)); do
    reload_web
    ((reloads += 1))
    equal "the pool" "$(pool '(generation, wanted, ready)')" "$((reloads + 1)) 2 2"
    after=$(worker_pids)
    holds "each worker is a new one: $before, then $after" disjoint "$before" "$after"
    before=$after
done
touch /run/watched
wait "$watcher"
load_ends_well
at_least "requests" "$(load answered)" 20000
at_least "generations that served" "$(load 'len(generations)')" $((reloads + 1))
read -r fewest samples </run/fewest
equal "fewest ready workers" "$fewest" 2
figure "$reloads reloads; never fewer than $fewest of 2 workers ready ($samples samples)"

step "all the retired workers are gone"
equal "processes of the pool" "$(count_with MARTLET_POOL=web)" 2
within 10 "the master has $open open descriptors, as before" descriptors_are "$open"
equal "notify sockets" "$(find /run/martlet/web -name 'notify.*' | wc -l)" 2
ends_without_trace
