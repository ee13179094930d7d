// Connections with one request each, to 127.0.0.1, and how long they took.
//
//     connector PORT closed CLIENTS COUNT    so many at a time
//     connector PORT open RATE COUNT         so many each second, whatever comes back
//     connector PORT burst PID,... COUNT     while the processes are stopped; then they go on
//
// The clients have 64 addresses of their own, 127.0.1.1 and on: a policy may look at them.
// Prints one line of JSON: seconds, failures, and percentiles of the latency in microseconds. In a
// burst the time begins when the processes go on.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in address = {.sin_family = AF_INET};
static int epoll;
static double *latencies;
static double *began;  // by descriptor
static int started, finished, failures, wanted;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void take_address(int connection)
{
    static unsigned taken;
    struct sockaddr_in own = {.sin_family = AF_INET};
    own.sin_addr.s_addr = htonl(0x7f000101 + taken++ % 64);
    int one = 1;
    setsockopt(connection, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(connection, (struct sockaddr *)&own, sizeof own) < 0) perror("connector: bind");
}

static void begin(void)
{
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection < 0 && errno == EMFILE) {
        // So many are not served that there is no room for more: this one has failed.
        failures++, started--, wanted--;
        return;
    }
    if (connection < 0 || connection >= 65536) {
        perror("connector: socket");
        exit(1);
    }
    take_address(connection);
    began[connection] = now();
    if (connect(connection, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        failures++;
    struct epoll_event event = {.events = EPOLLOUT, .data.fd = connection};
    epoll_ctl(epoll, EPOLL_CTL_ADD, connection, &event);
}

static void end(int connection, int is_well)
{
    if (!is_well) failures++;
    latencies[finished++] = (now() - began[connection]) * 1e6;
    close(connection);
}

static void heed(struct epoll_event *event, void (*next)(void))
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char answer[4096];
    int connection = event->data.fd;
    if (event->events & EPOLLOUT) {
        struct epoll_event reading = {.events = EPOLLIN, .data.fd = connection};
        if (send(connection, request, sizeof request - 1, MSG_NOSIGNAL) > 0) {
            epoll_ctl(epoll, EPOLL_CTL_MOD, connection, &reading);
            return;
        }
    } else {
        ssize_t count = recv(connection, answer, sizeof answer, 0);
        if (count > 0 && strncmp(answer, "HTTP/1.1 200", 12) == 0) {
            // The rest, if any, and the end of file are no matter.
            end(connection, 1);
            if (next) next();
            return;
        }
        if (count < 0 && errno == EAGAIN) return;
    }
    end(connection, 0);
    if (next) next();
}

static void wait_for(double seconds, void (*next)(void))
{
    struct epoll_event events[256];
    if (seconds < 0) seconds = 0;
    struct timespec time = {.tv_sec = (time_t)seconds};
    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    int happened = epoll_pwait2(epoll, events, 256, &time, NULL);
    for (int i = 0; i < happened; i++) heed(&events[i], next);
}

static void one_more(void)
{
    if (started < wanted) {
        started++;
        begin();
    }
}

static void signal_all(const char *pids, int number)
{
    for (const char *next = pids; *next;) {
        char *end;
        long pid = strtol(next, &end, 10);
        if (pid <= 1) exit(64);
        kill((pid_t)pid, number);
        next = *end == ',' ? end + 1 : end;
        if (*end != ',' && *end != '\0') exit(64);
    }
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    if (argc != 5) return 64;
    address.sin_port = htons((uint16_t)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wanted = atoi(argv[4]);
    int number = atoi(argv[3]);
    latencies = calloc((size_t)wanted + 1, sizeof *latencies);
    began = calloc(65536, sizeof *began);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    double start = now(), limit = start + 60;
    if (strcmp(argv[2], "closed") == 0) {
        for (int i = 0; i < number; i++) one_more();
        while (finished < wanted && now() < limit) wait_for(1, one_more);
    } else if (strcmp(argv[2], "open") == 0) {
        while (finished < wanted && now() < limit) {
            while (started < wanted && now() - start >= (double)started / number) one_more();
            wait_for(started < wanted ? start + (double)started / number - now() : 1, NULL);
        }
    } else {
        signal_all(argv[3], SIGSTOP);
        while (started < wanted) one_more();
        // All are connected, and have sent their request.
        for (double settled = now() + 0.5; now() < settled;) wait_for(0.01, NULL);
        start = now();
        for (int i = 0; i < 65536; i++) began[i] = start;
        signal_all(argv[3], SIGCONT);
        while (finished < wanted && now() < limit) wait_for(1, NULL);
    }
    double seconds = now() - start;
    failures += wanted - finished;
    qsort(latencies, (size_t)finished, sizeof *latencies, compare);
    printf("{\"seconds\": %.6f, \"failures\": %d, \"p50\": %.0f, \"p99\": %.0f}\n", seconds, failures,
           finished ? latencies[finished / 2] : 0, finished ? latencies[finished * 99 / 100] : 0);
    return 0;
}
