// A client that forgives nothing and costs little: 26 connections of four kinds at once. Each answer is
// read to its last byte, and whatever goes wrong is counted by the kind of load and of failure.
//
//     strict PORT
//
// A line on standard input begins a phase; the end of input ends the load, once all that is under way has
// ended. For each phase one line of JSON is written when it is over. Answers to `/` must be a number, those
// to `/large` of any length; both need a Content-Length.
//
// A connection that is closed while nothing is asked on it is `idle_closed`. One that has answered before
// and dies under the next request without a byte of its answer is `lost`: HTTP lets a client ask again
// (RFC 9112, 9.3.1), which this one does once, at a new connection. All else is `failed`.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum load { SHORT, KEPT, SLOW, IDLE, LOADS };
static const struct {
    const char *name, *path, *header;
    int clients;
    long pause; // between an answer and the next request, in microseconds
} loads[LOADS] = {
    {"short", "/", "Connection: close\r\n", 4, 10000},
    {"kept", "/", "", 8, 20000},
    {"slow", "/large", "Connection: close\r\n", 2, 50000},
    {"idle", "/", "", 12, 900000},
};
enum { CLIENTS = 26, HEADER = 4096, SLOW_READ = 32768, SLOW_PAUSE = 8000 };

enum failure { REFUSED, RESET, CLOSED, SHORT_ANSWER, TIMEOUT, STATUS, MALFORMED, FAILURES };
static const char *const failures[FAILURES] = {
    "refused", "reset", "closed", "short answer", "timeout", "status", "malformed"};

enum state { RESTING, CONNECTING, WAITING, READING, PAUSING };
struct client {
    enum load load;
    enum state state;
    int socket;        // -1: none
    long alarm;        // RESTING, PAUSING: when to go on
    long since;        // since when it waits for what comes next
    int answered;      // on this connection
    bool is_second;    // this request was lost once
    bool closes;       // the server will not answer again here
    int have;          // bytes of header[]
    long left;         // bytes of the body to come
    char header[HEADER + 1];
};

static struct client clients[CLIENTS];
static struct sockaddr_in server = {.sin_family = AF_INET};
static const long timeout = 5000000; // of one wait, in microseconds
static bool is_ending;

static struct {
    char name[64];
    long began, answered, lost, idle_closed, silence, heard;
    long wait[LOADS]; // the longest
    long failed[LOADS][FAILURES];
} phase;

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

// Phases

// At an answer, and when the phase is over: a service that has gone silent has been so until then. What is
// silent after the end of the load is the load.
static void end_silence(void)
{
    long moment = now(), silence = moment - phase.heard;
    if (silence > phase.silence && !is_ending) phase.silence = silence;
    phase.heard = moment;
}

static void begin(const char *name)
{
    snprintf(phase.name, sizeof phase.name, "%s", name);
    phase.began = phase.heard = now();
    phase.answered = phase.lost = phase.idle_closed = phase.silence = 0;
    memset(phase.wait, 0, sizeof phase.wait);
    memset(phase.failed, 0, sizeof phase.failed);
}

static void end(void)
{
    long moment = now(), total = 0, wait = 0;
    end_silence();
    for (int load = 0; load < LOADS; load++)
        if (phase.wait[load] > wait) wait = phase.wait[load];
    printf("{\"phase\": \"%s\", \"seconds\": %.3f, \"answered\": %ld, \"lost\": %ld, \"idle_closed\": %ld, "
           "\"wait_ms\": %.2f, \"silence_ms\": %.2f, \"waits_ms\": {",
           phase.name, (moment - phase.began) / 1e6, phase.answered, phase.lost, phase.idle_closed,
           wait / 1e3, phase.silence / 1e3);
    for (int load = 0; load < LOADS; load++)
        printf("%s\"%s\": %.2f", load ? ", " : "", loads[load].name, phase.wait[load] / 1e3);
    printf("}, \"kinds\": {");
    for (int load = 0; load < LOADS; load++)
        for (int kind = 0; kind < FAILURES; kind++)
            if (phase.failed[load][kind]) {
                printf("%s\"%s: %s\": %ld", total ? ", " : "", loads[load].name, failures[kind],
                       phase.failed[load][kind]);
                total += phase.failed[load][kind];
            }
    printf("}, \"failed\": %ld}\n", total);
    fflush(stdout);
}

