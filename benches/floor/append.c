// The floor of recording: starts COMMAND, waits for it, and appends 300 bytes to SPOOL.
#include <fcntl.h>
#include <signal.h>
#include "system.h"

void start(long *stack) {
    static char line[300];
    char **argv = (char **)stack + 1, **env = argv + stack[0] + 1;
#if defined __x86_64__
    long child = call(SYS_vfork, 0, 0, 0, 0);
#else
    long child = call(SYS_clone, 0x4100 | SIGCHLD, 0, 0, 0);
#endif
    if (child == 0) {
        call(SYS_execve, (long)COMMAND, (long)argv, (long)env, 0);
        call(SYS_exit, 127, 0, 0, 0);
    }
    int status = 0;
    call(SYS_wait4, child, (long)&status, 0, 0);
    long spool = call(SYS_openat, AT_FDCWD, (long)SPOOL, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    call(SYS_write, spool, (long)line, sizeof line, 0);
    leave(status >> 8 & 255);
}
