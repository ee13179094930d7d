#!/bin/bash
# An upgrade, a downgrade and a reinstallation of the package under load: the master is the same process
# with another program, no worker is replaced, and no request fails.
# seconds: 300
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_version() { # FILE
    dpkg -i "$1" >/run/dpkg.log 2>&1 || fail "dpkg -i: $(cat /run/dpkg.log)"
}

program() { # of the master: the file it executes, and whether that is there still
    stat -Lc %i "/proc/$(master)/exe"
    readlink "/proc/$(master)/exe"
}

version=$(dpkg-deb -f "$PACKAGE" Version)
older=$(package_of "$version~older")
install_version "$older"
mkdir -p /etc/martlet
write_web ''
start_web
kept=$(stored)
at_least "descriptors that are kept" "$kept" 5
load_begin --connections mixed --clients 8
main=$(master) before=$(worker_pids)
socket=$(ss -Htlne "sport = :8000" | grep -o 'ino:[0-9]*')

# dpkg has just put another martletd in its place.
is_renewed() { # OLD-PROGRAM
    equal "the master" "$(master)" "$main"
    differs "its program" "$(program)" "$1"
    refused "its program is one that was replaced" grep -q deleted <<<"$(program)"
    within 20 "the pool is whole" pool_is serving 2
    equal "the workers" "$(worker_pids)" "$before"
    equal "the socket" "$(ss -Htlne "sport = :8000" | grep -o 'ino:[0-9]*')" "$socket"
    within 20 "who is there is known to the master" all_are_known
    within 20 "systemd keeps $kept descriptors, as before" stored_are "$kept"
    holds "the anchor is up" anchor_is active
}

for package in "$PACKAGE" "$(package_of "$version+newer")" "$older" "$older"; do
    step "from $(dpkg-query -Wf '${Version}' martlet) to $(dpkg-deb -f "$package" Version)"
    was=$(program)
    install_version "$package"
    is_renewed "$was"
    refused "somebody complains" grep '^martlet: ' /run/dpkg.log
done

step "a package whose program can't take the pool over leaves the old master, and says so"
tree=/var/tmp/package
dpkg-deb -R "$PACKAGE" $tree/broken
printf '#!/bin/sh\necho "this is another program" >&2\nexit 70\n' >$tree/broken/usr/sbin/martletd
sed -i "s/^Version: .*/Version: $version+broken/" $tree/broken/DEBIAN/control
dpkg-deb --root-owner-group -Znone -b $tree/broken /var/tmp/broken.deb >/dev/null
install_version /var/tmp/broken.deb
matches "what dpkg shows" "$(cat /run/dpkg.log)" '^martlet: pool web keeps running the old version: .'
matches "and what to do" "$(cat /run/dpkg.log)" 'martletctl reexec web'
equal "the master" "$(master)" "$main"
within 20 "the pool is whole" pool_is serving 2
equal "the workers" "$(worker_pids)" "$before"
was=$(program)
install_version "$PACKAGE"
is_renewed "$was"
load_ends_well

step "removed, nothing is left"
dpkg -P martlet >/run/purge.log 2>&1 || fail "dpkg -P: $(cat /run/purge.log)"
equal "processes that are left" "$(processes_with MARTLET_POOL=web)" ""
equal "units that are left" "$(systemctl list-units --all --no-legend 'martlet*')" ""
refused "its programs are left" test -e /usr/libexec/martlet
