#!/bin/bash
# Connections that are made while no worker lives are served later.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package

# A worker that can only start while /srv/gate is there.
cat >/srv/app <<'END'
#!/bin/sh
test -e /srv/gate || { echo '<3>the gate is shut'; exit 5; }
exec /opt/tests/Fixtures/worker.py
END
chmod 755 /srv/app
write_web '' StartLimitBurst=0 RestartSec=100ms RestartMaxDelaySec=500ms
sed -i 's|^ExecStart=.*|ExecStart=/srv/app|' /etc/martlet/web.conf

worker_starts() { journalctl --sync; journalctl --quiet -o cat -g 'the gate is shut' | wc -l; }
failed_starts() { (($(worker_starts) >= starts)); }
waiting_connections() { (($(ss -Htn state established "sport = :8000" | wc -l) >= 40)); }

step "40 clients come while the first workers crash"
systemctl daemon-reload
systemctl -q enable --now martlet@web.socket
/opt/tests/System/strict-client.py $web --clients 40 --requests 200 --timeout 100 \
    --report $load_report &
load_pid=$!
within 20 "the clients wait" waiting_connections
starts=6
within 60 "the workers have crashed several times" failed_starts
refused "somebody has been answered" test -e "$load_report"
equal "the socket" "$(property martlet@web.socket ActiveState)" active
touch /srv/gate
holds "all clients are served" wait "$load_pid"
equal "the requests" "$(load '(answered, failures)')" "200 0"
figure "first start: 40 clients waited, 200 requests, 0 failed"

step "40 clients come after all workers were killed"
within 30 "the pool is whole" pool_is serving 2
rm /srv/gate $load_report
for pid in $(worker_pids); do kill -KILL "$pid"; done
no_worker_ready() { [[ $(pool ready) == 0 ]]; }
within 10 "no worker is ready" no_worker_ready
starts=$(($(worker_starts) + 4))
/opt/tests/System/strict-client.py $web --clients 40 --requests 200 --timeout 100 \
    --report $load_report &
load_pid=$!
within 20 "the clients wait" waiting_connections
within 60 "the workers have crashed several times" failed_starts
equal "the socket" "$(property martlet@web.socket ActiveState)" active
touch /srv/gate
holds "all clients are served" wait "$load_pid"
equal "the requests" "$(load '(answered, failures)')" "200 0"
figure "later: 40 clients waited, 200 requests, 0 failed"
within 30 "the pool is whole" pool_is serving 2
ends_without_trace
