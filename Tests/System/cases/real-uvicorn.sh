#!/bin/bash
# uvicorn, as Debian ships it. On its way out it closes connections that it has accepted but not read
# from yet (https://github.com/Kludex/uvicorn/issues/2757); nobody outside of it can prevent that. So
# that, and only that, may fail here, and only for as many clients as could be caught by it.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

real_program_starts "/usr/bin/uvicorn --fd 3 --backlog 4096 --lifespan off --no-access-log --app-dir $programs uvicorn_app:app"
real_program_reloads
load_end
load_figures
equal "other failures" "$(load '[kind for kind in failuresByKind if kind not in (
    "connection closed before the answer", "connection reset before the answer")]')" ""
retired=6 clients=4
holds "no more failures than clients at each of $retired retirements" \
    [ "$(load failures)" -le $((retired * clients)) ]
real_program_heals_and_ends
