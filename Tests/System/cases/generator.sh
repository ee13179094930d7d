#!/bin/bash
# The generator: one broken file costs that pool alone.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
drop_in service <<END
[Service]
Nice=7
Environment=SEEN=by-the-unit
END
printf '[Socket]\nListenStream=127.0.0.1:8001\n[Sokcet]\nthis is no line\n' >/etc/martlet/bad.conf
head -c 4096 /dev/urandom >/etc/martlet/noise.conf
mkdir /etc/martlet/directory.conf
ln -s /nowhere /etc/martlet/dangling.conf
since=$(date '+%F %T.%6N')
systemctl daemon-reload

step "the good pool is all there"
sockets=$(systemctl cat martlet@web.socket)
matches "its socket shows the drop-in" "$sockets" "^ListenStream=127.0.0.1:8000$"
matches "it says where the line comes from" "$sockets" '/etc/martlet/web.conf'
equal "its service has the directives" "$(property martlet@web.service Nice)" 7
start_web
holds "it serves" serves

step "the broken ones are named, and don't start"
holds "the journal names the file and the line" \
    journal_matches 'bad\.conf:3: .*Sokcet.*did you mean' --since "$since"
matches "and says what to do next" \
    "$(journalctl --no-pager -x --since "$since" -t martlet-generator MARTLET_POOL=bad)" \
    '^(--|░░) *martletctl check bad'
holds "the journal names the noise" journal_matches 'noise\.conf' --since "$since"
refused "the one without a good line starts" systemctl start martlet@noise.socket
refused "the one with a broken line gets ready" timeout 20 systemctl start martlet@bad.service
holds "check shows the mistakes" [ "$(martletctl check bad >/dev/null 2>&1; echo $?)" = 78 ]

step "its clients wait, and are served once it is put right"
systemctl start martlet@bad.socket
curl --silent --show-error --fail --max-time 90 --output /run/waited http://127.0.0.1:8001/ &
client=$!
waits() { [[ -n $(ss -Htn state established "dport = :8001") ]]; }
within 10 "the client waits" waits
printf '[Socket]\nListenStream=127.0.0.1:8001\n[Worker]\nExecStart=%s\n' $worker >/etc/martlet/bad.conf
systemctl daemon-reload
holds "the client that waited is served" wait "$client"
ends_without_trace bad
ends_without_trace
