#!/bin/bash
# Without cgroups of its own the master ends workers by their process group.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web '--notify-from-grandchild --ignore-signals' TimeoutStopSec=1s

not_delegated() { # NAME; the drop-in is standard input
    step "$1"
    drop_in delegation
    start_web
    local cgroup
    cgroup=$(property martlet@web.service ControlGroup)
    equal "two workers and their children" "$(count_with MARTLET_POOL=web)" 4
    equal "workers are in the unit's own group" \
        "$(cut -d: -f3 "/proc/$(pool 'workers[0]["pid"]')/cgroup" | grep -xcF "$cgroup")" 1
    reload_web
    within 15 "generation 1 is gone" no_process_with MARTLET_GENERATION=1
    equal "generation 2 is whole" "$(count_with MARTLET_GENERATION=2)" 4
    kill -KILL "$(pool 'workers[0]["pid"]')"
    whole() { (($(count_with MARTLET_POOL=web) == 4)) && pool_is serving 2; }
    within 15 "a killed worker and its child are replaced" whole
    holds "it serves" serves
    ends_without_trace
}

not_delegated "Delegate=no" <<END
[Service]
Delegate=no
END
equal "Delegate" "$(property martlet@web.service Delegate)" no

not_delegated "a read-only /sys/fs/cgroup" <<END
[Service]
ProtectControlGroups=yes
END