// One client

static void waited(const struct client *client)
{
    long wait = now() - client->since;
    if (wait > phase.wait[client->load]) phase.wait[client->load] = wait;
}

static void hang_up(struct client *client)
{
    if (client->socket >= 0) close(client->socket);
    client->socket = -1;
    client->answered = 0;
}

static void rest(struct client *client, long pause)
{
    client->state = RESTING;
    client->is_second = false;
    client->alarm = now() + pause;
}

static void fail(struct client *client, enum failure failure)
{
    waited(client);
    phase.failed[client->load][failure]++;
    hang_up(client);
    rest(client, 20000);
}

static void connect_anew(struct client *client);

// The connection has ended, with this error or 0, before the answer had.
static void break_off(struct client *client, int error)
{
    bool has_bytes = client->state == READING || client->state == PAUSING || client->have > 0;
    if (client->answered && !has_bytes && !client->is_second) {
        phase.lost++;
        client->is_second = true;
        hang_up(client);
        connect_anew(client);
    } else if (error == ECONNREFUSED) {
        fail(client, REFUSED);
    } else if (has_bytes) {
        fail(client, SHORT_ANSWER);
    } else {
        fail(client, error ? RESET : CLOSED);
    }
}

static void ask(struct client *client)
{
    char request[256];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                          loads[client->load].path, loads[client->load].header);
    client->state = WAITING;
    client->have = 0;
    client->closes = false;
    if (send(client->socket, request, length, MSG_NOSIGNAL) != length) break_off(client, errno);
}

static void connect_anew(struct client *client)
{
    int yes = 1, small = 32768;
    client->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(client->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (client->load == SLOW) setsockopt(client->socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client->state = CONNECTING;
    client->have = 0;
    if (connect(client->socket, (struct sockaddr *)&server, sizeof server) == 0) ask(client);
    else if (errno != EINPROGRESS) break_off(client, errno);
}

static void connected(struct client *client)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) break_off(client, error);
    else ask(client);
}

// What a connection says at which nothing was asked: that it has ended.
static void look_at_idle(struct client *client)
{
    char byte;
    ssize_t count = recv(client->socket, &byte, 1, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count > 0) phase.failed[client->load][MALFORMED]++;
    else phase.idle_closed++;
    hang_up(client);
}

static void begin_request(struct client *client)
{
    if (client->socket >= 0) look_at_idle(client);
    client->since = now();
    if (client->socket >= 0) ask(client);
    else connect_anew(client);
}

static void complete(struct client *client)
{
    waited(client);
    end_silence();
    phase.answered++;
    client->answered++;
    if (client->closes || client->load == SHORT || client->load == SLOW) hang_up(client);
    rest(client, loads[client->load].pause);
}

static const char *value_of(const char *header, const char *name)
{
    for (const char *line = strstr(header, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, strlen(name)))
            return line + 2 + strlen(name) + strspn(line + 2 + strlen(name), " ");
    return NULL;
}

static bool is_number(const char *text, long length)
{
    for (long at = 0; at < length; at++)
        if (!(text[at] >= '0' && text[at] <= '9') && text[at] != '\n') return false;
    return length > 0;
}

// The header is complete; what has come of the body is at `body`.
static void read_header(struct client *client, char *body)
{
    long come = client->header + client->have - body;
    const char *length = value_of(client->header, "content-length:");
    const char *connection = value_of(client->header, "connection:");
    bool is_large = client->load == SLOW;
    if (strncmp(client->header, "HTTP/1.", 7) || !length) return fail(client, MALFORMED);
    if (strncmp(client->header + 9, "200", 3)) return fail(client, STATUS);
    client->left = atol(length) - come;
    client->closes = connection ? !strncasecmp(connection, "close", 5) : client->header[7] == '0';
    if (client->left < 0) return fail(client, MALFORMED);
    // A small body that is not whole yet stays in header[], and is looked at again.
    if (!is_large && client->left > 0) return;
    if (!is_large && !is_number(body, come)) return fail(client, MALFORMED);
    client->state = READING;
    if (client->left == 0) complete(client);
}

