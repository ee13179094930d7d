#!/bin/bash
# dpkg -P leaves nothing behind, whether the pool was stopped before or not.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

# What is on the disk, without what changes by itself or belongs to dpkg, systemd and this case.
listing() {
    find / -xdev \( -path /opt -o -path /var/log -o -path /var/tmp -o -path /var/cache \
        -o -path /var/lib/dpkg -o -path /var/lib/systemd \) -prune -o -print | sort
}
listing >/run/before

readonly figures=http://127.0.0.1:9639/metrics
once() { # HOW
    step "$1"
    install_package
    write_web '--daemonize-grandchild'
    start_web
    holds "it serves" serves
    systemctl -q enable --now martlet-metrics.socket
    holds "so do its figures" curl --silent --fail --max-time 30 --output /dev/null "$figures"
}
is_gone() {
    dpkg -P martlet >/run/purge.log 2>&1 || fail "dpkg -P: $(cat /run/purge.log)"
    equal "no process of the pool is left" "$(processes_with MARTLET_POOL=web)" ""
    refused "something listens" curl --silent --max-time 5 "http://$web/"
    refused "figures are served" curl --silent --max-time 5 "$figures"
    equal "units that are left" "$(systemctl list-units --all --no-legend 'martlet*')" ""
    equal "unit files that are left" "$(systemctl list-unit-files --no-legend 'martlet*')" ""
    refused "dpkg knows it" dpkg -s martlet
}

once "removed after a stop"
systemctl -q disable --now martlet@web.socket martlet@web.service
rm -r /etc/martlet/web.conf
systemctl daemon-reload
is_gone
listing >/run/after
# A system user stays, as Debian wants it: what it owns must never become somebody else's.
equal "files that are left" \
    "$(comm -3 /run/before /run/after | grep -vE '/etc/(passwd|shadow|group|gshadow)-?$' || true)" ""

once "removed while it serves, with a timer and a watch"
systemctl -q enable --now martlet-reload@web.timer martlet-watch@web.path
is_gone
refused "the runtime directory is gone" test -e /run/martlet
refused "its files are gone" test -e /usr/sbin/martletd
