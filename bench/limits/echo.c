// The limit of bench/subjects/control.py: a server on a unix socket that answers each message that ends
// with a NUL with the same bytes, which it is given in a file.
//
//     echo SOCKET FILE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 64 };

static void check(int result, const char *what)
{
    if (result >= 0) return;
    perror(what);
    exit(1);
}

static void answer(int client, const char *reply, size_t length)
{
    while (length > 0) {
        ssize_t sent = write(client, reply, length);
        check(sent, "write");
        reply += sent;
        length -= sent;
    }
}

int main(int count, char **words)
{
    if (count != 3) return 64;
    int file = open(words[2], O_RDONLY);
    check(file, words[2]);
    struct stat status;
    check(fstat(file, &status), words[2]);
    char *reply = malloc(status.st_size);
    if (!reply || read(file, reply, status.st_size) != status.st_size) return 66;

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(words[1]) >= sizeof address.sun_path) return 64;
    strcpy(address.sun_path, words[1]);
    struct pollfd watched[1 + MOST] = {{.fd = socket(AF_UNIX, SOCK_STREAM, 0), .events = POLLIN}};
    check(bind(watched[0].fd, (struct sockaddr *)&address, sizeof address), "bind");
    check(listen(watched[0].fd, MOST), "listen");
    nfds_t open_now = 1;
    char buffer[65536];
    for (;;) {
        check(poll(watched, open_now, -1), "poll");
        for (nfds_t i = 1; i < open_now; i++) {
            if (!watched[i].revents) continue;
            ssize_t received = read(watched[i].fd, buffer, sizeof buffer);
            if (received <= 0) {
                close(watched[i].fd);
                watched[i--] = watched[--open_now];
                continue;
            }
            for (ssize_t at = 0; at < received; at++)
                if (buffer[at] == 0) answer(watched[i].fd, reply, status.st_size);
        }
        if (watched[0].revents && open_now <= MOST) {
            int client = accept(watched[0].fd, NULL, NULL);
            check(client, "accept");
            watched[open_now++] = (struct pollfd){.fd = client, .events = POLLIN};
        }
    }
}
