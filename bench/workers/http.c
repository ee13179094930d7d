// The cheapest worker that answers HTTP: one thread, keep-alive, the body of each answer its process id.
//
// Connections come by the channel of Protocol=martlet (docs/protocol.md); if sockets are inherited
// (LISTEN_FDS) it accepts from these itself, one connection a turn.
//
//     GET /burn      answers after 10 ms of processor time
//     EXCLUSIVE=1    in the environment: one waiting worker is woken for a connection, not all

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST 64
#define BURNT_NANOSECONDS 10000000

struct frame {
    uint16_t kind, listener;
    uint32_t number;
};

static int epoll, channel = -1, listeners;
static uint32_t ended;
static char answers[2][128];  // by whether it is the last one

static void say(uint16_t kind, uint32_t number)
{
    struct frame frame = {.kind = kind, .number = number};
    if (send(channel, &frame, sizeof frame, MSG_NOSIGNAL) < 0) exit(0);
}

static void watch(int descriptor, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) exit(1);
}

static void burn(void)
{
    struct timespec began, now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while ((now.tv_sec - began.tv_sec) * 1000000000 + now.tv_nsec - began.tv_nsec < BURNT_NANOSECONDS);
}

// Returns whether the connection stays open. A request that does not come in one piece is none.
static int answer(int connection, char *request, ssize_t count)
{
    if (count < 4 || memcmp(request + count - 4, "\r\n\r\n", 4) != 0) return 0;
    request[count - 1] = '\0';
    if (strncmp(request, "GET /burn ", 10) == 0) burn();
    int is_last = strstr(request, "Connection: close") != NULL;
    ssize_t length = (ssize_t)strlen(answers[is_last]);
    return send(connection, answers[is_last], (size_t)length, MSG_NOSIGNAL) == length && !is_last;
}

static void serve(int connection, int is_new)
{
    char request[4096];
    ssize_t count = recv(connection, request, sizeof request, MSG_DONTWAIT);
    if ((count < 0 && errno == EAGAIN) || (count > 0 && answer(connection, request, count))) {
        if (is_new) watch(connection, EPOLLIN);
        return;
    }
    close(connection);
    ended++;
}

static void notify(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof address.sun_path) return;
    strcpy(address.sun_path, path);
    int socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sendto(socket_, "READY=1", 7, 0, (struct sockaddr *)&address, sizeof address);
    close(socket_);
}

static void hear(void)
{
    struct frame frame;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MOST)];
    struct iovec part = {.iov_base = &frame, .iov_len = sizeof frame};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t count = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0 || frame.kind == 33) exit(0);
    if (frame.kind == 36) {
        // Another master: whatever is open is this worker's own.
        say(10, 1);
        if (listeners == 0) say(2, 0);
        return;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL) return;
    int descriptors[MOST];
    uint32_t number = (uint32_t)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(descriptors, CMSG_DATA(header), number * sizeof(int));
    say(4, frame.number + number - 1);
    for (uint32_t i = 0; i < number; i++) serve(descriptors[i], 1);
}

static void accept_one(int listener)
{
    int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection >= 0) serve(connection, 1);
}

static int number(const char *variable)
{
    const char *value = getenv(variable);
    return value ? atoi(value) : 0;
}

static void prepare(void)
{
    const char *format = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s";
    char body[16];
    int length = sprintf(body, "%d\n", getpid());
    sprintf(answers[0], format, length, "", body);
    sprintf(answers[1], format, length, "Connection: close\r\n", body);

    epoll = epoll_create1(EPOLL_CLOEXEC);
    listeners = number("LISTEN_FDS");
    for (int i = 0; i < listeners; i++)
        watch(3 + i, EPOLLIN | (number("EXCLUSIVE") ? (uint32_t)EPOLLEXCLUSIVE : 0));
    if (getenv("MARTLET_CHANNEL")) {
        channel = number("MARTLET_CHANNEL");
        watch(channel, EPOLLIN);
        say(1, 1);
        if (listeners == 0) say(2, 0);
    }
    notify(getenv("NOTIFY_SOCKET"));
}

int main(void)
{
    prepare();
    for (;;) {
        struct epoll_event events[64];
        int happened = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < happened; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == channel)
                hear();
            else if (descriptor >= 3 && descriptor < 3 + listeners)
                accept_one(descriptor);
            else
                serve(descriptor, 0);
        }
        if (ended > 0 && channel >= 0 && listeners == 0) say(6, ended);
        ended = 0;
    }
}
