// The limit for a master that passes messages on: it starts workers with a channel each, reads packets and
// sends them to whom they are for, and adds to one counter. The workers are workers/messenger.c.
//
//     relay WORKERS PROGRAM
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE = 8, TO_SLOT = 3, FROM_MASTER = 34, COUNT = 64 };
enum { MOST_WORKERS = 256, PER_TURN = 64 };

struct packet {
    uint16_t kind, listener;
    uint32_t number;
    char body[65528];
};

static int channels[MOST_WORKERS], count, epoll;
static uint32_t counter;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void start(int slot, const char *program)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) die("socketpair");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        char number[16];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(ends[1], 3) < 0) _exit(1);
        snprintf(number, sizeof number, "%d", slot);
        setenv("MARTLET_CHANNEL", "3", 1);
        setenv("MARTLET_WORKER", number, 1);
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    channels[slot] = ends[0];
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)slot};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) < 0) die("epoll_ctl");
}

static void put(int slot, const struct packet *packet, size_t length)
{
    while (send(channels[slot], packet, length, MSG_NOSIGNAL) < 0)
        if (errno != EINTR) die("send");
}

static void pass(int slot)
{
    static struct packet packet;
    for (int i = 0; i < PER_TURN; i++) {
        ssize_t length = recv(channels[slot], &packet, sizeof packet, MSG_DONTWAIT);
        if (length < 0) return;
        if (length == 0) exit(0);
        if (packet.kind == COUNT) {
            packet.number = counter += packet.number;
            put(slot, &packet, (size_t)length);
        }
        if (packet.kind != MESSAGE) continue;
        int recipient = (int)packet.number, is_for_one = packet.listener == TO_SLOT;
        packet.kind = FROM_MASTER;
        packet.listener = 0;
        packet.number = (uint32_t)slot;
        if (is_for_one && recipient < count) put(recipient, &packet, (size_t)length);
        for (int other = 0; other < count && !is_for_one; other++) put(other, &packet, (size_t)length);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3 || (count = atoi(argv[1])) < 1 || count > MOST_WORKERS) return 64;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int slot = 0; slot < count; slot++) start(slot, argv[2]);
    for (;;) {
        struct epoll_event events[64];
        int happened = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < happened; i++) pass((int)events[i].data.u32);
    }
}
