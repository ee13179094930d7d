#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

// The kernel's signal set, not the C library's: sigset_t's functions leave out signals 32 and 33.
#define KERNEL_SIGNALS 64
typedef uint64_t kernel_signal_set;

// Declared here because <sys/pidfd.h> came with glibc 2.36 only and <linux/sched.h>'s struct grows.
// This is its size since Linux 5.7, the first with `cgroup`.
struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
    uint64_t stack, stack_size, tls, set_tid, set_tid_size, cgroup;
} __attribute__((aligned(8)));

static long set_signal_mask(const kernel_signal_set *mask, kernel_signal_set *previous)
{
    return syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, previous, sizeof *mask);
}

// MARK: The child. Async-signal-safe from here to the end of the section.

static int exit_code(enum martlet_spawn_step step)
{
    switch (step) {
    case MARTLET_SPAWN_DIRECTORY: return 200;    // EXIT_CHDIR
    case MARTLET_SPAWN_DESCRIPTORS: return 202;  // EXIT_FDS
    case MARTLET_SPAWN_EXEC: return 203;         // EXIT_EXEC
    case MARTLET_SPAWN_CGROUP: return 219;       // EXIT_CGROUP
    default: return EXIT_FAILURE;
    }
}

static _Noreturn void fail(int report, enum martlet_spawn_step step)
{
    struct martlet_spawn_failure failure = {.step = step, .code = errno};
    ssize_t written;
    do
        written = write(report, &failure, sizeof failure);
    while (written < 0 && errno == EINTR);
    _exit(exit_code(step));
}

static void reset_signal_dispositions(void)
{
    // Wide enough for every architecture's struct; all zero is SIG_DFL, no flags, no mask. Those
    // ignored matter: exec resets handlers alone. SIGKILL and SIGSTOP refuse, as they may.
    const unsigned long default_action[8] = {0};
    for (int number = 1; number <= KERNEL_SIGNALS; number++)
        syscall(SYS_rt_sigaction, number, default_action, NULL, sizeof(kernel_signal_set));
}

static int die_with_parent(int signal_number, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, (unsigned long)signal_number, 0UL, 0UL, 0UL) < 0) return -1;
    // The parent may have died before the request was made; nobody would send the signal then.
    if (getppid() != parent) _exit(EXIT_FAILURE);
    return 0;
}

static int enter_cgroup(int cgroup)
{
    int procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (procs < 0) return -1;
    ssize_t written = write(procs, "0", 1);
    int code = errno;
    close(procs);
    errno = code;
    return written == 1 ? 0 : -1;
}

static int move_above(int descriptor, int first)
{
    return descriptor >= first ? descriptor : fcntl(descriptor, F_DUPFD_CLOEXEC, first);
}

