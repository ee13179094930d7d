#!/bin/bash
# Python's own http.server on an inherited socket.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

real_program "/usr/bin/python3 $programs/http_server.py"
