// Starts a command the way some caller would, and reports how it ended.
//
//     caller [setting=value ...] -- COMMAND [ARGUMENT ...]
//
// Settings are carried out in the order in which they stand, in the process that then becomes the command, except
// those marked (caller), which are carried out by the caller before it forks:
//
//     tty=PATH          (caller) begins a session, and takes this terminal as 0, 1 and 2
//     report=PATH       (caller) where the end is written: "exit 3", "signal 15", "stopped 20", one line each
//     pid=PATH          (caller) where "CALLER COMMAND" pids are written, once the command was started
//     become=yes        no fork: the caller becomes the command
//     reaper=yes        (caller) reaps orphans, and reports how many came after the command: "orphans 1"
//     keep=yes          the group of the command is killed if the caller is
//     cwd=PATH  umask=OCTAL  nice=N  limit=NUMBER:SOFT:HARD  ignore=SIGNAL  default=SIGNAL  block=SIGNAL
//     waiting=SIGNAL (blocked, and sent already)
//     close=FD  open=FD:PATH  pipe=FD  argv0=TEXT  alarm=SECONDS  group=own|foreground  user=ID  environment=PATH
//     lock=PATH (a record lock of fcntl)  child=SECONDS (one that lives so long)  reaps=yes (the command reaps orphans)
//
// `environment` names a file of entries, each ending with a zero byte, that take the place of the environment.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static const char *report, *pids, *argv0;
static int become, reaps;

static void fail(const char *what) {
    fprintf(stderr, "caller: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static void line(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) fail(path);
    close(fd);
}

static void take_environment(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) fail(path);
    char *text = malloc(st.st_size + 1);
    if (read(fd, text, st.st_size) != st.st_size) fail(path);
    size_t count = 0;
    for (off_t i = 0; i < st.st_size; i++) count += text[i] == 0;
    char **all = calloc(count + 1, sizeof *all), **next = all;
    for (char *at = text; at < text + st.st_size; at += strlen(at) + 1) *next++ = at;
    environ = all;
    close(fd);
}

// Before the fork; says whether the setting was one of these.
static int prepare(const char *name, const char *value) {
    if (!strcmp(name, "tty")) {
        if (setsid() < 0) fail("setsid");
        int fd = open(value, O_RDWR);
        if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0) fail(value);
        for (int i = 0; i < 3; i++) dup2(fd, i);
        if (fd > 2) close(fd);
    } else if (!strcmp(name, "report")) report = value;
    else if (!strcmp(name, "pid")) pids = value;
    else if (!strcmp(name, "become")) become = 1;
    else if (!strcmp(name, "reaper")) reaps = !prctl(PR_SET_CHILD_SUBREAPER, 1);
    else return 0;
    return 1;
}

static void apply(const char *name, const char *value) {
    int number = atoi(value);
    char *colon = strchr(value, ':');
    if (!strcmp(name, "cwd")) { if (chdir(value)) fail(value); }
    else if (!strcmp(name, "umask")) umask(strtol(value, NULL, 8));
    else if (!strcmp(name, "nice")) { errno = 0; if (nice(number) == -1 && errno) fail("nice"); }
    else if (!strcmp(name, "limit")) {
        struct rlimit limit = { strtoull(colon + 1, &colon, 10), strtoull(colon + 1, NULL, 10) };
        if (setrlimit(number, &limit)) fail("setrlimit");
    } else if (!strcmp(name, "ignore")) signal(number, SIG_IGN);
    else if (!strcmp(name, "default")) signal(number, SIG_DFL);
    else if (!strcmp(name, "block") || !strcmp(name, "waiting")) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, number);
        sigprocmask(SIG_BLOCK, &set, NULL);
        if (*name == 'w') kill(getpid(), number);
    } else if (!strcmp(name, "close")) close(number);
    else if (!strcmp(name, "open")) {
        int fd = open(colon + 1, O_RDWR | O_CREAT | O_APPEND, 0666);
        if (fd < 0) fail(value);
        if (fd != number) { dup2(fd, number); close(fd); }
    } else if (!strcmp(name, "pipe")) {
        int ends[2];
        if (pipe(ends)) fail("pipe");
        int far = fcntl(ends[1], F_DUPFD, 100);
        close(ends[1]);
        if (ends[0] != number) { dup2(ends[0], number); close(ends[0]); }
        dup2(far, number + 1);
        close(far);
    } else if (!strcmp(name, "argv0")) argv0 = value;
    else if (!strcmp(name, "alarm")) alarm(number);
    else if (!strcmp(name, "lock")) {
        struct flock all = { .l_type = F_WRLCK };
        if (fcntl(open(value, O_RDWR | O_CREAT, 0666), F_SETLK, &all)) fail(value);
    } else if (!strcmp(name, "reaps")) prctl(PR_SET_CHILD_SUBREAPER, 1);
    else if (!strcmp(name, "child")) { if (!fork()) _exit(sleep(number)); }
    else if (!strcmp(name, "group")) {
        setpgid(0, 0);
        if (!strcmp(value, "foreground")) {
            signal(SIGTTOU, SIG_IGN);
            if (tcsetpgrp(0, getpgrp())) fail("tcsetpgrp");
            signal(SIGTTOU, SIG_DFL);
        }
    } else if (!strcmp(name, "keep")) prctl(PR_SET_PDEATHSIG, SIGKILL);
    else if (!strcmp(name, "user")) {
        if (setgroups(0, NULL) || setgid(number) || setuid(number)) fail("setuid");
    } else if (!strcmp(name, "environment")) take_environment(value);
    else { errno = EINVAL; fail(name); }
}

