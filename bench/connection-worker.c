// The cheapest worker that connections can be passed to: it speaks the channel of Protocol=martlet
// (docs/protocol.md), answers one request on each connection, and closes it.

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 64

struct frame {
    uint16_t kind, listener;
    uint32_t number;
};

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";

static void say(int channel, uint16_t kind, uint32_t number)
{
    struct frame frame = {.kind = kind, .number = number};
    if (send(channel, &frame, sizeof frame, MSG_NOSIGNAL) < 0) exit(0);
}

static void serve(int connection)
{
    char request[4096];
    ssize_t count;
    while ((count = recv(connection, request, sizeof request, 0)) < 0 && errno == EAGAIN) {
        struct pollfd entry = {.fd = connection, .events = POLLIN};
        poll(&entry, 1, 1000);
    }
    if (count > 0) (void)!send(connection, answer, sizeof answer - 1, MSG_NOSIGNAL);
    close(connection);
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

int main(void)
{
    const char *name = getenv("MARTLET_CHANNEL");
    if (name == NULL) return 1;
    int channel = atoi(name);
    say(channel, 1, 1);
    say(channel, 2, 0);
    notify(getenv("NOTIFY_SOCKET"));
    for (;;) {
        struct frame frame;
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MOST)];
        struct iovec part = {.iov_base = &frame, .iov_len = sizeof frame};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                                 .msg_controllen = sizeof control};
        ssize_t count = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || frame.kind == 33) return 0;
        if (frame.kind == 36) {
            // Another master: nothing is held here between two packets.
            say(channel, 10, 1);
            say(channel, 2, 0);
            continue;
        }
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header == NULL) continue;
        int descriptors[MOST];
        uint32_t number = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(descriptors, CMSG_DATA(header), number * sizeof(int));
        say(channel, 4, frame.number + number - 1);
        for (uint32_t i = 0; i < number; i++) serve(descriptors[i]);
        say(channel, 6, number);
    }
}
