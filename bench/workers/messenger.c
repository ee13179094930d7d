// A worker that talks to others by the channel of Protocol=martlet (docs/protocol.md), as it is wished
// by the benchmark, at the unix socket of the variable DIRECTOR. There it says its slot, and then hears
//
//     ask COUNT AT_A_TIME     that many questions to slot 1, each answered: "done" when all are
//     expect COUNT            "done"; and once more when so many pieces of news have come
//     tell COUNT AT_A_TIME    so many pieces of news to all workers; a next one when one has come here
//     count COUNT AT_A_TIME   so many are added to a counter: "done"
//     value                   what the counter is now
//
// The counter is in the memory of MARTLET_COUNTERS; without it (limits/relay.c) it is the relay's own, which
// is told by packets.

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HELLO = 1, MESSAGE = 8, FROM_MASTER = 34, LEAVE = 33, RESUME = 36, RESUMED = 10, COUNT = 64 };
enum { TO_SLOT = 3, TO_WORKERS = 5 };

struct packet {
    uint16_t kind, listener;
    uint32_t number;
    char body[4096];
};

static int channel, director;
static int64_t *counter;
static long to_ask, to_be_answered, to_tell, to_hear, to_count, to_be_counted;
static uint32_t counted;  // as the relay has said last

static void put(uint16_t kind, uint16_t listener, uint32_t number, const char *body)
{
    struct packet packet = {.kind = kind, .listener = listener, .number = number};
    size_t length = strlen(body);
    memcpy(packet.body, body, length);
    if (send(channel, &packet, 8 + length, MSG_NOSIGNAL) < 0) exit(1);
}

static void answer(const char *format, long number)
{
    char line[32];
    int length = snprintf(line, sizeof line, format, number);
    if (send(director, line, (size_t)length, MSG_NOSIGNAL) < 0) exit(0);
}

static void meet(const char *path, int type, const char *words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof address.sun_path) return;
    strcpy(address.sun_path, path);
    int there = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (connect(there, (struct sockaddr *)&address, sizeof address) < 0) exit(1);
    if (send(there, words, strlen(words), MSG_NOSIGNAL) < 0) exit(1);
    if (type == SOCK_STREAM) director = there;
    else close(there);
}

static void map_counter(const char *descriptor)
{
    static const char name[] = "bench";
    if (descriptor == NULL) return;
    uint64_t hash = 0xCBF29CE484222325;
    for (const char *letter = name; *letter; letter++) hash = (hash ^ (uint8_t)*letter) * 0x100000001B3;
    struct { uint64_t key; int64_t value; } *table =
        mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(descriptor), 0);
    if (table == MAP_FAILED) exit(1);
    for (int step = 0; step < 1024; step++) {
        size_t place = (hash + (uint64_t)step) % 1024;
        uint64_t held = __sync_val_compare_and_swap(&table[place].key, 0, hash);
        if (held == 0 || held == hash) {
            counter = &table[place].value;
            return;
        }
    }
    exit(1);
}

static void hear(void)
{
    struct packet packet;
    ssize_t count = recv(channel, &packet, sizeof packet, 0);
    if (count < 0 && errno == EINTR) return;
    if (count <= 0 || packet.kind == LEAVE) exit(0);
    if (packet.kind == RESUME) put(RESUMED, 0, 1, "");
    if (packet.kind == COUNT) {
        counted = packet.number;
        if (to_count > 0 && to_count--) put(COUNT, 0, 1, "");
        if (--to_be_counted == 0) answer("done\n", 0);
    }
    if (packet.kind != FROM_MASTER || count < 10) return;
    switch (packet.body[1]) {
    case 'p':  // "ping"; the others are "answer" and "news"
        put(MESSAGE, TO_SLOT, packet.number, "\"answer\"");
        break;
    case 'a':
        if (to_ask > 0 && to_ask--) put(MESSAGE, TO_SLOT, 1, "\"ping\"");
        if (--to_be_answered == 0) answer("done\n", 0);
        break;
    default:
        if (to_tell > 0 && to_tell--) put(MESSAGE, TO_WORKERS, 0, "\"news\"");
        if (--to_hear == 0) answer("done\n", 0);
    }
}

static void add(long count, long first)
{
    if (counter == NULL) {
        to_be_counted = count;
        to_count = count - first;
        for (long i = 0; i < first; i++) put(COUNT, 0, 1, "");
        return;
    }
    for (long i = 0; i < count; i++) __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
    answer("done\n", 0);
}

static void obey(const char *line)
{
    char verb[16] = "";
    long count = 0, at_a_time = 1;
    sscanf(line, "%15s %ld %ld", verb, &count, &at_a_time);
    long first = count < at_a_time ? count : at_a_time;
    if (strcmp(verb, "ask") == 0) {
        to_be_answered = count;
        to_ask = count - first;
        for (long i = 0; i < first; i++) put(MESSAGE, TO_SLOT, 1, "\"ping\"");
    } else if (strcmp(verb, "expect") == 0) {
        to_hear = count;
        answer("done\n", 0);
    } else if (strcmp(verb, "tell") == 0) {
        to_tell = count - first;
        for (long i = 0; i < first; i++) put(MESSAGE, TO_WORKERS, 0, "\"news\"");
    } else if (strcmp(verb, "count") == 0) {
        add(count, first);
    } else {
        answer("%ld\n", counter ? __atomic_load_n(counter, __ATOMIC_SEQ_CST) : counted);
    }
}

int main(void)
{
    const char *name = getenv("MARTLET_CHANNEL"), *slot = getenv("MARTLET_WORKER");
    if (name == NULL || slot == NULL) return 64;
    channel = atoi(name);
    map_counter(getenv("MARTLET_COUNTERS"));
    put(HELLO, 0, 1, "");
    meet(getenv("NOTIFY_SOCKET"), SOCK_DGRAM, "READY=1");
    char greeting[16];
    snprintf(greeting, sizeof greeting, "%d\n", atoi(slot));
    meet(getenv("DIRECTOR"), SOCK_STREAM, greeting);
    struct pollfd watched[2] = {{.fd = channel, .events = POLLIN}, {.fd = director, .events = POLLIN}};
    for (;;) {
        if (poll(watched, 2, -1) < 0) return 1;
        if (watched[0].revents) hear();
        if (!watched[1].revents) continue;
        // One command at a time: the next is sent when this one is done.
        char line[64];
        ssize_t count = recv(director, line, sizeof line - 1, 0);
        if (count <= 0) return 0;
        line[count] = 0;
        obey(line);
    }
}
