// The limit for a master that accepts and passes connections on, round-robin, to workers that speak
// the channel of Protocol=martlet: the same work, without a pool around it.
//
//     dispatcher PORT WORKERS PROGRAM
//
// Up to 16 connections are on their way to a worker; several that one worker gets go in one packet.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#define MOST_WORKERS 64
#define MOST_IN_FLIGHT 16
#define PER_TURN 64

struct frame {
    uint16_t kind, listener;
    uint32_t number;
};

struct worker {
    int channel;
    int is_open;
    uint32_t next, oldest;
    int kept[MOST_IN_FLIGHT];  // by number modulo MOST_IN_FLIGHT, until it is taken
    int batch[MOST_IN_FLIGHT];
    int batched;
};

#include "dispatching.h"

static void start(struct worker *worker, int index, const char *program)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) die("socketpair");
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(ends[1], 3) < 0) _exit(1);
        setenv("MARTLET_CHANNEL", "3", 1);
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    attend(worker, ends[0], index);
}

static int can_take(const struct worker *worker)
{
    return worker->is_open && worker->next - worker->oldest < MOST_IN_FLIGHT;
}

static void flush(struct worker *worker)
{
    if (worker->batched == 0) return;
    struct frame frame = {.kind = 32, .number = worker->next - (uint32_t)worker->batched};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MOST_IN_FLIGHT)] = {0};
    struct iovec part = {.iov_base = &frame, .iov_len = sizeof frame};
    size_t bytes = sizeof(int) * (size_t)worker->batched;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = CMSG_SPACE(bytes)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(header), worker->batch, bytes);
    if (sendmsg(worker->channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) die("sendmsg");
    worker->batched = 0;
}

static void pass(void)
{
    struct worker *worker = NULL;
    for (int budget = PER_TURN; budget > 0 && (worker = pick()) != NULL; budget--) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection < 0) break;
        turn = (int)(worker - workers + 1) % count;
        worker->kept[worker->next++ % MOST_IN_FLIGHT] = connection;
        worker->batch[worker->batched++] = connection;
    }
    for (int i = 0; i < count; i++) flush(&workers[i]);
    watch_if_anybody_can_take();
}

static void hear(struct worker *worker)
{
    struct frame frame;
    while (recv(worker->channel, &frame, sizeof frame, MSG_DONTWAIT) == sizeof frame) {
        if (frame.kind == 2) worker->is_open = 1;
        if (frame.kind != 4) continue;
        while (worker->oldest != frame.number + 1)
            close(worker->kept[worker->oldest++ % MOST_IN_FLIGHT]);
    }
    if (!is_watched) pass();
}

int main(int argc, char **argv)
{
    if (argc != 4 || (count = atoi(argv[2])) < 1 || count > MOST_WORKERS) return 64;
    open_listener(argv[1]);
    for (int i = 0; i < count; i++) start(&workers[i], i, argv[3]);
    dispatch();
}
