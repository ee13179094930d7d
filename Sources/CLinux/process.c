#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

// <linux/pidfd.h> has it since Linux 6.9.
#define SIGNAL_PROCESS_GROUP (1U << 2)

// <sys/wait.h> has it since glibc 2.36.
#define WAIT_FOR_PIDFD 3

// <linux/pidfd.h> has them since Linux 6.13, that of an exit since 6.15. The size is the first one,
// which every later kernel takes.
struct pidfd_information {
    uint64_t mask, cgroup;
    uint32_t pid, thread_group, parent;
    uint32_t users[4], groups[4];
    int32_t exit_code;
};
_Static_assert(sizeof(struct pidfd_information) == 64, "PIDFD_INFO_SIZE_VER0");
#define INFORMATION_OF_EXIT (1ULL << 3)
#define GET_INFORMATION _IOWR(0xFF, 11, struct pidfd_information)

const char *martlet_error_name(int code)
{
    const char *name = strerrorname_np(code);
    return name != NULL ? name : "E?";
}

const char *martlet_error_text(int code)
{
    const char *text = strerrordesc_np(code);
    return text != NULL ? text : "Unknown error";
}

int martlet_pidfd_open(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0U);
}

int martlet_pidfd_send_signal(int pidfd, int signal_number)
{
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0U);
}

int martlet_pidfd_send_group_signal(int pidfd, int signal_number)
{
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, SIGNAL_PROCESS_GROUP);
}

int martlet_wait_pidfd(int pidfd, int options, struct martlet_exit *result)
{
    siginfo_t information;
    // With WNOHANG and nothing to report the call returns 0 and need not touch the structure.
    information.si_pid = 0;
    if (waitid((idtype_t)WAIT_FOR_PIDFD, (id_t)pidfd, &information, options) < 0) return -1;
    if (information.si_pid == 0) return 0;
    *result = (struct martlet_exit){
        .pid = information.si_pid,
        .code = information.si_code,
        .status = information.si_status,
    };
    return 1;
}

int martlet_pidfd_exit_status(int pidfd, int *status)
{
    struct pidfd_information information = {.mask = INFORMATION_OF_EXIT};
    if (ioctl(pidfd, GET_INFORMATION, &information) < 0) return -1;
    if ((information.mask & INFORMATION_OF_EXIT) == 0) return 0;
    *status = information.exit_code;
    return 1;
}

int martlet_window_size(int fd, unsigned short *lines, unsigned short *columns)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) return -1;
    *lines = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

int martlet_affinity_count(void)
{
    // The kernel refuses a set smaller than its own with EINVAL and never says how large that is.
    for (int processors = CPU_SETSIZE; processors <= 1 << 20; processors *= 2) {
        size_t size = CPU_ALLOC_SIZE(processors);
        cpu_set_t *set = CPU_ALLOC(processors);
        if (set == NULL) return -1;
        int result = sched_getaffinity(0, size, set);
        int code = errno;
        int count = result == 0 ? CPU_COUNT_S(size, set) : -1;
        CPU_FREE(set);
        errno = code;
        if (count >= 0 || code != EINVAL) return count;
    }
    return -1;
}

int martlet_reset_child_signal(void)
{
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) < 0) return -1;
    if (action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0) return 0;
    return sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
}

int martlet_ignore_failed_writes(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, NULL) < 0) return -1;
    return sigaction(SIGXFSZ, &ignore, NULL);
}

char **martlet_environment(void)
{
    return environ;
}

bool martlet_is_main_thread(void)
{
    return gettid() == getpid();
}

// MARK: Signals for one thread

static volatile pid_t signal_thread;

static void pass_signal(int number)
{
    int code = errno;
    tgkill(getpid(), signal_thread, number);
    errno = code;
}

int martlet_pass_signals_to_this_thread(const int *numbers, size_t count)
{
    signal_thread = gettid();
    struct sigaction action = {.sa_handler = pass_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < count; i++) {
        if (sigaction(numbers[i], &action, NULL) < 0) return -1;
    }
    return 0;
}
