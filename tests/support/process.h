/* process.h - starting programs from tests, perhaps as another user, and folders that come and go. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How a program is started. */
struct process {
    const char *const *argv; /* NULL-terminated; argv[0] is a path or found in PATH */
    const char *folder;      /* working directory; NULL for ours */
    const char *log;         /* file that both output streams are appended to; NULL for ours */
    bool as_service;         /* as the user `postgres` when we are root */
    int dies_with_us;        /* signal that it gets when this program ends, however it ends; 0 for none */
    bool detached;           /* in a session of its own, holding none of our descriptors */
};

/* Ends this program with words and status 99. */
void process_die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Ends this program unless there is such a file; `words` say where it comes from: "npm ci in nginx/www brings it". */
void process_need(const char *path, const char *words);
/* What a file's last lines say, on stderr; nothing where there is no file (or NULL). */
void process_show(const char *log);

pid_t process_start(const struct process *p);
/* Starts it and waits until it is ready, as `ready` finds. When it ends before, or isn't within two minutes, ends this program, with what its
 * log says: what can't start is known at once. */
pid_t process_start_ready(const struct process *p, bool (*ready)(pid_t pid, void *context), void *context);
/* Starts it and waits. Exit status, or 128 + signal. */
int process_run(const struct process *p);
/* Runs it and reads both its output streams, at most size - 1 bytes of them; a NUL follows. */
int process_read(const struct process *p, char *output, size_t size);
/* Sends the signal and waits up to `seconds` for its end, then kills it. Works for children and for others that we may signal. */
void process_end(pid_t pid, int signal, int seconds);

/* Makes a folder (mode 0711), owned by the user `postgres` when we are root and it is for services. Dies when it can't. */
void folder_make(const char *path, bool for_services);
/* Removes a folder with all that is in it; what isn't there is fine. */
void folder_remove(const char *path);