// Puts every descriptor in its place and closes all others. Sources may overlap targets in any way,
// so all are moved above the range first; none equals its target then, and dup2 clears CLOEXEC.
static int place_descriptors(const struct martlet_spawn *request, int *report)
{
    const int first_free = 3 + (int)request->descriptor_count;
    int standard[3];
    int null = -1;

    if ((*report = move_above(*report, first_free)) < 0) return -1;
    for (int i = 0; i < 3; i++) {
        int source = request->standard_descriptors[i];
        if (source < 0) {
            if (null < 0 && (null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0) return -1;
            source = null;
        }
        if ((standard[i] = move_above(source, first_free)) < 0) return -1;
    }
    for (unsigned i = 0; i < request->descriptor_count; i++) {
        int moved = move_above(request->descriptors[i], first_free);
        if (moved < 0) return -1;
        request->descriptors[i] = moved;
    }

    for (int i = 0; i < 3; i++)
        if (dup2(standard[i], i) < 0) return -1;
    for (unsigned i = 0; i < request->descriptor_count; i++)
        if (dup2(request->descriptors[i], 3 + (int)i) < 0) return -1;

    if (*report != first_free && dup3(*report, first_free, O_CLOEXEC) < 0) return -1;
    *report = first_free;
    return (int)syscall(SYS_close_range, (unsigned)first_free + 1, ~0U, 0U);
}

static void write_decimal(char *slot, pid_t pid)
{
    char digits[MARTLET_PID_DIGITS];
    int length = 0;
    do {
        digits[length++] = (char)('0' + pid % 10);
        pid /= 10;
    } while (pid > 0);
    while (length > 0) *slot++ = digits[--length];
    *slot = '\0';
}

static _Noreturn void run_child(
    const struct martlet_spawn *request, pid_t parent, bool in_cgroup, int report)
{
    reset_signal_dispositions();

    if (request->parent_death_signal != 0
        && die_with_parent(request->parent_death_signal, parent) < 0)
        fail(report, MARTLET_SPAWN_PARENT_DEATH);
    if (request->new_process_group && setpgid(0, 0) < 0)
        fail(report, MARTLET_SPAWN_PROCESS_GROUP);
    if (!in_cgroup && enter_cgroup(request->cgroup) < 0)
        fail(report, MARTLET_SPAWN_CGROUP);
    if (request->directory != NULL && chdir(request->directory) < 0)
        fail(report, MARTLET_SPAWN_DIRECTORY);

    // A failure half-way leaves `report` at a descriptor that still is the pipe.
    int place = report;
    if (place_descriptors(request, &place) < 0)
        fail(place >= 0 ? place : report, MARTLET_SPAWN_DESCRIPTORS);
    report = place;

    for (size_t i = 0; i < request->own_pid_slot_count; i++)
        write_decimal(request->own_pid_slots[i], getpid());

    // Last, so that a signal sent meanwhile finds the defaults: it ends the child as it would end
    // the program.
    const kernel_signal_set none = 0;
    set_signal_mask(&none, NULL);
    execve(request->path, request->arguments, request->environment);
    fail(report, MARTLET_SPAWN_EXEC);
}

// MARK: The parent

static pid_t clone_modern(const struct martlet_spawn *request, int *pidfd)
{
    struct clone_arguments arguments = {
        .flags = CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };
    if (request->cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)request->cgroup;
    }
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

// The third argument takes the pidfd on every architecture whose first is `flags`, which is all but
// s390.
static pid_t clone_legacy(int *pidfd)
{
    return (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
}

// ENOSYS: a seccomp filter, which cannot look into clone3's arguments (RestrictNamespaces=).
// EPERM: the same filter by an older container runtime. E2BIG, EINVAL: Linux before 5.7, which has
// no `cgroup` among them. Anything else would fail with the legacy call as well.
static bool is_clone3_missing(int code)
{
    return code == ENOSYS || code == EPERM || code == E2BIG || code == EINVAL;
}

// The errno with which the child had to be given up, or 0.
static int adopt_child(const struct martlet_spawn *request, pid_t pid, int *pidfd)
{
    // Both sides do it, so that the group exists whichever runs first; this one fails once the
    // child has executed its program, and need not be heard.
    if (request->new_process_group) setpgid(pid, pid);

    // A kernel that does not know CLONE_PIDFD ignores it in the legacy call. Goes with Linux 5.2.
    if (*pidfd < 0 && (*pidfd = martlet_pidfd_open(pid)) < 0) {
        int code = errno;
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
        return code;
    }
    return 0;
}

static int clone_child(const struct martlet_spawn *request, struct martlet_spawned *spawned, int report)
{
    const pid_t parent = getpid();
    pid_t pid = -1;
    bool in_cgroup = true;

    if (!request->force_legacy_clone) pid = clone_modern(request, &spawned->pidfd);
    if (pid < 0 && (request->force_legacy_clone || is_clone3_missing(errno))) {
        in_cgroup = request->cgroup < 0;
        pid = clone_legacy(&spawned->pidfd);
    }
    if (pid == 0) run_child(request, parent, in_cgroup, report);
    if (pid < 0) return errno;
    spawned->pid = pid;
    return adopt_child(request, pid, &spawned->pidfd);
}

int martlet_spawn(const struct martlet_spawn *request, struct martlet_spawned *spawned)
{
    *spawned = (struct martlet_spawned){.pid = -1, .pidfd = -1, .verdict = -1};
    if (martlet_reset_child_signal() < 0) return -1;

    int verdict[2];
    if (pipe2(verdict, O_CLOEXEC) < 0) return -1;
    int code = 0;
    if (fcntl(verdict[0], F_SETFL, O_NONBLOCK) < 0) code = errno;

    const kernel_signal_set all = ~(kernel_signal_set)0;
    kernel_signal_set previous = 0;
    if (code == 0 && set_signal_mask(&all, &previous) < 0) code = errno;
    if (code == 0) {
        code = clone_child(request, spawned, verdict[1]);
        set_signal_mask(&previous, NULL);
    }

    close(verdict[1]);
    if (code != 0) {
        close(verdict[0]);
        *spawned = (struct martlet_spawned){.pid = -1, .pidfd = -1, .verdict = -1};
        errno = code;
        return -1;
    }
    spawned->verdict = verdict[0];
    return 0;
}
