#!/bin/bash
# A master that hangs until systemd replaces it, in each state of a pool and under load: what it costs, as figures.
# on request
# seconds: 420
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
/opt/tests/System/survival.py hang
