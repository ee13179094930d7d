// The parts of libsystemd this project calls: sd_listen_fds_with_names(3), sd_pid_notify_with_fds(3),
// sd_watchdog_enabled(3) and sd_journal_stream_fd(3).

#ifndef CSYSTEMD_H
#define CSYSTEMD_H

#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#endif
