// The limit for a master that accepts and passes connections on, round-robin, to workers on Node, by the
// channel of Node's own `cluster`: the same system calls, without a pool and without a JSON parser.
//
//     node-dispatcher PORT WORKERS NODE SCRIPT
//
// Up to 16 connections are on their way to a worker. A copy of each is kept until its worker has taken it,
// as it may refuse it. One message carries one connection, as Node takes no more of one.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_WORKERS 64
#define MOST_IN_FLIGHT 16
#define PER_TURN 64

struct worker {
    int channel;
    int is_open;
    unsigned sent, taken;  // connections
    int kept[MOST_IN_FLIGHT];
    char line[65536];
    size_t length;
};

#include "dispatching.h"

static void start(struct worker *worker, int index, char **command)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) die("socketpair");
    if (fork() == 0) {
        char number[16];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(ends[1], 3) < 0) _exit(1);
        snprintf(number, sizeof number, "%d", index + 1);
        setenv("NODE_CHANNEL_FD", "3", 1);
        setenv("NODE_CHANNEL_SERIALIZATION_MODE", "json", 1);
        setenv("NODE_UNIQUE_ID", number, 1);
        execv(command[0], command);
        _exit(127);
    }
    close(ends[1]);
    attend(worker, ends[0], index);
}

static int can_take(const struct worker *worker)
{
    return worker->is_open && worker->sent - worker->taken < MOST_IN_FLIGHT;
}

static void give(struct worker *worker, int connection)
{
    char line[160];
    int length = snprintf(line, sizeof line,
                          "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Native\",\"msg\":{\"cmd\":\"NODE_CLUSTER\","
                          "\"act\":\"newconn\",\"key\":\"0\",\"seq\":%u}}\n", worker->sent + 1);
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {.iov_base = line, .iov_len = (size_t)length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &connection, sizeof connection);
    if (sendmsg(worker->channel, &message, MSG_NOSIGNAL) != length) die("sendmsg");
    worker->kept[worker->sent++ % MOST_IN_FLIGHT] = connection;
}

static void pass(void)
{
    struct worker *worker = NULL;
    for (int budget = PER_TURN; budget > 0 && (worker = pick()) != NULL; budget--) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection < 0) break;
        turn = (int)(worker - workers + 1) % count;
        give(worker, connection);
    }
    watch_if_anybody_can_take();
}

static void hear_line(struct worker *worker, char *line)
{
    char answer[256], *query;
    if (strstr(line, "\"accepted\"")) {
        close(worker->kept[worker->taken++ % MOST_IN_FLIGHT]);
    } else if (strstr(line, "\"queryServer\"") && (query = strstr(line, "\"seq\":"))) {
        int length = snprintf(answer, sizeof answer,
                              "{\"cmd\":\"NODE_CLUSTER\",\"ack\":%d,\"key\":\"0\",\"data\":null,\"errno\":null,"
                              "\"seq\":0}\n", atoi(query + 6));
        if (write(worker->channel, answer, (size_t)length) != length) die("write");
        worker->is_open = 1;
    }
}

static void hear(struct worker *worker)
{
    ssize_t received = recv(worker->channel, worker->line + worker->length,
                            sizeof worker->line - 1 - worker->length, MSG_DONTWAIT);
    if (received <= 0) return;
    worker->length += (size_t)received;
    worker->line[worker->length] = 0;
    char *line = worker->line, *end;
    while ((end = memchr(line, '\n', worker->length - (size_t)(line - worker->line)))) {
        *end = 0;
        hear_line(worker, line);
        line = end + 1;
    }
    worker->length -= (size_t)(line - worker->line);
    memmove(worker->line, line, worker->length);
    if (!is_watched) pass();
}

int main(int argc, char **argv)
{
    if (argc != 5 || (count = atoi(argv[2])) < 1 || count > MOST_WORKERS) return 64;
    open_listener(argv[1]);
    for (int i = 0; i < count; i++) start(&workers[i], i, &argv[3]);
    dispatch();
}
