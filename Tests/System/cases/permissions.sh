#!/bin/bash
# Root and the pool's own user may do anything with a pool, members of the group martlet look at it,
# and a stranger is told that it may do nothing.
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
equal "the error on the control socket" "$(as stranger python3 - <<'END'
import json, socket
master = socket.socket(socket.AF_UNIX)
master.connect("/run/martlet/web/control")
master.sendall(b'{"method":"io.martlet.Pool.Status"}\0')
reply = json.loads(master.makefile("rb").read().rstrip(b"\0"))
print(reply["error"])
END
)" io.martlet.Pool.PermissionDenied
refused "a notify socket can be reached" as stranger sh -c \
    'for socket in /run/martlet/web/notify.*; do test -w "$socket" && exit 0; done; exit 1'
equal "the workers" "$(worker_pids)" "$before"
equal "the generation" "$(pool generation)" 1

step "the pool's own user may"
user=$(property martlet@web.service User)
differs "the pool does not run as root, but as" "$(answer uid /about)" 0
equal "status" "$(as "$user" martletctl status web --json | ask generation)" 1
holds "reload" as "$user" martletctl reload web
equal "the generation" "$(pool generation)" 2

step "a member of the group martlet may look and change nothing"
useradd --groups martlet watcher
equal "status" "$(as watcher martletctl status web --json | ask generation)" 2
holds "why" as watcher martletctl why web
equal "martletctl reload, exit code" "$(code_of as watcher martletctl reload web)" 77
matches "and why" "$(cat /run/said)" 'group martlet may look'
equal "martletctl kill, exit code" "$(code_of as watcher martletctl kill web 0)" 77
equal "martletctl restart, exit code" "$(code_of as watcher martletctl restart web)" 77
equal "martletctl scale, exit code" "$(code_of as watcher martletctl scale web 7)" 77
equal "the generation" "$(pool generation)" 2
ends_without_trace
