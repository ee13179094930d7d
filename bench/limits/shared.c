// The limit for workers that accept themselves: one socket, inherited by all of them, and a parent
// that sleeps.
//
//     shared PORT WORKERS PROGRAM

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void start(int listener, const char *program)
{
    if (fork() != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The same number would keep its CLOEXEC.
    int above = fcntl(listener, F_DUPFD_CLOEXEC, 4);
    if (above < 0 || dup2(above, 3) < 0) _exit(1);
    setenv("LISTEN_FDS", "1", 1);
    execl(program, program, (char *)NULL);
    _exit(127);
}

int main(int argc, char **argv)
{
    int count;
    if (argc != 4 || (count = atoi(argv[2])) < 1) return 64;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
    if (listen(listener, 4096) < 0) die("listen");
    for (int i = 0; i < count; i++) start(listener, argv[3]);
    for (;;) pause();
}
