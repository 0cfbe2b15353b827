// Counts the instructions that a program carries out in user space, one by one, from its start until it ends or becomes
// another program; what it starts is not counted. Prints the number.
//
//     steps PROGRAM [ARGUMENT ...]      (argv[0] of the program is that of this one's first argument)
#include <errno.h>
#include <stdio.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    pid_t child = fork();
    if (!child) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execv(argv[1], argv + 2);
        _exit(127);
    }
    int status;
    long steps = 0;
    waitpid(child, &status, 0);
    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
    for (int signal = 0;; steps++) {
        if (ptrace(PTRACE_SINGLESTEP, child, 0, signal) || waitpid(child, &status, 0) < 0) return 1;
        if (!WIFSTOPPED(status) || status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) break;
        signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    }
    if (WIFSTOPPED(status)) ptrace(PTRACE_KILL, child, 0, 0);
    printf("%ld\n", steps);
    return 0;
}
