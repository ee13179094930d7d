#!/bin/bash
# Whatever a worker has started ends with it: deaf, detached and daemonised processes.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web '--ignore-signals --daemonize-grandchild' TimeoutStopSec=1s
start_web
equal "two workers and their detached children" "$(count_with MARTLET_POOL=web)" 4

step "a reload leaves none of the old generation behind"
reload_web
within 15 "generation 1 is gone" no_process_with MARTLET_GENERATION=1
equal "generation 2 is whole" "$(count_with MARTLET_GENERATION=2)" 4

step "a worker that dies takes its children with it"
victim=$(pool 'workers[0]["pid"]')
kill -KILL "$victim"
two_families() { (($(count_with MARTLET_POOL=web) == 4)) && pool_is serving 2; }
within 15 "its detached child is gone, its successor has another" two_families

step "so does a stop, even with workers under npm-like parents"
write_web '--notify-from-grandchild --daemonize-grandchild --ignore-signals' TimeoutStopSec=1s
reload_web
within 15 "generation 2 is gone" no_process_with MARTLET_GENERATION=2
equal "two parents, two workers, two detached" "$(count_with MARTLET_POOL=web)" 6
ends_without_trace
