// What the limits of dispatching share: a listener, workers in turn, and the loop. Whoever includes it has
// defined `struct worker` with `channel`, the master's end, and defines what is declared here.

struct worker;
static int can_take(const struct worker *worker);
static void pass(void);
static void hear(struct worker *worker);

static struct worker workers[MOST_WORKERS];
static int count, turn, listener, epoll, is_watched;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

// Its channel is told of from now on.
static void attend(struct worker *worker, int channel, int index)
{
    worker->channel = channel;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, channel, &event) < 0) die("epoll_ctl");
}

static struct worker *pick(void)
{
    for (int step = 0; step < count; step++) {
        struct worker *worker = &workers[(turn + step) % count];
        if (can_take(worker)) return worker;
    }
    return NULL;
}

static void watch(int is_wanted)
{
    if (is_wanted == is_watched) return;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    if (epoll_ctl(epoll, is_wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener, &event) < 0)
        die("epoll_ctl");
    is_watched = is_wanted;
}

static void watch_if_anybody_can_take(void)
{
    int anybody = 0;
    for (int i = 0; i < count; i++) anybody |= can_take(&workers[i]);
    watch(anybody);
}

static void open_listener(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
    if (listen(listener, 4096) < 0) die("listen");
    epoll = epoll_create1(EPOLL_CLOEXEC);
}

static void dispatch(void)
{
    for (;;) {
        struct epoll_event events[64];
        int happened = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < happened; i++) {
            if (events[i].data.u32 == UINT32_MAX)
                pass();
            else
                hear(&workers[events[i].data.u32]);
        }
    }
}
