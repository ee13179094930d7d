// Clients that come to stay, of a server whose answers tell the worker's process id.
//
//     visitors PORT spread CONNECTIONS SPACING REQUESTS
//         opens them, SPACING ms apart (0: all at once), makes so many requests on each, one after the
//         other, and keeps all open until the last is done; "workers" counts connections
//     visitors PORT random CONNECTIONS RATE COUNT
//         RATE requests of /burn a second, at times left to chance (the same ones in every run), on any
//         connection that is free; 0 CONNECTIONS: on a new one each. "workers" counts requests
//
// Each client has an address of its own, 127.0.2.1 and on, up to 250. Prints one line of JSON: failures
// (requests without their whole answer, and connections that the server has closed), percentiles of the
// latency in microseconds, counted from when a request was due, and what each worker had.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_WORKERS 64
#define LIMIT_SECONDS 60

enum state { absent, connecting, idle, asking, gone };

struct visitor {
    int connection;
    enum state state;
    int asked, received;
    double due;
    char answer[2048];
};

static struct sockaddr_in address = {.sin_family = AF_INET};
static int epoll, visitors, is_staying, spread_requests, finished, failures, timed;
static const char *path = "/";
static struct visitor *visitor_of;
static double *latencies;
static struct { int pid, count; } workers[MOST_WORKERS];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void count(int pid)
{
    for (int i = 0; i < MOST_WORKERS; i++) {
        if (workers[i].pid != 0 && workers[i].pid != pid) continue;
        workers[i].pid = pid;
        workers[i].count++;
        return;
    }
}

static void leave(struct visitor *visitor)
{
    close(visitor->connection);
    visitor->state = is_staying ? gone : absent;
}

// With a connection all requests are lost that it was still to make.
static void fail(struct visitor *visitor)
{
    int lost = 1;
    if (spread_requests) lost = spread_requests - visitor->asked + (visitor->state == asking);
    if (visitor->state == idle) lost = 0;
    finished += lost;
    failures += lost ? lost : 1;
    leave(visitor);
}

static void ask(struct visitor *visitor)
{
    char request[256];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path,
                          is_staying ? "" : "Connection: close\r\n");
    visitor->state = asking;
    visitor->asked++;
    visitor->received = 0;
    if (send(visitor->connection, request, (size_t)length, MSG_NOSIGNAL) != length) fail(visitor);
}

static void arrive(struct visitor *visitor, int number)
{
    visitor->connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET};
    own.sin_addr.s_addr = htonl(0x7f000201 + (unsigned)number % 250);
    int one = 1;
    setsockopt(visitor->connection, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(visitor->connection, (struct sockaddr *)&own, sizeof own) < 0) perror("visitors: bind");
    visitor->state = connecting;
    visitor->asked = 0;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = visitor};
    if (connect(visitor->connection, (struct sockaddr *)&address, sizeof address) < 0
        && errno != EINPROGRESS)
        fail(visitor);
    else
        epoll_ctl(epoll, EPOLL_CTL_ADD, visitor->connection, &event);
}

// Returns the worker that the answer names, 0 if it is not whole, -1 if it is none.
static int understood(struct visitor *visitor)
{
    visitor->answer[visitor->received] = '\0';
    char *end = strstr(visitor->answer, "\r\n\r\n");
    if (end == NULL) return visitor->received == sizeof visitor->answer - 1 ? -1 : 0;
    char *length = strcasestr(visitor->answer, "\r\nContent-Length: ");
    if (strncmp(visitor->answer, "HTTP/1.1 200 ", 13) != 0 || length == NULL || length > end) return -1;
    if (end + 4 + atoi(length + 18) > visitor->answer + visitor->received) return 0;
    int pid = atoi(end + 4);
    return pid > 0 ? pid : -1;
}

static void be_answered(struct visitor *visitor, int worker)
{
    visitor->state = idle;
    finished++;
    if (spread_requests == 0 || visitor->asked == 1) count(worker);
    if (latencies) latencies[timed++] = (now() - visitor->due) * 1e6;
    if (!is_staying)
        leave(visitor);
    else if (visitor->asked < spread_requests)
        ask(visitor);
}