static void receive_header(struct client *client)
{
    ssize_t count = recv(client->socket, client->header + client->have, HEADER - client->have, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return break_off(client, count < 0 ? errno : 0);
    client->have += count;
    client->header[client->have] = 0;
    char *end = strstr(client->header, "\r\n\r\n");
    if (end) read_header(client, end + 4);
    else if (client->have == HEADER) fail(client, MALFORMED);
}

// A slow reader takes a little, and rests; the wait that counts is the one for the next bytes.
static void receive_body(struct client *client)
{
    static char buffer[SLOW_READ];
    ssize_t count = recv(client->socket, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return break_off(client, count < 0 ? errno : 0);
    waited(client);
    client->left -= count;
    if (client->left < 0) return fail(client, MALFORMED);
    if (client->left == 0) return complete(client);
    client->state = PAUSING;
    client->alarm = now() + SLOW_PAUSE;
}

// All of them

static void look_at(struct client *client, short events)
{
    long moment = now();
    bool is_due = moment >= client->alarm;
    switch (client->state) {
    case RESTING:
        if (is_due && !is_ending) begin_request(client);
        else if (events && client->socket >= 0) look_at_idle(client);
        return;
    case PAUSING:
        if (!is_due) return;
        client->state = READING;
        client->since = moment;
        return;
    case CONNECTING:
        if (events) return connected(client);
        break;
    case WAITING:
        if (events) return receive_header(client);
        break;
    case READING:
        if (events) return receive_body(client);
        break;
    }
    if (moment - client->since > timeout) fail(client, TIMEOUT);
}

static long deadline_of(const struct client *client)
{
    if (client->state == RESTING) return is_ending ? now() + timeout : client->alarm;
    return client->state == PAUSING ? client->alarm : client->since + timeout;
}

static bool is_at_rest(void)
{
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i].state != RESTING) return false;
    return true;
}

static void turn(struct pollfd watched[1 + CLIENTS])
{
    long moment = now(), deadline = moment + timeout;
    for (int i = 0; i < CLIENTS; i++) {
        const struct client *client = &clients[i];
        long own = deadline_of(client);
        if (own < deadline) deadline = own;
        watched[1 + i].fd = client->state == PAUSING ? -1 : client->socket;
        watched[1 + i].events = client->state == CONNECTING ? POLLOUT : POLLIN;
        watched[1 + i].revents = 0;
    }
    watched[0].fd = is_ending ? -1 : 0;
    long left = deadline > moment ? deadline - moment : 0;
    struct timespec limit = {left / 1000000, left % 1000000 * 1000};
    ppoll(watched, 1 + CLIENTS, &limit, NULL);
    for (int i = 0; i < CLIENTS; i++) look_at(&clients[i], watched[1 + i].revents);
}

// Standard input says what comes next.
static void listen_to_input(void)
{
    char line[64];
    ssize_t count = read(0, line, sizeof line - 1);
    if (count <= 0) {
        end_silence();
        is_ending = true;
        return;
    }
    line[count] = 0;
    line[strcspn(line, "\n\"\\")] = 0;
    end();
    begin(line);
}

int main(int count, char **words)
{
    if (count != 2) return 64;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons(atoi(words[1]));
    begin("begin");
    for (int load = 0, i = 0; load < LOADS; load++)
        for (int of = 0; of < loads[load].clients; of++, i++)
            clients[i] = (struct client){.load = load, .socket = -1,
                                         .alarm = now() + loads[load].pause * of / loads[load].clients};
    struct pollfd watched[1 + CLIENTS] = {{.fd = 0, .events = POLLIN}};
    while (!is_ending || !is_at_rest()) {
        turn(watched);
        if (!is_ending && watched[0].revents) listen_to_input();
    }
    end();
    return 0;
}
