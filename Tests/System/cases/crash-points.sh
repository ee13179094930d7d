#!/bin/bash
# In each state of a rollout: kill -9 of the worker concerned, and SIGTERM to the master.
# seconds: 300
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
python3 /opt/tests/System/chaos/crash_points.py || fail "a crash point was not survived"
systemctl start martlet@web.service
ends_without_trace
