#!/bin/bash
# A Node program that listens in many places, each on one of the pool's sockets: found by name,
# address, path, number and order; a datagram socket; TLS whose sessions all workers can resume.
# seconds: 120
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -keyout /run/key.pem -out /run/cert.pem 2>/run/openssl.log
chmod 644 /run/key.pem
cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=127.0.0.1:8101
ListenStream=127.0.0.1:9002
ListenStream=/run/places.sock
ListenStream=127.0.0.1:8104
ListenStream=127.0.0.1:8105
ListenStream=127.0.0.1:8107
ListenDatagram=127.0.0.1:8106

[Pool]
Workers=2
Protocol=node

[Worker]
ExecStart=/usr/bin/node $programs/places.js
END
# A name of its own for one socket takes a socket unit of its own.
cat >/etc/systemd/system/named.socket <<END
[Socket]
ListenStream=127.0.0.1:8100
FileDescriptorName=9001
Service=martlet@web.service
END
systemctl daemon-reload
systemctl start martlet@web.socket named.socket
systemctl start martlet@web.service

said() { # PORT-OR-PATH
    python3 - "$1" <<'END'
import socket, sys
place = sys.argv[1]
if place.startswith("/"):
    link = socket.socket(socket.AF_UNIX)
    link.connect(place)
else:
    link = socket.create_connection(("127.0.0.1", int(place)), 10)
link.settimeout(10)
print(link.makefile().read().strip())
END
}

listens() { journal_matches "$1" -t web/0; }

# The address of the socket that stands for a place.
address_for() { pool "[l['address'] for l in listeners if l.get('asked') == '$1']"; }

is_up() { [[ -n $(address_for '*:443') ]]; }
within 20 "the program listens everywhere" is_up
equal "the socket by its name" "$(said 8100)" "by name"
equal "the socket at the address" "$(said 9002)" "by address"
equal "the socket at the path" "$(said /run/places.sock)" "by path"
number=$(pool '[i + 3 for i, l in enumerate(listeners) if l.get("asked") == "descriptor 7"]')
equal "the socket by its number" "$number" 7
order=$(address_for '*:4711')
equal "the next in order" "$(said "${order##*:}")" "by order"
within 10 "a second server at one place is refused" listens 'again: EADDRINUSE'
within 10 "a place without a socket is refused" listens 'nowhere: EADDRINUSE'

equal "the datagram socket" "$(python3 - <<'END'
import socket
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.settimeout(10)
link.sendto(b"hello", ("127.0.0.1", 8106))
print(link.recv(99).decode())
END
)" "udp hello"

step "TLS sessions are resumed by whichever worker"
secure=$(address_for '*:443')
python3 - "${secure##*:}" <<'END'
import socket, ssl, sys
context = ssl.create_default_context(cafile="/run/cert.pem")
context.check_hostname = False
context.maximum_version = ssl.TLSVersion.TLSv1_2
session, reused = None, 0
for attempt in range(13):
    link = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10), session=session)
    link.settimeout(10)
    link.sendall(b"GET / HTTP/1.0\r\n\r\n")
    while link.recv(4096):
        pass
    reused += link.session_reused
    session = session or link.session
    link.close()
print(f"> {reused} of 12 TLS sessions resumed")
raise SystemExit(reused != 12)
END
ends_without_trace
