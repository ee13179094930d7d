#!/bin/bash
# Limits of a pool that the kernel enforces by its control group: memory that runs out costs the worker that
# took it and nobody else, `Workers=auto` goes by the quota of CPU, and a process that is refused comes later.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

for controller in cpu memory pids; do
    grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers ||
        skip "the controller $controller of control groups; Tests/System/machine has it"
done

install_package
write_web '--hog /hog=400'
sed -i 's/^Workers=.*/Workers=3/' /etc/martlet/web.conf
drop_in service <<<$'[Service]\nMemoryMax=256M\nMemorySwapMax=0'
start_web
group=/sys/fs/cgroup$(property martlet@web.service ControlGroup)
equal "the limit in force" "$(<"$group/memory.max")" $((256 << 20))
killed() { sed -n 's/^oom_kill //p' "$group/memory.events"; }

# Of three workers one is another one than before, and all serve.
one_is_new() {
    pool_is serving 3 &&
        [[ $(worker_pids | tr ' ' '\n' | grep -cvxFf <(tr ' ' '\n' <<<"$before")) == 1 ]]
}

step "a worker that takes more memory than there is"
main=$(master) kept=$(stored) before=$(worker_pids)
load_begin --connections new --clients 4
refused "it can answer" curl --silent --fail --max-time $((60 * patience)) --output /dev/null "http://$web/hog"
within 20 "one worker is replaced, and one alone" one_is_new
load_end
equal "processes that were killed for it" "$(killed)" 1
equal "the master" "$(master)" "$main"
equal "restarts of the service" "$(property martlet@web.service NRestarts)" 0
equal "the service" "$(property martlet@web.service ActiveState)" active
matches "why there is a new one" "$(martletctl why web)" 'SIGKILL'
within 20 "systemd keeps $kept descriptors, as before" stored_are "$kept"
# What the killed worker had accepted died with it, and nothing else.
equal "how requests failed" "$(load 'sorted(set(failuresByKind) - {
    "connection reset before the answer", "connection closed before the answer"})')" ""
load_figures

step "a master that is replaced keeps the limit, and the next worker pays for itself too"
before=$(worker_pids) since=$(milliseconds)
kill -KILL "$main"
next_master_answers "$main" "$since"
within 20 "the pool is whole" pool_is serving 3
equal "the workers" "$(worker_pids)" "$before"
main=$(master)
refused "it can answer" curl --silent --fail --max-time $((60 * patience)) --output /dev/null "http://$web/hog"
within 20 "one worker is replaced, and one alone" one_is_new
equal "the master" "$(master)" "$main"
equal "the limit in force" "$(<"$group/memory.max")" $((256 << 20))
within 20 "systemd keeps $kept descriptors, as before" stored_are "$kept"
ends_without_trace

step "Workers=auto under CPUQuota="
write_web ''
sed -i 's/^Workers=.*/Workers=auto/' /etc/martlet/web.conf
drop_in service <<<$'[Service]\nCPUQuota=100%'
start_web
equal "workers that one processor's worth gets" "$(pool wanted)" 1
ends_without_trace

step "a process that TasksMax= refuses comes when there is room"
write_web ''
rm /etc/martlet/web.conf.d/service.conf
start_web
main=$(master)
systemctl set-property --runtime martlet@web.service TasksMax=1
kill -KILL "$(pool 'workers[0]["pid"]')"
within 20 "the master says that it can't" journal_matches 'could not be started' -u martlet@web
equal "the other worker" "$(pool ready)" 1
systemctl set-property --runtime martlet@web.service TasksMax=infinity
within 60 "the pool is whole" pool_is serving 2
equal "the master" "$(master)" "$main"
ends_without_trace
