#!/bin/bash
# clone3(2) is refused under RestrictNamespaces=: workers are started the older way, to the same end.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web '--daemonize-grandchild' TimeoutStopSec=1s
for restricted in yes no; do
    step "RestrictNamespaces=$restricted"
    drop_in namespaces <<END
[Service]
RestrictNamespaces=$restricted
END
    start_web
    unit_group=$(property martlet@web.service ControlGroup)
    for pid in $(worker_pids); do
        group=$(grep -o "$unit_group/.*" "/proc/$pid/cgroup" | head -n 1) ||
            fail "worker $pid has no cgroup of its own"
        equal "processes in $group" "$(wc -l <"/sys/fs/cgroup$group/cgroup.procs")" 2
    done
    reload_web
    within 15 "generation 1 is gone, detached children too" no_process_with MARTLET_GENERATION=1
    equal "generation 2 is whole" "$(count_with MARTLET_GENERATION=2)" 4
    equal "cgroups of workers" "$(grep -ho "$unit_group/.*" /proc/[0-9]*/cgroup 2>/dev/null | sort -u | grep -cv 'master$')" 2
    holds "it serves" serves
    ends_without_trace
done
