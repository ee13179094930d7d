// Starting a process: clone3 → descriptors → exec, without ever waiting for the new program.
//
// Invariants. The child shares the parent's memory until it executes its program, so a launch costs
// the same whatever the parent has; it makes raw system calls only, on a stack of its own, so the
// parent may have threads, and goes on meanwhile: an exec from a slow disk does not hold it up. Every
// signal is blocked around the clone, and the caller's mask is restored on every path. On failure
// nothing is left: no process, no descriptor, no memory.

#ifndef CLINUX_SPAWN_H
#define CLINUX_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Bytes the child may write at each of `own_pid_slots`: ten digits and NUL.
#define MARTLET_PID_DIGITS 11

/// Where in the child the launch failed. Its exit code then is the one systemd.exec(5) gives the
/// same failure, for whoever sees the status and not the verdict.
enum martlet_spawn_step {
    MARTLET_SPAWN_PARENT_DEATH = 1,
    MARTLET_SPAWN_PROCESS_GROUP = 2,
    MARTLET_SPAWN_CGROUP = 3,
    MARTLET_SPAWN_DIRECTORY = 4,
    MARTLET_SPAWN_DESCRIPTORS = 5,
    MARTLET_SPAWN_EXEC = 6
};

/// What comes through the verdict pipe if, and only if, the program could not be executed.
struct martlet_spawn_failure {
    int32_t step;
    int32_t code;
};

struct martlet_spawn {
    /// Absolute; no search in PATH is made.
    const char *path;
    char *_Nullable const *_Nonnull arguments;
    char *_Nullable const *_Nonnull environment;
    /// Places inside `environment`'s strings in which the child writes its own pid in decimal.
    char *_Nonnull *_Nullable own_pid_slots;
    size_t own_pid_slot_count;
    /// NULL: the parent's.
    const char *_Nullable directory;
    /// They become 3, 4, … in this order, open across the exec; any other is closed.
    int *_Nullable descriptors;
    unsigned descriptor_count;
    /// They become 0, 1, 2; -1 is /dev/null.
    int standard_descriptors[3];
    /// The directory of a cgroup (v2) in which the child is born; -1: the parent's cgroup.
    int cgroup;
    /// Sent to the child when the thread that called dies; 0: none.
    int parent_death_signal;
    bool new_process_group;
    /// Takes the way of a kernel or a seccomp filter that has no clone3, for tests.
    bool force_legacy_clone;
};

struct martlet_spawned {
    pid_t pid;
    int pidfd;
    /// Read end of the verdict pipe, non-blocking: a `martlet_spawn_failure`, or end of file once
    /// the program runs. End of file alone also comes from a child killed before its exec; its
    /// pidfd tells.
    int verdict;
    /// What the child runs in until it executes its program; NULL if it has a copy. It must stay until
    /// the verdict is the end of the file, or the child has ended.
    void *_Nullable memory;
    size_t memory_size;
};

/// 0, or -1 with errno when there is no child.
int martlet_spawn(const struct martlet_spawn *request, struct martlet_spawned *spawned);

/// Gives up the memory, if there is any still.
void martlet_release_memory(struct martlet_spawned *spawned);

#pragma clang assume_nonnull end

#endif
