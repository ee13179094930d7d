// Linux for Swift: the headers that Glibc's module map leaves out, and wrappers for the calls Swift
// cannot make itself: variadic functions, CMSG macros, _GNU_SOURCE declarations, clone.
//
// Invariant: every wrapper is one system call, or returns -1 with the errno of the one that failed.
// Nothing here allocates or logs, and nothing but the passing of signals keeps state.

#ifndef CLINUX_H
#define CLINUX_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#pragma clang assume_nonnull begin

// MARK: Errors

/// The constant's name, "ENOENT"; "E?" for a number the C library does not know.
const char *martlet_error_name(int code);

/// The constant's English meaning, whatever the locale is; "Unknown error" if there is none.
const char *martlet_error_text(int code);

// MARK: Descriptors

int martlet_accept4(int descriptor, int flags);
int martlet_pipe2(int descriptors[_Nonnull 2], int flags);

/// A file in memory, close-on-exec, that may be sealed.
int martlet_memfd_create(const char *name);

/// The memory file can't be resized from now on, nor unsealed.
int martlet_memfd_seal_size(int descriptor);

/// The memory file can't get smaller from now on, and can't be sealed any further.
int martlet_memfd_seal_shrink(int descriptor);

/// 1 if the memory file can't get smaller, 0 if it can; -1 with EINVAL for what is no memory file.
int martlet_memfd_never_shrinks(int descriptor);

/// The memory file can be neither changed nor resized from now on, nor unsealed.
int martlet_memfd_seal(int descriptor);

// MARK: Sockets

struct martlet_credentials {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

struct martlet_received {
    /// The kernel vouches for them (SO_PASSCRED); meaningless unless has_credentials.
    struct martlet_credentials credentials;
    bool has_credentials;
    /// The message was longer than the buffer and its end is lost.
    bool truncated;
    size_t descriptor_count;
};

/// SO_PEERCRED: who connected, or who listened.
int martlet_peer_credentials(int descriptor, struct martlet_credentials *credentials);

/// SO_PEERGROUPS: the supplementary groups of who connected. Returns how many they are.
int martlet_peer_groups(int descriptor, gid_t *groups, size_t capacity);

/// One message, never waiting, with at most `capacity` descriptors, all close-on-exec. Descriptors
/// beyond these are closed; with a capacity of 0 the kernel drops them without installing any.
ssize_t martlet_receive(
    int descriptor, void *_Nullable buffer, size_t size, int *_Nullable descriptors,
    size_t capacity, struct martlet_received *received);

/// One message, never waiting and never raising SIGPIPE, with up to 253 (SCM_MAX_FD) descriptors,
/// to `address` unless that is NULL.
ssize_t martlet_send(
    int descriptor, const void *_Nullable buffer, size_t size, const int *_Nullable descriptors,
    size_t count, const struct sockaddr *_Nullable address, socklen_t address_length);

// MARK: Memory that processes share

/// The new value; the sum wraps around.
int64_t martlet_atomic_add(int64_t *place, int64_t difference);

int64_t martlet_atomic_load(const int64_t *place);

/// Whoever loads the value sees all that was written before it.
void martlet_atomic_store(int64_t *place, int64_t value);

/// Puts `key` where there is 0, and returns what is there then.
uint64_t martlet_atomic_claim(uint64_t *place, uint64_t key);

// MARK: Processes

struct martlet_exit {
    pid_t pid;
    /// CLD_EXITED, CLD_KILLED, CLD_DUMPED.
    int code;
    /// The exit code, or the signal's number.
    int status;
};

int martlet_pidfd_open(pid_t pid);
int martlet_pidfd_send_signal(int pidfd, int signal_number);

/// To every process whose group this process leads, or led (Linux 6.9; EINVAL before).
int martlet_pidfd_send_group_signal(int pidfd, int signal_number);

/// 1: `result` is filled; 0: WNOHANG was given and the process still runs; -1: errno.
int martlet_wait_pidfd(int pidfd, int options, struct martlet_exit *result);

/// How a process ended, by its pidfd, in wait(2)'s encoding, once its parent has reaped it, whoever
/// that is. 1: `status` is filled; 0: it was not reaped yet; -1: errno, which is ENOTTY or EINVAL
/// where the kernel keeps no such record (before Linux 6.15) and ESRCH where it has none of it.
int martlet_pidfd_exit_status(int pidfd, int *status);

/// How many processors the calling thread may run on; -1 with errno.
int martlet_affinity_count(void);

/// The lines and columns of a terminal; -1 with errno.
int martlet_window_size(int fd, unsigned short *lines, unsigned short *columns);

/// Whether the calling thread is the one that the process began with.
bool martlet_is_main_thread(void);

/// Signals of these numbers that another thread of this process gets are sent on to the calling one,
/// which must have them blocked, from now on.
int martlet_pass_signals_to_this_thread(const int *numbers, size_t count);

/// A process started with SIGCHLD ignored, which exec inherits, loses its children's exit statuses.
int martlet_reset_child_signal(void);
int martlet_ignore_failed_writes(void);

/// The process's own environment, NULL-terminated; may be NULL.
char *_Nullable *_Nullable martlet_environment(void);

#pragma clang assume_nonnull end

#include "CLinuxSpawn.h"

#endif
