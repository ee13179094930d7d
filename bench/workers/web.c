// The same as app.py, in C: a small HTTP server with keep-alive, and what a worker can do at best when it is
// to leave.
//
//     web            as a worker: its socket is descriptor 3, or comes by the channel of Protocol=martlet
//     web PORT       by itself, which is what a proxy's backend is
//
// RELEASE and LOADED, where they are set, are as in app.py. At SIGINT, SIGTERM or the channel's `leave` it
// stops to accept and answers what comes with `Connection: close`. A connection that nothing is asked on for
// LINGER after that is closed, and when none is left it exits.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, LARGE = 512 * 1024, LINGER = 1500, BATCH = 64 };
enum { HELLO = 1, OPENED = 2, CLOSED = 3, TAKEN = 4, ENDED = 6, RESUMED = 10, HOLDS = 11 }; // says a worker
enum { LEAVE = 33, RESUME = 36 };                                                        // says the master

struct frame {
    uint16_t kind, listener;
    uint32_t number;
};

struct connection {
    int socket, have;
    long left;          // bytes of the answer under way, which end with the large body
    bool closes;        // after this answer
    char request[2048];
};

static struct connection connections[MOST];
static int count, listener = -1, channel = -1;
static long leaving_since; // 0: it is not leaving
static char small[16], large[LARGE];

static long milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void check(bool is_well, const char *what)
{
    if (is_well) return;
    perror(what);
    exit(1);
}

// The channel

static void say(uint16_t kind, uint32_t number)
{
    struct frame frame = {.kind = kind, .number = number};
    if (channel >= 0) (void)!send(channel, &frame, sizeof frame, MSG_NOSIGNAL);
}

static void add(int socket)
{
    if (count == MOST) {
        close(socket);
        return;
    }
    struct connection *added = &connections[count++];
    added->socket = socket;
    added->have = 0;
    added->left = 0;
    added->closes = false;
}

static void leave(void)
{
    if (leaving_since) return;
    leaving_since = milliseconds();
    if (listener >= 0) close(listener);
    listener = -1;
    say(CLOSED, 0);
}

static void receive_frame(void)
{
    struct frame frame;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * BATCH)];
    struct iovec part = {.iov_base = &frame, .iov_len = sizeof frame};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) exit(0);
    if (frame.kind == LEAVE) leave();
    if (frame.kind == RESUME) {
        say(RESUMED, 1);
        if (!leaving_since) say(OPENED, 0);
        if (count) say(HOLDS, count);
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header) return;
    int sockets[BATCH], number = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(sockets, CMSG_DATA(header), number * sizeof(int));
    say(TAKEN, frame.number + number - 1);
    for (int i = 0; i < number; i++) add(sockets[i]);
}

// Connections

static bool flush(struct connection *own)
{
    while (own->left > 0) {
        ssize_t sent = send(own->socket, large + LARGE - own->left, own->left, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN;
        own->left -= sent;
    }
    return !own->closes;
}

static bool answer(struct connection *own)
{
    bool is_large = !strncmp(own->request, "GET /large", 10);
    own->closes = leaving_since || strcasestr(own->request, "\r\nConnection: close");
    char text[256];
    int length = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n%s",
                          is_large ? (size_t)LARGE : strlen(small),
                          own->closes ? "Connection: close\r\n" : "", is_large ? "" : small);
    if (send(own->socket, text, length, MSG_NOSIGNAL) != length) return false;
    own->have = 0;
    own->left = is_large ? LARGE : 0;
    return flush(own);
}

// False: the connection is over.
static bool serve(struct connection *own)
{
    if (own->left > 0) return flush(own);
    ssize_t length = recv(own->socket, own->request + own->have, sizeof own->request - 1 - own->have, 0);
    if (length < 0 && errno == EAGAIN) return true;
    if (length <= 0) return false;
    own->have += length;
    own->request[own->have] = 0;
    if (strstr(own->request, "\r\n\r\n")) return answer(own);
    return own->have < (int)sizeof own->request - 1;
}

static void forget(int index)
{
    close(connections[index].socket);
    connections[index] = connections[--count];
    say(ENDED, 1);
}

static void accept_all(void)
{
    int socket;
    while ((socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) add(socket);
}

static void turn(int signals)
{
    static struct pollfd watched[3 + MOST];
    watched[0] = (struct pollfd){.fd = signals, .events = POLLIN};
    watched[1] = (struct pollfd){.fd = listener, .events = POLLIN};
    watched[2] = (struct pollfd){.fd = channel, .events = POLLIN};
    int looked_at = count;
    for (int i = 0; i < looked_at; i++)
        watched[3 + i] = (struct pollfd){.fd = connections[i].socket,
                                         .events = connections[i].left > 0 ? POLLOUT : POLLIN};
    poll(watched, 3 + looked_at, leaving_since ? 50 : -1);
    for (int i = looked_at - 1; i >= 0; i--)
        if (watched[3 + i].revents && !serve(&connections[i])) forget(i);
    if (watched[0].revents) leave();
    if (watched[1].revents && listener >= 0) accept_all();
    if (watched[2].revents) receive_frame();
    if (leaving_since && milliseconds() - leaving_since > LINGER)
        for (int i = count - 1; i >= 0; i--)
            if (connections[i].left == 0 && connections[i].have == 0) forget(i);
}

// A start

static void load(void)
{
    const char *release = getenv("RELEASE"), *folder = getenv("LOADED");
    char text[32] = "0", path[512];
    if (release) {
        FILE *file = fopen(release, "r");
        check(file && fgets(text, sizeof text, file), release);
        fclose(file);
    }
    if (!strncmp(text, "broken", 6)) exit(1);
    usleep(atof(text) * 1e6);
    if (!folder) return;
    snprintf(path, sizeof path, "%s/%d", folder, getpid());
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static int bound(const char *port)
{
    int yes = 1, made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    check(bind(made, (struct sockaddr *)&address, sizeof address) == 0 && listen(made, 4096) == 0, "bind");
    return made;
}

static void notify(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof address.sun_path) return;
    strcpy(address.sun_path, path);
    socklen_t length = sizeof(sa_family_t) + strlen(path);
    if (path[0] == '@') address.sun_path[0] = 0;
    int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sendto(made, "READY=1", 7, 0, (struct sockaddr *)&address, length);
    close(made);
}

int main(int words_count, char **words)
{
    const char *name = getenv("MARTLET_CHANNEL"), *sockets = getenv("LISTEN_FDS");
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    load();
    memset(large, 'x', sizeof large);
    snprintf(small, sizeof small, "%d\n", getpid());
    if (words_count == 2) listener = bound(words[1]);
    else if (sockets && atoi(sockets) > 0) listener = 3;
    if (name) channel = atoi(name);
    say(HELLO, 1);
    say(OPENED, 0);
    notify();
    int signals = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    while (!leaving_since || count > 0) turn(signals);
    return 0;
}
