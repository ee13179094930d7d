#!/bin/bash
# Installing the package anew, over a pool that serves: no socket is closed, no request fails.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
listening() { ss -Htlne "sport = :8000" | grep -o 'ino:[0-9]*'; }
socket=$(listening)
matches "the listening socket" "$socket" 'ino:[0-9]+'
load_begin --connections mixed --clients 8

for time in 1 2; do
    step "upgrade $time"
    dpkg -i "$PACKAGE" >/run/dpkg.log 2>&1 || fail "dpkg -i: $(cat /run/dpkg.log)"
    equal "the socket" "$(property martlet@web.socket ActiveState)" active
    equal "it is still the same one" "$(listening)" "$socket"
    is_whole() { service_is active && pool_is serving 2; }
    within 30 "the pool serves" is_whole
done
load_ends_well
equal "the pool is enabled as before" "$(systemctl is-enabled martlet@web.socket)" enabled
ends_without_trace
