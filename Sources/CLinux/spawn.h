// What the two halves of a launch have in common: the parent's (spawn.c) and the child's
// (spawn_child.c).

#ifndef MARTLET_SPAWN_H
#define MARTLET_SPAWN_H

#include "CLinux.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// The kernel's signal set, not the C library's: sigset_t's functions leave out signals 32 and 33.
#define KERNEL_SIGNALS 64
typedef uint64_t kernel_signal_set;

// All that a child needs, in memory that is its own until its program runs.
struct launch {
    struct martlet_spawn request;
    pid_t parent;
    bool in_cgroup;
    // Of the pipe that a failure is told through.
    int report;
};

// Puts things in their places and executes the program. It makes raw system calls alone, and writes
// to its stack and to the launch: the memory may be the parent's.
_Noreturn void martlet_run_child(void *launch);

#endif
