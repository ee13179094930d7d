#define _GNU_SOURCE

#include "raw.h"
#include "spawn.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

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

// MARK: The child's own memory: its stack, and behind it a copy of all that it needs.

// A child's calls go some hundred bytes deep.
#define STACK_SIZE ((size_t)32 << 10)

static size_t count_strings(char *const *strings)
{
    size_t count = 0;
    while (strings[count] != NULL) count++;
    return count;
}

static size_t size_of_strings(char *const *strings)
{
    size_t size = 0;
    for (; *strings != NULL; strings++) size += strlen(*strings) + 1;
    return size;
}

static size_t size_of_memory(const struct martlet_spawn *request)
{
    const size_t pointers = count_strings(request->arguments) + 1 + count_strings(request->environment) + 1
        + request->own_pid_slot_count;
    const size_t texts = strlen(request->path) + 1 + (request->directory == NULL ? 0 : strlen(request->directory) + 1)
        + size_of_strings(request->arguments) + size_of_strings(request->environment);
    return STACK_SIZE + sizeof(struct launch) + pointers * sizeof(char *)
        + request->descriptor_count * sizeof(int) + texts;
}

// What is left of the memory, from its beginning on. Pointers are taken before numbers, and these
// before texts, so each is in step.
struct room {
    char *next;
};

static void *take(struct room *room, const void *content, size_t size)
{
    void *place = room->next;
    if (size > 0) memcpy(place, content, size);
    room->next += size;
    return place;
}

static char *take_text(struct room *room, const char *text)
{
    return take(room, text, strlen(text) + 1);
}

static char **take_pointers(struct room *room, char *const *pointers, size_t count)
{
    return take(room, pointers, count * sizeof *pointers);
}

// Where in the copy of the environment a place in the environment is.
static char *moved_slot(const struct martlet_spawn *request, char *const *environment, const char *slot)
{
    for (size_t i = 0; request->environment[i] != NULL; i++) {
        const char *text = request->environment[i];
        if (slot >= text && slot <= text + strlen(text)) return environment[i] + (slot - text);
    }
    return NULL;
}

static void copy_request(struct launch *launch, const struct martlet_spawn *request)
{
    struct room room = {.next = (char *)(launch + 1)};
    const size_t argument_count = count_strings(request->arguments);
    const size_t environment_count = count_strings(request->environment);

    launch->request = *request;
    char **arguments = take_pointers(&room, request->arguments, argument_count + 1);
    char **environment = take_pointers(&room, request->environment, environment_count + 1);
    char **slots = take_pointers(&room, request->own_pid_slots, request->own_pid_slot_count);
    launch->request.descriptors =
        take(&room, request->descriptors, request->descriptor_count * sizeof(int));
    launch->request.path = take_text(&room, request->path);
    if (request->directory != NULL) launch->request.directory = take_text(&room, request->directory);
    for (size_t i = 0; i < argument_count; i++) arguments[i] = take_text(&room, request->arguments[i]);
    for (size_t i = 0; i < environment_count; i++)
        environment[i] = take_text(&room, request->environment[i]);
    for (size_t i = 0; i < request->own_pid_slot_count; i++)
        slots[i] = moved_slot(request, environment, request->own_pid_slots[i]);
    launch->request.arguments = arguments;
    launch->request.environment = environment;
    launch->request.own_pid_slots = slots;
}

static int make_memory(const struct martlet_spawn *request, struct martlet_spawned *spawned)
{
    const size_t size = size_of_memory(request);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return -1;
    spawned->memory = memory;
    spawned->memory_size = size;
    return 0;
}

void martlet_release_memory(struct martlet_spawned *spawned)
{
    if (spawned->memory != NULL) munmap(spawned->memory, spawned->memory_size);
    spawned->memory = NULL;
}

static struct launch *launch_in(const struct martlet_spawned *spawned)
{
    return (struct launch *)((char *)spawned->memory + STACK_SIZE);
}

// MARK: The clone

static struct clone_arguments modern_arguments(const struct martlet_spawn *request, int *pidfd)
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
    return arguments;
}

// A child that shares our memory until it executes its program: nothing is copied, neither now nor
// when either of us writes. It runs beside us, unlike one of vfork(2), on a stack of its own.
static long clone_sharing(struct martlet_spawned *spawned)
{
    struct launch *launch = launch_in(spawned);
    struct clone_arguments arguments = modern_arguments(&launch->request, &spawned->pidfd);
    arguments.flags |= CLONE_VM;
    arguments.stack = (uint64_t)(uintptr_t)spawned->memory;
    arguments.stack_size = STACK_SIZE;
    return raw_clone(&arguments, sizeof arguments, martlet_run_child, launch);
}

// A child with a copy of our memory. The third argument of clone takes the pidfd on every architecture
// whose first is `flags`, which is all but s390.
static long clone_copying(struct martlet_spawned *spawned, bool is_modern)
{
    struct launch *launch = launch_in(spawned);
    struct clone_arguments arguments = modern_arguments(&launch->request, &spawned->pidfd);
    long pid;
    launch->in_cgroup = is_modern || launch->request.cgroup < 0;
    if (is_modern)
        pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    else
        pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &spawned->pidfd, NULL, NULL);
    if (pid == 0) martlet_run_child(launch);
    if (pid < 0) return -errno;
    martlet_release_memory(spawned);
    return pid;
}

// ENOSYS: a seccomp filter, which cannot look into clone3's arguments (RestrictNamespaces=).
// EPERM: the same filter by an older container runtime. E2BIG, EINVAL: Linux before 5.7, which has
// no `cgroup` among them. Anything else would fail with the legacy call as well.
static bool is_clone3_missing(long result)
{
    return result == -ENOSYS || result == -EPERM || result == -E2BIG || result == -EINVAL;
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
    struct launch *launch = launch_in(spawned);
    copy_request(launch, request);
    launch->parent = getpid();
    launch->in_cgroup = true;
    launch->report = report;

    long pid = -ENOSYS;
    if (!request->force_legacy_clone)
        pid = MARTLET_RAW_CALLS ? clone_sharing(spawned) : clone_copying(spawned, true);
    if (is_clone3_missing(pid)) pid = clone_copying(spawned, false);
    if (pid < 0) return (int)-pid;
    spawned->pid = (pid_t)pid;
    return adopt_child(request, spawned->pid, &spawned->pidfd);
}

static int clone_unsignalled(const struct martlet_spawn *request, struct martlet_spawned *spawned, int report)
{
    const kernel_signal_set all = ~(kernel_signal_set)0;
    kernel_signal_set previous = 0;
    if (set_signal_mask(&all, &previous) < 0) return errno;
    int code = clone_child(request, spawned, report);
    set_signal_mask(&previous, NULL);
    return code;
}

int martlet_spawn(const struct martlet_spawn *request, struct martlet_spawned *spawned)
{
    const struct martlet_spawned none = {.pid = -1, .pidfd = -1, .verdict = -1};
    *spawned = none;
    if (martlet_reset_child_signal() < 0 || make_memory(request, spawned) < 0) return -1;

    int verdict[2];
    int code = pipe2(verdict, O_CLOEXEC) < 0 ? errno : 0;
    if (code == 0) {
        if (fcntl(verdict[0], F_SETFL, O_NONBLOCK) < 0) code = errno;
        if (code == 0) code = clone_unsignalled(request, spawned, verdict[1]);
        close(verdict[1]);
        if (code != 0) close(verdict[0]);
    }
    if (code != 0) {
        martlet_release_memory(spawned);
        *spawned = none;
        errno = code;
        return -1;
    }
    spawned->verdict = verdict[0];
    return 0;
}