static char *find(char *name) {
    static char path[4096];
    if (strchr(name, '/')) return name;
    char *all = strdup(getenv("PATH") ? getenv("PATH") : "/bin:/usr/bin");
    for (char *at; (at = strsep(&all, ":"));) {
        snprintf(path, sizeof path, "%s/%s", *at ? at : ".", name);
        struct stat st;
        if (!access(path, X_OK) && !stat(path, &st) && S_ISREG(st.st_mode)) return path;
    }
    errno = ENOENT;
    fail(name);
    return NULL;
}

static void reap(void) {
    char text[64];
    int count = 0;
    while (wait(NULL) > 0) count++;
    snprintf(text, sizeof text, "orphans %d\n", count);
    line(report, text);
}

static void await(pid_t child) {
    for (;;) {
        int status;
        char text[64];
        if (waitpid(child, &status, WUNTRACED | WCONTINUED) < 0) {
            if (errno == EINTR) continue;
            fail("waitpid");
        }
        if (WIFEXITED(status)) snprintf(text, sizeof text, "exit %d\n", WEXITSTATUS(status));
        else if (WIFSIGNALED(status)) snprintf(text, sizeof text, "signal %d\n", WTERMSIG(status));
        else if (WIFSTOPPED(status)) snprintf(text, sizeof text, "stopped %d\n", WSTOPSIG(status));
        else snprintf(text, sizeof text, "continued\n");
        if (report) line(report, text);
        if (reaps && !WIFSTOPPED(status) && !WIFCONTINUED(status)) reap();
        if (WIFEXITED(status) || WIFSIGNALED(status)) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
}

int main(int argc, char **argv) {
    // What the tests' own runtime left behind is no part of the case.
    signal(SIGPIPE, SIG_DFL);
    int at = 1;
    struct { char *name, *value; } settings[64];
    int count = 0;
    for (; at < argc && strcmp(argv[at], "--"); at++) {
        char *equals = strchr(argv[at], '=');
        if (!equals || count == 64) { errno = EINVAL; fail(argv[at]); }
        *equals = 0;
        if (!prepare(argv[at], equals + 1)) settings[count].name = argv[at], settings[count++].value = equals + 1;
    }
    if (at + 1 >= argc) { errno = EINVAL; fail("no command"); }
    char *file = find(argv[at + 1]);
    pid_t child = become ? 0 : fork();
    if (child < 0) fail("fork");
    if (!child) {
        for (int i = 0; i < count; i++) apply(settings[i].name, settings[i].value);
        if (argv0) argv[at + 1] = (char *)argv0;
        execv(file, argv + at + 1);
        fail(file);
    }
    // The caller itself survives what a terminal sends to everybody.
    signal(SIGINT, SIG_IGN), signal(SIGQUIT, SIG_IGN), signal(SIGTSTP, SIG_IGN), signal(SIGTTOU, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (pids) {
        char text[64];
        snprintf(text, sizeof text, "%d %d\n", getpid(), child);
        line(pids, text);
    }
    await(child);
}
