// The cheapest worker there is: it says READY=1 and sleeps until a signal ends it.
// What is measured around it is the master's share alone.

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || path[0] != '/' || strlen(path) >= sizeof address.sun_path) return 1;
    strcpy(address.sun_path, path);

    int channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const char ready[] = "READY=1";
    if (channel < 0) return 1;
    if (sendto(channel, ready, sizeof ready - 1, 0, (struct sockaddr *)&address, sizeof address) < 0)
        return 1;
    close(channel);
    for (;;) pause();
}
