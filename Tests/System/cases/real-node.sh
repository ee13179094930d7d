#!/bin/bash
# Node, with a server of the kind anybody writes.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

real_program "/usr/bin/node $programs/server.js"
