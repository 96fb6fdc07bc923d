/* process.c - see process.h. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void process_die(const char *fmt, ...)
{
    va_list ap;
    fflush(stdout);
    fputs("test services: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(99);
}

void process_show(const char *log)
{
    char text[4096];
    FILE *f = log != NULL ? fopen(log, "re") : NULL;
    if (f != NULL) {
        fseek(f, -(long)sizeof text, SEEK_END); /* of a shorter one, all */
        size_t n = fread(text, 1, sizeof text, f);
        fwrite(text, 1, n, stderr);
        fclose(f);
    }
}

void process_need(const char *path, const char *words)
{
    if (access(path, F_OK) != 0) {
        process_die("there is no %s: %s", path, words);
    }
}

/* The account that services run as; NULL when it is our own. */
static const struct passwd *service_account(void)
{
    if (geteuid() != 0) {
        return NULL;
    }
    const struct passwd *pw = getpwnam("postgres");
    if (pw == NULL) {
        process_die("there is no user \"postgres\", and PostgreSQL refuses to run as root");
    }
    return pw;
}

/* ---- starting: between fork and exec nothing may fail quietly ---- */

static void child_die(const char *what)
{
    int error = errno;
    dprintf(STDERR_FILENO, "test services: %s: %s\n", what, strerror(error));
    _exit(127);
}

static void redirect(int from, int to)
{
    if (dup2(from, to) < 0) {
        child_die("dup2");
    }
}

static void child_streams(const struct process *p, int output)
{
    int null = open("/dev/null", O_RDONLY);
    if (null < 0) {
        child_die("/dev/null");
    }
    redirect(null, STDIN_FILENO);
    if (p->log != NULL) {
        output = open(p->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (output < 0) {
            child_die(p->log);
        }
    }
    if (output >= 0) {
        redirect(output, STDOUT_FILENO);
        redirect(output, STDERR_FILENO);
    }
    for (int fd = 3; fd < 256; fd++) {
        close(fd);
    }
}

static void child_become(const struct passwd *pw)
{
    if (pw != NULL && (setgroups(0, NULL) != 0 || setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)) {
        child_die("becoming another user");
    }
}

static pid_t start(const struct process *p, int output)
{
    const struct passwd *pw = p->as_service ? service_account() : NULL;
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        process_die("fork: %s", strerror(errno));
    }
    if (pid > 0) {
        return pid;
    }
    child_streams(p, output);
    if (p->detached && setsid() < 0) {
        child_die("setsid");
    }
    child_become(pw);
    /* After the change of user, which would clear it. */
    if (p->dies_with_us != 0 && (prctl(PR_SET_PDEATHSIG, p->dies_with_us) != 0 || getppid() != parent)) {
        child_die("prctl");
    }
    if (p->folder != NULL && chdir(p->folder) != 0) {
        child_die(p->folder);
    }
    execvp(p->argv[0], (char *const *)(uintptr_t)p->argv);
    child_die(p->argv[0]);
    return -1;
}

pid_t process_start(const struct process *p)
{
    return start(p, -1);
}

pid_t process_start_ready(const struct process *p, bool (*ready)(pid_t pid, void *context), void *context)
{
    enum { SECONDS = 120, TICKS = 200 }; /* a second has so many */
    const struct timespec tick = { .tv_nsec = 1000000000 / TICKS };
    pid_t pid = process_start(p);
    for (int i = 0; i < SECONDS * TICKS && waitpid(pid, NULL, WNOHANG) != pid; i++) {
        if (ready(pid, context)) {
            return pid;
        }
        nanosleep(&tick, NULL);
    }
    process_show(p->log);
    process_die("%s did not start", p->argv[0]);
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            process_die("waitpid: %s", strerror(errno));
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int process_run(const struct process *p)
{
    return wait_for(process_start(p));
}

int process_read(const struct process *p, char *output, size_t size)
{
    int ends[2];
    char rest[4096];
    size_t n = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        process_die("pipe: %s", strerror(errno));
    }
    pid_t pid = start(p, ends[1]);
    close(ends[1]);
    for (;;) {
        bool full = n + 1 >= size;
        ssize_t got = read(ends[0], full ? rest : output + n, full ? sizeof rest : size - 1 - n);
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            break;
        }
        if (!full && got > 0) {
            n += (size_t)got;
        }
    }
    output[n] = 0;
    close(ends[0]);
    return wait_for(pid);
}

/* ---- ending ---- */

static bool gone(pid_t pid)
{
    if (waitpid(pid, NULL, WNOHANG) == pid) {
        return true;
    }
    return kill(pid, 0) != 0 && errno == ESRCH;
}

void process_end(pid_t pid, int signal, int seconds)
{
    const struct timespec tick = { .tv_nsec = 10000000 };
    kill(pid, signal);
    for (int i = 0; i < seconds * 100; i++) {
        if (gone(pid)) {
            return;
        }
        nanosleep(&tick, NULL);
    }
    kill(pid, SIGKILL);
    for (int i = 0; i < 500 && !gone(pid); i++) {
        nanosleep(&tick, NULL);
    }
}

/* ---- folders ---- */

void folder_make(const char *path, bool for_services)
{
    const struct passwd *pw = for_services ? service_account() : NULL;
    if ((mkdir(path, 0711) != 0 && errno != EEXIST) || chmod(path, 0711) != 0 ||
        (pw != NULL && chown(path, pw->pw_uid, pw->pw_gid) != 0)) {
        process_die("%s: %s", path, strerror(errno));
    }
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

void folder_remove(const char *path)
{
    nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS);
}
