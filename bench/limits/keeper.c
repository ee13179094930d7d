// The limit for a master's footprint: it starts programs and waits for their ends. It prints "ready" when all
// have been started.
//
//     keeper COUNT PROGRAM
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
    int count = argc == 3 ? atoi(argv[1]) : 0;
    if (count < 1) return 64;
    char *words[] = {argv[2], NULL};
    for (int i = 0; i < count; i++)
        if (posix_spawn(&(pid_t){0}, argv[2], NULL, NULL, words, environ) != 0) return 71;
    puts("ready");
    fflush(stdout);
    while (wait(NULL) > 0) {
    }
    return 0;
}
