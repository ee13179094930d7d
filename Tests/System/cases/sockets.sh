#!/bin/bash
# Several sockets in one pool: TCP v4 and v6, unix, datagram, from two socket units with names.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
drop_in sockets <<END
[Socket]
ListenStream=[::1]:8000
ListenStream=/run/web.sock
ListenDatagram=/run/web.datagram
END
cat >/etc/systemd/system/web-admin.socket <<END
[Socket]
ListenStream=127.0.0.1:9000
FileDescriptorName=admin
Service=martlet@web.service
END
systemctl daemon-reload
systemctl start web-admin.socket
start_web

step "workers get all of them, named and non-blocking, from 3 on"
seen=$(answer '"\n".join(sorted("%s %s %s %s" % (l["name"], l["family"], l["kind"], l["nonblocking"]) for l in listeners))' /about)
equal "sockets" "$seen" "admin AF_INET stream True
http AF_INET stream True
http AF_INET6 stream True
http AF_UNIX datagram True
http AF_UNIX stream True"
equal "descriptors" "$(answer 'sorted(l["fd"] for l in listeners)' /about)" "3 4 5 6 7"
equal "listeners in the status" "$(pool 'len(listeners)')" 5

step "all of them are served"
matches "TCP v4" "$(curl -sS --max-time 20 http://127.0.0.1:8000/)" '"pid"'
matches "TCP v6" "$(curl -sS --max-time 20 'http://[::1]:8000/')" '"pid"'
matches "unix" "$(curl -sS --max-time 20 --unix-socket /run/web.sock http://web/)" '"pid"'
matches "the second unit's" "$(curl -sS --max-time 20 http://127.0.0.1:9000/)" '"pid"'
matches "datagram" "$(python3 - <<'END'
import socket
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
    client.bind("")  # a name of the kernel's choice, to be answered at
    client.settimeout(20)
    client.sendto(b"?", "/run/web.datagram")
    print(client.recv(65536).decode())
END
)" '"pid"'

step "reloads under load on the unix socket"
/opt/tests/System/strict-client.py /run/web.sock --connections mixed --report "$load_report" &
load_pid=$!
within 20 "the load is answered" test -e "$load_report"
for _ in 1 2 3; do reload_web; done
load_ends_well
systemctl stop web-admin.socket
ends_without_trace
