// A child between its clone and its exec. It may share all memory with its parent, which goes on
// meanwhile, threads and all: so everything here is on the stack or in `struct launch`, and no
// function of the C library is called, not even one that a compiler puts in.

#define _GNU_SOURCE

#include "raw.h"
#include "spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

#define NO_MORE 0, 0, 0

MARTLET_BARE static _Noreturn void leave(int code)
{
    for (;;) raw_call(SYS_exit_group, code, 0, NO_MORE);
}

MARTLET_BARE static int exit_code(enum martlet_spawn_step step)
{
    switch (step) {
    case MARTLET_SPAWN_DIRECTORY: return 200;    // EXIT_CHDIR
    case MARTLET_SPAWN_DESCRIPTORS: return 202;  // EXIT_FDS
    case MARTLET_SPAWN_EXEC: return 203;         // EXIT_EXEC
    case MARTLET_SPAWN_CGROUP: return 219;       // EXIT_CGROUP
    default: return 1;
    }
}

// `result` is of the call that has failed.
MARTLET_BARE static _Noreturn void fail(int report, enum martlet_spawn_step step, long result)
{
    struct martlet_spawn_failure failure = {.step = step, .code = (int32_t)-result};
    while (raw_call(SYS_write, report, (long)&failure, sizeof failure, 0, 0) == -EINTR) continue;
    leave(exit_code(step));
}

MARTLET_BARE static void reset_signal_dispositions(void)
{
    // Wide enough for every architecture's struct; all zero is SIG_DFL, no flags, no mask. Those
    // ignored matter: exec resets handlers alone. SIGKILL and SIGSTOP refuse, as they may.
    static const unsigned long default_action[8] = {0};
    for (int number = 1; number <= KERNEL_SIGNALS; number++)
        raw_call(SYS_rt_sigaction, number, (long)default_action, 0, sizeof(kernel_signal_set), 0);
}

MARTLET_BARE static long die_with_parent(int signal_number, pid_t parent)
{
    long result = raw_call(SYS_prctl, PR_SET_PDEATHSIG, signal_number, NO_MORE);
    if (result < 0) return result;
    // The parent may have died before the request was made; nobody would send the signal then.
    if (raw_call(SYS_getppid, 0, 0, NO_MORE) != parent) leave(1);
    return 0;
}

MARTLET_BARE static long enter_cgroup(int cgroup)
{
    long procs = raw_call(SYS_openat, cgroup, (long)"cgroup.procs", O_WRONLY | O_CLOEXEC, 0, 0);
    if (procs < 0) return procs;
    long written = raw_call(SYS_write, procs, (long)"0", 1, 0, 0);
    raw_call(SYS_close, procs, 0, NO_MORE);
    return written < 0 ? written : 0;
}

// MARK: Descriptors

MARTLET_BARE static long duplicate(int descriptor, int place, int flags)
{
    return raw_call(SYS_dup3, descriptor, place, flags, 0, 0);
}

MARTLET_BARE static long move_above(int descriptor, int first)
{
    return descriptor >= first ? descriptor
                               : raw_call(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, first, 0, 0);
}

MARTLET_BARE static long place_standard_descriptors(const struct martlet_spawn *request, int first_free)
{
    int sources[3];
    int null = -1;
    for (int i = 0; i < 3; i++) {
        int source = request->standard_descriptors[i];
        if (source < 0 && null < 0) {
            long opened = raw_call(SYS_openat, AT_FDCWD, (long)"/dev/null", O_RDWR | O_CLOEXEC, 0, 0);
            if (opened < 0) return opened;
            null = (int)opened;
        }
        long moved = move_above(source < 0 ? null : source, first_free);
        if (moved < 0) return moved;
        sources[i] = (int)moved;
    }
    // Those that become 3, 4, … are above by now.
    for (int i = 0; i < 3; i++) {
        long result = duplicate(sources[i], i, 0);
        if (result < 0) return result;
    }
    return 0;
}

// Puts every descriptor in its place and closes all others. Sources may overlap targets in any way,
// so all are moved above the range first; none equals its target then, and dup3 clears CLOEXEC.
MARTLET_BARE static long place_descriptors(struct launch *launch)
{
    const struct martlet_spawn *request = &launch->request;
    const int count = (int)request->descriptor_count;
    const int first_free = 3 + count;
    long result;

    if ((result = move_above(launch->report, first_free)) < 0) return result;
    launch->report = (int)result;
    for (int i = 0; i < count; i++) {
        if ((result = move_above(request->descriptors[i], first_free)) < 0) return result;
        request->descriptors[i] = (int)result;
    }
    if ((result = place_standard_descriptors(request, first_free)) < 0) return result;
    for (int i = 0; i < count; i++)
        if ((result = duplicate(request->descriptors[i], 3 + i, 0)) < 0) return result;

    if (launch->report != first_free) {
        if ((result = duplicate(launch->report, first_free, O_CLOEXEC)) < 0) return result;
        launch->report = first_free;
    }
    return raw_call(SYS_close_range, first_free + 1, (long)~0U, NO_MORE);
}

// MARK: The program

MARTLET_BARE static void write_own_pid(const struct martlet_spawn *request)
{
    for (size_t i = 0; i < request->own_pid_slot_count; i++) {
        char digits[MARTLET_PID_DIGITS];
        char *slot = request->own_pid_slots[i];
        int length = 0;
        for (long pid = raw_call(SYS_getpid, 0, 0, NO_MORE); pid > 0; pid /= 10)
            digits[length++] = (char)('0' + pid % 10);
        while (length > 0) *slot++ = digits[--length];
        *slot = '\0';
    }
}

MARTLET_BARE static _Noreturn void execute(struct launch *launch)
{
    const struct martlet_spawn *request = &launch->request;
    write_own_pid(request);
    // Last, so that a signal sent meanwhile finds the defaults: it ends the child as it would end
    // the program.
    const kernel_signal_set none = 0;
    raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof none, 0);
    long result = raw_call(SYS_execve, (long)request->path, (long)request->arguments,
                           (long)request->environment, 0, 0);
    fail(launch->report, MARTLET_SPAWN_EXEC, result);
}

MARTLET_BARE _Noreturn void martlet_run_child(void *given)
{
    struct launch *launch = given;
    const struct martlet_spawn *request = &launch->request;
    long result;

    reset_signal_dispositions();
    if (request->parent_death_signal != 0
        && (result = die_with_parent(request->parent_death_signal, launch->parent)) < 0)
        fail(launch->report, MARTLET_SPAWN_PARENT_DEATH, result);
    if (request->new_process_group && (result = raw_call(SYS_setpgid, 0, 0, NO_MORE)) < 0)
        fail(launch->report, MARTLET_SPAWN_PROCESS_GROUP, result);
    if (!launch->in_cgroup && (result = enter_cgroup(request->cgroup)) < 0)
        fail(launch->report, MARTLET_SPAWN_CGROUP, result);
    if (request->directory != NULL
        && (result = raw_call(SYS_chdir, (long)request->directory, 0, NO_MORE)) < 0)
        fail(launch->report, MARTLET_SPAWN_DIRECTORY, result);
    // A failure half-way leaves `report` at a descriptor that still is the pipe.
    if ((result = place_descriptors(launch)) < 0)
        fail(launch->report, MARTLET_SPAWN_DESCRIPTORS, result);
    execute(launch);
}
