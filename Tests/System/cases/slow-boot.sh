#!/bin/bash
# New code that takes two seconds to boot keeps nobody waiting.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
load_begin --connections mixed --clients 8
write_web '--boot 2'
for generation in 2 3; do
    reload_web
    equal "the generation" "$(pool generation)" "$generation"
done
load_ends_well
at_least "requests" "$(load answered)" 1000
equal "a request took 2 s or longer" "$(load 'latencyMs["max"] >= 2000')" False
ends_without_trace
