// The limit for a manager that starts workers and waits until all are ready: a clone that borrows the
// parent's memory, a pidfd and an exec for each, and one socket that all of them answer to.
//
//     starter WORKERS PROGRAM PATH     PATH: where its socket is to be
//
// Says READY=1 to NOTIFY_SOCKET when all have said so; ends the workers on SIGTERM, and reaps each.

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_WORKERS 1024

static int pidfds[MOST_WORKERS];
static char *program, *environment[2];
static sigset_t nothing;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int run(void *unused)
{
    (void)unused;
    char *arguments[] = {program, NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
    execve(program, arguments, environment);
    _exit(127);
}

static void start(int *pidfd)
{
    static _Alignas(16) char stack[16384];
    if (clone(run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, NULL, pidfd) < 0)
        die("clone");
}

static struct sockaddr_un at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof address.sun_path) exit(64);
    strcpy(address.sun_path, path);
    return address;
}

static void await(int channel, int count)
{
    char message[64];
    for (int ready = 0; ready < count;) {
        ssize_t length = recv(channel, message, sizeof message, 0);
        if (length < 0 && errno != EINTR) die("recv");
        ready += length == 7 && memcmp(message, "READY=1", 7) == 0;
    }
}

int main(int argc, char **argv)
{
    int count;
    if (argc != 4 || (count = atoi(argv[1])) < 1 || count > MOST_WORKERS) return 64;
    program = argv[2];
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, &nothing);

    struct sockaddr_un own = at(argv[3]), manager = at(getenv("NOTIFY_SOCKET"));
    int channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(channel, (struct sockaddr *)&own, sizeof own) < 0) die("bind");
    if (asprintf(&environment[0], "NOTIFY_SOCKET=%s", argv[3]) < 0) die("asprintf");
    for (int i = 0; i < count; i++) start(&pidfds[i]);
    await(channel, count);
    if (sendto(channel, "READY=1", 7, 0, (struct sockaddr *)&manager, sizeof manager) < 0) die("sendto");

    int number;
    sigwait(&ending, &number);
    unlink(argv[3]);
    for (int i = 0; i < count; i++) syscall(SYS_pidfd_send_signal, pidfds[i], SIGKILL, NULL, 0);
    for (int i = 0; i < count; i++) waitid(P_PIDFD, (id_t)pidfds[i], NULL, WEXITED);
    return 0;
}
