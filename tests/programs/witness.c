// Stands in for a wrapped command, and tells everything that a process can see of how it was started.
//
// It does what its arguments of the form word=value say, in the order in which they stand (for make these are variable
// assignments, so the same command line means something to the shim), and ignores all others:
//
//     tell=PATH|-       writes all that it sees (- is stdout)
//     out=TEXT err=TEXT writes a line            copy=yes          copies stdin to stdout
//     exit=N            exits                    die=SIGNAL        kills itself, with the default disposition
//     stop=SIGNAL       stops itself             sleep=MILLIS      sleeps, whatever arrives
//     count=PATH        counts signals until SIGRTMAX comes, PATH.enough exists or 20 s are over; writes "ready" first,
//                       at last the counts, and what they carried: the digits that sigqueue(3) gave along, in order
//     sender=PATH       writes "ready", and then the pid of who sent USR1
//     await=PATH        exits with 9 unless this comes into being within 5 s
//     lock=PATH         says whether a record lock (fcntl) can be had      close=FD
//     group=own         takes a group of its own, and the terminal
//     size=PATH         writes the terminal's rows and columns whenever WINCH arrives, first at once; ends with INT
//     edit=yes          like an editor: on TSTP says "restored", stops itself, says "redrawn"; ends with INT
//     link=NAME unlink=NAME  a service is enabled, disabled
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static volatile sig_atomic_t counts[65], carried[65];

static void bytes(FILE *to, const char *text) {
    for (; *text; text++)
        if (*text > ' ' && *text < 127 && *text != '\\') fputc(*text, to);
        else fprintf(to, "\\x%02x", (unsigned char)*text);
    fputc('\n', to);
}

static void file(FILE *to, const char *name, const char *path) {
    char text[8192];
    FILE *from = fopen(path, "r");
    if (!from) return;
    while (fgets(text, sizeof text, from)) {
        // What names a process, a moment or memory differs from run to run. FDSize is memory: the length of the table
        // of descriptors, which a fork shrinks to those that are open, whoever forks.
        static const char *varying[] = { "Name:", "Pid:", "Tgid:", "PPid:", "TracerPid:", "NStgid:", "NSpid:", "Vm",
            "Rss", "HugetlbPages", "voluntary_ctxt", "nonvoluntary", "Threads:", "State:", "NSpgid:", "NSsid:", "Ngid:",
            "x86_Thread", "SigQ:", "untag_mask", "ino:", "FDSize:" };
        int skip = 0;
        for (size_t i = 0; i < sizeof varying / sizeof *varying; i++) skip |= !strncmp(text, varying[i], strlen(varying[i]));
        if (!skip) fprintf(to, "%s: %s%s", name, text, strchr(text, '\n') ? "" : "\n");
    }
    fclose(from);
}

static int by_number(const struct dirent **a, const struct dirent **b) {
    return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static void descriptors(FILE *to) {
    struct dirent **all;
    int own = fileno(to), count = scandir("/proc/self/fd", &all, NULL, by_number);
    for (int i = 0; i < count; i++) {
        int fd = atoi(all[i]->d_name);
        struct stat st;
        if (all[i]->d_name[0] == '.' || fd == own || fstat(fd, &st)) continue;
        char link[64], target[4096] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        char *inode = strchr(target, '[');
        if (inode && target[0] != '/') *inode = 0;
        fprintf(to, "descriptor %d: %s flags %o\n", fd, target, fcntl(fd, F_GETFL));
    }
}

static void tell(const char *path, int argc, char **argv) {
    FILE *to = strcmp(path, "-") ? fopen(path, "we") : stdout;
    if (!to) { perror(path); exit(98); }
    char text[4096];
    fprintf(to, "arguments: %d\n", argc);
    for (int i = 0; i < argc; i++) fprintf(to, "argument %d: ", i), bytes(to, argv[i]);
    for (char **entry = environ; *entry; entry++) fprintf(to, "environment: "), bytes(to, *entry);
    fprintf(to, "folder: %s\n", getcwd(text, sizeof text) ? text : "gone");
    ssize_t length = readlink("/proc/self/exe", text, sizeof text - 1);
    text[length < 0 ? 0 : length] = 0;
    fprintf(to, "program: %s\n", text);
    fprintf(to, "pid: %d\nparent: %d\ngroup: %d\nsession: %d\n", getpid(), getppid(), getpgrp(), getsid(0));
    for (int fd = 0; fd < 3; fd++) fprintf(to, "foreground group by %d: %d\n", fd, tcgetpgrp(fd));
    int death = 0;
    prctl(PR_GET_PDEATHSIG, &death);
    fprintf(to, "parent-death signal: %d\n", death);
    int reaper = 0;
    prctl(PR_GET_CHILD_SUBREAPER, &reaper);
    fprintf(to, "subreaper: %d\ndumpable: %d\ntimer slack: %d\nkeep capabilities: %d\n", reaper,
        prctl(PR_GET_DUMPABLE), prctl(PR_GET_TIMERSLACK), prctl(PR_GET_KEEPCAPS));
    fprintf(to, "scheduler: %d\nnice: %d\n", sched_getscheduler(0), getpriority(PRIO_PROCESS, 0));
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit;
        getrlimit(i, &limit);
        fprintf(to, "limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
    }
    for (int i = 1; i <= 64; i++) {
        struct sigaction now;
        if (i == 32 || i == 33 || sigaction(i, NULL, &now)) continue;
        if (now.sa_handler != SIG_DFL) fprintf(to, "signal %d: %s\n", i, now.sa_handler == SIG_IGN ? "ignored" : "caught");
    }
    struct itimerval timer;
    getitimer(ITIMER_REAL, &timer);
    siginfo_t any;
    fprintf(to, "children: %s\n", waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) ? "none" : "some");
    fprintf(to, "alarm: %s\n", timer.it_value.tv_sec || timer.it_value.tv_usec ? "set" : "none");
    file(to, "status", "/proc/self/status");
    file(to, "oom", "/proc/self/oom_score_adj");
    file(to, "core filter", "/proc/self/coredump_filter");
    file(to, "personality", "/proc/self/personality");
    file(to, "control group", "/proc/self/cgroup");
    file(to, "login", "/proc/self/loginuid");
    descriptors(to);
    if (to != stdout) fclose(to);
    else fflush(to);
}