static void heed(struct visitor *visitor)
{
    if (visitor->state == connecting) ask(visitor);
    while (visitor->state == asking || visitor->state == idle) {
        ssize_t got = recv(visitor->connection, visitor->answer + visitor->received,
                           sizeof visitor->answer - 1 - (size_t)visitor->received, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0 || visitor->state == idle) {
            fail(visitor);
            return;
        }
        visitor->received += (int)got;
        int worker = understood(visitor);
        if (worker < 0) fail(visitor);
        if (worker > 0) be_answered(visitor, worker);
        if (visitor->state == idle) visitor->received = 0;
    }
}

static void wait_until(double time)
{
    double left = time - now();
    if (left < 0) left = 0;
    struct timespec rest = {.tv_sec = (time_t)left};
    rest.tv_nsec = (long)((left - (double)rest.tv_sec) * 1e9);
    struct epoll_event events[256];
    int happened = epoll_pwait2(epoll, events, 256, &rest, NULL);
    for (int i = 0; i < happened; i++) heed(events[i].data.ptr);
}

static void come(double spacing, int requests, double limit)
{
    double start = now();
    is_staying = 1;
    spread_requests = requests;
    for (int arrived = 0; arrived < visitors && now() < limit;) {
        while (arrived < visitors && now() - start >= arrived * spacing)
            arrive(&visitor_of[arrived], arrived), arrived++;
        wait_until(arrived < visitors ? start + arrived * spacing : 0);
    }
    while (finished < visitors * requests && now() < limit) wait_until(now() + 1);
    failures += finished < visitors * requests ? visitors * requests - finished : 0;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static struct visitor *free_one(void)
{
    static unsigned short seed[3] = {3, 3, 3};
    enum state wanted = is_staying ? idle : absent;
    int first = (int)(erand48(seed) * visitors);
    for (int i = 0; i < visitors; i++) {
        struct visitor *visitor = &visitor_of[(first + i) % visitors];
        if (visitor->state == wanted) return visitor;
    }
    return NULL;
}

// So many points of a time, chosen by chance, are what independent clients do.
static void ask_at_random(double rate, int wanted, double limit)
{
    unsigned short seed[3] = {7, 7, 7};
    double *due = calloc((size_t)wanted, sizeof *due);
    for (int i = 0; i < wanted; i++) due[i] = erand48(seed) * wanted / rate;
    qsort(due, (size_t)wanted, sizeof *due, ascending);
    double start = now();
    path = "/burn";
    finished = 0;
    for (int begun = 0; finished < wanted && now() < limit;) {
        struct visitor *visitor = NULL;
        while (begun < wanted && now() - start >= due[begun] && (visitor = free_one()) != NULL) {
            visitor->due = start + due[begun++];
            if (is_staying)
                ask(visitor);
            else
                arrive(visitor, begun);
        }
        int is_full = begun < wanted && now() - start >= due[begun];
        wait_until(begun < wanted && !is_full ? start + due[begun] : now() + 1);
    }
    failures += finished < wanted ? wanted - finished : 0;
}

static double percentile(int of_hundred)
{
    return timed > 0 ? latencies[timed * of_hundred / 100] : 0;
}

static void tell(double seconds)
{
    printf("{\"seconds\": %.6f, \"failures\": %d, ", seconds, failures);
    if (latencies) {
        qsort(latencies, (size_t)timed, sizeof *latencies, ascending);
        printf("\"p50\": %.0f, \"p99\": %.0f, ", percentile(50), percentile(99));
    }
    printf("\"workers\": {");
    for (int i = 0; i < MOST_WORKERS && workers[i].pid; i++)
        printf("%s\"%d\": %d", i ? ", " : "", workers[i].pid, workers[i].count);
    puts("}}");
}

int main(int argc, char **argv)
{
    if (argc != 6) return 64;
    address.sin_port = htons((uint16_t)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connections = atoi(argv[3]), number = atoi(argv[5]);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    visitors = connections ? connections : 1024;
    visitor_of = calloc((size_t)visitors, sizeof *visitor_of);
    double start = now(), limit = start + LIMIT_SECONDS;
    if (strcmp(argv[2], "spread") == 0) {
        come(atof(argv[4]) / 1000, number, limit);
    } else {
        // Those that stay have been served once each before time counts.
        if (connections) come(0, 1, limit);
        spread_requests = 0;
        memset(workers, 0, sizeof workers);
        latencies = calloc((size_t)number + (size_t)visitors, sizeof *latencies);
        ask_at_random(atof(argv[4]), number, limit);
    }
    tell(now() - start);
    return 0;
}
