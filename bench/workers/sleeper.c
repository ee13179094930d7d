// The cheapest worker there is: it says READY=1, if somebody wants to hear it, and sleeps until a signal
// ends it. What is measured around it is the master's share alone.

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int say_ready(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    static const char ready[] = "READY=1";
    if (path[0] != '/' || strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    int channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (channel < 0) return -1;
    ssize_t sent = sendto(channel, ready, sizeof ready - 1, 0, (struct sockaddr *)&address, sizeof address);
    close(channel);
    return sent < 0 ? -1 : 0;
}

int main(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (path != NULL && say_ready(path) < 0) return 1;
    for (;;) pause();
}
