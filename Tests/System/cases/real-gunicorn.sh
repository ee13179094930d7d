#!/bin/bash
# gunicorn, as Debian ships it. It finds the sockets by LISTEN_FDS (with --bind it would take them
# twice), says READY=1 itself, and leaves quickly on SIGINT but gracefully on SIGTERM.
# seconds: 180
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

real_program "/usr/bin/gunicorn --workers 1 --backlog 4096 --chdir $programs gunicorn_app:app" \
    Type=notify KillSignal=SIGTERM
