#!/bin/bash
# Environment and arguments of a new generation are exactly what the files say by then.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
cat >/etc/martlet/web.env <<END
# a comment
COLOUR=red
ONLY_AT_FIRST=yes
QUOTED="two words"
END
write_web '--label first' EnvironmentFile=/etc/martlet/web.env Environment=PLAIN=before
start_web
question='/about?env=COLOUR&env=ONLY_AT_FIRST&env=QUOTED&env=PLAIN&env=MARTLET_POOL&env=MARTLET_GENERATION'
about() { answer "$1" "$question"; }
equal "arguments" "$(about args)" "--label first"
equal "variables" "$(about 'repr(list(env.values()))')" \
    "['red', 'yes', 'two words', 'before', 'web', '1']"

step "what systemd tells the master is not told to workers"
equal "the worker is the one LISTEN_PID means" "$(about listenPidIsOurs)" True
for name in WATCHDOG_USEC WATCHDOG_PID MAINPID FDSTORE; do
    equal "$name is for the master alone" "$(about "'$name' in environ")" False
done
for name in LISTEN_FDS LISTEN_PID LISTEN_FDNAMES NOTIFY_SOCKET MARTLET_WORKER NODE_APP_INSTANCE; do
    equal "$name is for workers" "$(about "'$name' in environ")" True
done
holds "NOTIFY_SOCKET is the master's" \
    [ "$(answer 'env["NOTIFY_SOCKET"].rpartition("/")[0]' '/about?env=NOTIFY_SOCKET')" = /run/martlet/web ]

step "a reload reads all of it anew"
cat >/etc/martlet/web.env <<END
COLOUR=blue
QUOTED='three more words'
END
write_web '--label second --slow /never=1' EnvironmentFile=/etc/martlet/web.env
reload_web
equal "arguments" "$(about args)" "--label second --slow /never=1"
equal "variables" "$(about 'repr(list(env.values()))')" \
    "['blue', None, 'three more words', None, 'web', '2']"
equal "the removed variable is gone" "$(about '"ONLY_AT_FIRST" in environ')" False

step "a file that is gone fails the reload, the pool keeps what it has"
before=$(worker_pids)
rm /etc/martlet/web.env
refused "the reload fails" reload_web
equal "the workers" "$(worker_pids)" "$before"
equal "variables" "$(about 'env["COLOUR"]')" blue
ends_without_trace
