// How long it takes from the start of a manager until so many have said READY=1.
//
//     stopwatch COUNT SECONDS SIGNAL VARIABLE PATH COMMAND ...
//
// Makes a socket at PATH and names it in VARIABLE of the command's environment: NOTIFY_SOCKET for a
// manager that tells when all its workers are ready (COUNT is 1), and for workers that tell themselves;
// another name if the manager would tell, too. Then prints one line of JSON: "milliseconds", null if they
// were not ready within SECONDS, and "processor", the milliseconds of processor time of the manager's
// first thread. Ends the command with SIGNAL, after SECONDS with SIGKILL, with all that it leaves behind.

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int channel, pidfd;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static pid_t start(char **command)
{
    pid_t pid = vfork();
    if (pid == 0) {
        // Whatever ends the stopwatch, the manager ends as well, and in its own way.
        setsid();
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execv(command[0], command);
        _exit(127);
    }
    if (pid < 0) die("vfork");
    return pid;
}

// How many of the messages that are there say that somebody is ready.
static int heard(void)
{
    char message[4096];
    int count = 0;
    ssize_t length;
    while ((length = recv(channel, message, sizeof message - 1, MSG_DONTWAIT)) >= 0) {
        message[length] = '\0';
        for (char *line = message; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
            count += strncmp(line, "READY=1", 7) == 0;
    }
    return count;
}

// Returns whether the command still runs.
static int listen_until(double time, int *missing)
{
    while (*missing > 0 && now() < time) {
        struct pollfd entries[2] = {{.fd = channel, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
        poll(entries, 2, (int)(time - now()) + 1);
        *missing -= heard();
        if (entries[1].revents) return 0;
    }
    return 1;
}

static double processor_milliseconds(pid_t pid)
{
    char path[64];
    unsigned long long nanoseconds = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%llu", &nanoseconds) != 1) nanoseconds = 0;
    if (file) fclose(file);
    return (double)nanoseconds / 1e6;
}

static void end(pid_t pid, int number, double limit)
{
    // What it still says has to be read, or it might wait for that.
    int never = 1 << 30;
    kill(pid, number);
    listen_until(limit, &never);
}

// Ends what is left: orphans are children of this process, as it is their subreaper.
static void clear(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    for (;;) {
        int pid;
        FILE *file = fopen(path, "re");
        while (file && fscanf(file, "%d", &pid) == 1) kill(pid, SIGKILL);
        if (file) fclose(file);
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) return;
    }
}

int main(int argc, char **argv)
{
    if (argc < 7) return 64;
    int missing = atoi(argv[1]);
    double patience = atof(argv[2]) * 1e3;
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    if (strlen(argv[5]) >= sizeof own.sun_path) return 64;
    strcpy(own.sun_path, argv[5]);
    channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(channel, (struct sockaddr *)&own, sizeof own) < 0) die("bind");
    setenv(argv[4], argv[5], 1);

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    double began = now();
    pid_t pid = start(argv + 6);
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int runs = listen_until(began + patience, &missing);
    double ready = now() - began;
    if (missing > 0)
        printf("{\"milliseconds\": null}\n");
    else
        printf("{\"milliseconds\": %.3f, \"processor\": %.3f}\n", ready, processor_milliseconds(pid));

    fflush(stdout);
    if (runs) end(pid, atoi(argv[3]), now() + patience);
    clear();
    unlink(argv[5]);
    return 0;
}
