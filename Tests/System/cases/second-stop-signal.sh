#!/bin/bash
# A second stop signal skips the wait for workers.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web '--ignore-signals' TimeoutStopSec=10min
drop_in patience <<END
[Service]
TimeoutStopSec=infinity
END
start_web
group=/sys/fs/cgroup$(property martlet@web.service ControlGroup)
main=$(master)

step "the first signal waits for workers that ignore it"
systemctl stop --no-block martlet@web.socket martlet@web.service
within 10 "the service is stopping" service_is deactivating
says_so() { [[ $(pool state) == stopping ]]; }
within 10 "the pool says so" says_so
equal "the workers are still there" "$(count_with MARTLET_POOL=web)" 2

step "the second one doesn't"
kill -TERM "$main"
within 20 "the service has ended" service_is inactive
equal "result" "$(property martlet@web.service Result)" success
equal "no process of the pool is left" "$(processes_with MARTLET_POOL=web)" ""
refused "the cgroup is gone" test -e "$group"
refused "the runtime directory is gone" test -e /run/martlet/web
