#!/bin/bash
# Only root and the pool's own user may ask a pool for anything.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
before=$(worker_pids)
as() { setpriv --reuid "$1" --regid "$1" --init-groups --reset-env "${@:2}"; }
code_of() { local code=0; "$@" >/run/said 2>&1 || code=$?; echo "$code"; }

step "a stranger is sent away"
equal "martletctl reload, exit code" "$(code_of as stranger martletctl reload web)" 77
matches "and why" "$(cat /run/said)" 'only root|permission|allowed'
equal "martletctl status, exit code" "$(code_of as stranger martletctl status web)" 77
refused "systemctl reload works" as stranger systemctl --no-ask-password reload martlet@web.service
refused "a signal arrives" as stranger kill -HUP "$(master)"
refused "the control socket can be reached" as stranger test -w /run/martlet/web/control
equal "the workers" "$(worker_pids)" "$before"
equal "the generation" "$(pool generation)" 1

step "the pool's own user may"
user=$(property martlet@web.service User)
differs "the pool does not run as root, but as" "$(answer uid /about)" 0
equal "status" "$(as "$user" martletctl status web --json | ask generation)" 1
holds "reload" as "$user" martletctl reload web
equal "the generation" "$(pool generation)" 2
ends_without_trace
