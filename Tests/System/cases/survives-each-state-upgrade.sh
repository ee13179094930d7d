#!/bin/bash
# Upgrades and downgrades of the package in each state of a pool and under load: what they cost, as figures.
# on request
# seconds: 420
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

version=$(dpkg-deb -f "$PACKAGE" Version)
older=$(package_of "$version~older")
dpkg -i "$older" >/run/dpkg.log 2>&1 || fail "dpkg -i: $(tail -n 5 /run/dpkg.log)"
/opt/tests/System/survival.py upgrade --package "$PACKAGE" --package "$older"