static void note(int signal, siginfo_t *info, void *context) {
    (void)context;
    counts[signal]++;
    if (info->si_code == SI_QUEUE) carried[signal] = carried[signal] * 10 + info->si_value.sival_int;
}

static void handle(int signal) {
    struct sigaction own = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
    sigaction(signal, &own, NULL);
}

static void pause_for(long millis) {
    struct timespec left = { millis / 1000, millis % 1000 * 1000000 };
    while (nanosleep(&left, &left) && errno == EINTR) {}
}

static void count(const char *path) {
    for (int i = 1; i <= 64; i++) {
        struct sigaction now;
        if (i == SIGKILL || i == SIGSTOP || i == 32 || i == 33) continue;
        sigaction(i, NULL, &now);
        if (now.sa_handler != SIG_IGN) handle(i);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, "ready\n", 6) != 6) exit(98);
    char enough[4096];
    snprintf(enough, sizeof enough, "%s.enough", path);
    for (int i = 0; i < 2000 && !counts[SIGRTMAX] && access(enough, F_OK); i++) pause_for(10);
    for (int i = 1; i <= 64; i++) {
        if (counts[i]) dprintf(fd, "%d: %d\n", i, counts[i]);
        if (carried[i]) dprintf(fd, "%d carried %d\n", i, carried[i]);
    }
    dprintf(fd, "done\n");
}

static void sender(const char *path) {
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    dprintf(fd, "ready\n");
    if (sigwaitinfo(&set, &info) > 0) dprintf(fd, "%d\n", info.si_pid);
}

static void await(const char *path) {
    for (int i = 0; access(path, F_OK); i++, pause_for(10)) if (i == 500) exit(9);
}

static void lock(const char *path) {
    struct flock all = { .l_type = F_WRLCK };
    printf("lock: %s\n", fcntl(open(path, O_RDWR | O_CREAT, 0666), F_SETLK, &all) ? "taken" : "ours"), fflush(stdout);
}

static void lead(void) {
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, getpgrp());
    signal(SIGTTOU, SIG_DFL);
}

static void sizes(const char *path) {
    handle(SIGWINCH);
    handle(SIGINT);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), told = -1;
    while (!counts[SIGINT]) {
        struct winsize size;
        if (told != counts[SIGWINCH] && !ioctl(0, TIOCGWINSZ, &size)) dprintf(fd, "%d %d\n", size.ws_row, size.ws_col);
        told = counts[SIGWINCH];
        pause_for(10);
    }
    dprintf(fd, "INT %d\n", counts[SIGINT]);
}

static void edit(void) {
    handle(SIGTSTP);
    handle(SIGINT);
    printf("editing\n"), fflush(stdout);
    for (int seen = 0; !counts[SIGINT]; pause_for(5)) {
        if (seen == counts[SIGTSTP]) continue;
        seen = counts[SIGTSTP];
        printf("restored\n"), fflush(stdout);
        raise(SIGSTOP);
        printf("redrawn\n"), fflush(stdout);
    }
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) continue;
        char word[32] = "", *value = equals + 1, path[4096], target[4096];
        if ((size_t)(equals - argv[i]) < sizeof word) memcpy(word, argv[i], equals - argv[i]);
        int number = atoi(value);
        if (!strcmp(word, "tell")) tell(value, argc, argv);
        else if (!strcmp(word, "out")) printf("%s\n", value), fflush(stdout);
        else if (!strcmp(word, "err")) fprintf(stderr, "%s\n", value);
        else if (!strcmp(word, "exit")) exit(number);
        else if (!strcmp(word, "sleep")) pause_for(number);
        else if (!strcmp(word, "count")) count(value);
        else if (!strcmp(word, "sender")) sender(value);
        else if (!strcmp(word, "await")) await(value);
        else if (!strcmp(word, "lock")) lock(value);
        else if (!strcmp(word, "close")) close(number);
        else if (!strcmp(word, "group")) lead();
        else if (!strcmp(word, "size")) sizes(value);
        else if (!strcmp(word, "edit")) edit();
        else if (!strcmp(word, "stop")) raise(number);
        else if (!strcmp(word, "link")) {
            snprintf(path, sizeof path, "services-enabled/%s.yml", value);
            snprintf(target, sizeof target, "../services-available/%s.yml", value);
            if (symlink(target, path)) perror(path);
        } else if (!strcmp(word, "unlink")) {
            snprintf(path, sizeof path, "services-enabled/%s.yml", value);
            if (unlink(path)) perror(path);
        } else if (!strcmp(word, "copy")) {
            for (ssize_t n; (n = read(0, path, sizeof path)) > 0;)
                if (write(1, path, n) != n) exit(97);
        } else if (!strcmp(word, "die")) {
            sigset_t set;
            sigemptyset(&set);
            sigaddset(&set, number);
            signal(number, SIG_DFL);
            sigprocmask(SIG_UNBLOCK, &set, NULL);
            kill(getpid(), number);
            pause_for(1000);
        }
    }
    return 0;
}
