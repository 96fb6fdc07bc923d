/* password.c - see password.h. */
#include "platform/password.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/log.h"
#include "core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_FIRST = 1000, WAIT_LONGEST = 10000 }; /* microseconds between two looks for a free place */
enum { HASH_MAX = 192 };                          /* bytes of a PHC string of ours */

static unsigned long computations;

unsigned long password_computations(void)
{
    return computations;
}

static unsigned long long passes(void)
{
    unsigned long long n = (unsigned long long)config_int(CONF_PASSWORD_PASSES);

    return n < crypto_pwhash_argon2id_OPSLIMIT_MIN ? crypto_pwhash_argon2id_OPSLIMIT_MIN : n;
}

static size_t memory(void)
{
    size_t n = (size_t)config_int(CONF_PASSWORD_MEMORY) * 1024;

    return n < crypto_pwhash_argon2id_MEMLIMIT_MIN ? crypto_pwhash_argon2id_MEMLIMIT_MIN : n;
}

static void ensure_sodium(void)
{
    static bool ready;

    if (!ready && sodium_init() < 0) {
        abort();
    }
    ready = true;
}

/* A locked descriptor of place i; -1 when it is taken, -2 when there is no such file and none can be made. Opened anew each
 * time, since a descriptor that came over a fork would share the parent's lock. Reading is all that a lock needs, so that the
 * files may belong to another account of this installation. */
static int take_place(int i)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/password-%d.lock", config_text(CONF_RUN_DIR), i), fd;
    bool taken;

    if (n < 0 || (size_t)n >= sizeof path) {
        return -2;
    }
    fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        return -2;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return fd;
    }
    taken = errno == EWOULDBLOCK;
    close(fd);
    return taken ? -1 : -2;
}

int password_at_once(void)
{
    int64_t asked = config_int(CONF_PASSWORD_AT_ONCE);
    int64_t places = asked > 0 ? asked : (int64_t)sysconf(_SC_NPROCESSORS_ONLN) / 2;
    return (int)(places < 1 ? 1 : places > 1024 ? 1024 : places);
}

/* Waits for one of the host's places. -1 when there are none to be had for want of lock files: better a sign-in without the
 * limit than none at all, and one line in the log says so. */
static int enter(void)
{
    static bool told;
    int places = password_at_once();
    long wait = WAIT_FIRST;
    int fd;

    ensure_sodium();
    for (;;) {
        int first = (int)randombytes_uniform((uint32_t)places);
        for (int i = 0; i < places; i++) {
            fd = take_place((first + i) % places);
            if (fd >= 0) {
                return fd;
            }
            if (fd == -2) {
                if (!told) {
                    LOG(LOG_WARN, "password_lock_unavailable", LOG_STR("dir", config_text(CONF_RUN_DIR)),
                        LOG_STR("reason", strerror(errno)));
                }
                told = true;
                return -1;
            }
        }
        nanosleep(&(struct timespec){ .tv_nsec = wait * 1000 }, NULL);
        wait = wait * 2 > WAIT_LONGEST ? WAIT_LONGEST : wait * 2;
    }
}

static void leave(int fd)
{
    computations++;
    if (fd >= 0) {
        close(fd);
    }
}

char *password_hash(struct arena *a, const char *password)
{
    char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);
    int place = enter();
    int rc = crypto_pwhash_str_alg(hash, password, strlen(password), passes(), memory(), crypto_pwhash_ALG_ARGON2ID13);

    leave(place);
    if (rc != 0) {
        LOG(LOG_ERROR, "password_no_memory", LOG_INT("kib", config_int(CONF_PASSWORD_MEMORY)));
        abort();
    }
    return hash;
}

/* A PHC string with the parameters of the settings and nothing behind it: its digest is random, so that no password fits, and
 * checking one against it costs what a real check costs. */
static void put_hash_of_nobody(char *to, size_t size)
{
    unsigned char random[16 + 32];
    char salt[32], digest[64];

    ensure_sodium();
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(salt, sizeof salt, random, 16, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(digest, sizeof digest, random + 16, 32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    snprintf(to, size, "$argon2id$v=19$m=%zu,t=%llu,p=1$%s$%s", memory() / 1024, passes(), salt, digest);
}

char *password_of_nobody(struct arena *a)
{
    char *hash = arena_alloc(a, HASH_MAX);

    put_hash_of_nobody(hash, HASH_MAX);
    return hash;
}

/* One for unknown people, drawn anew only when the settings ask for more. */
static const char *dummy_hash(void)
{
    static char text[HASH_MAX];

    if (!*text || password_needs_rehash(text)) {
        put_hash_of_nobody(text, sizeof text);
    }
    return text;
}

bool password_verify(const char *hash, const char *password)
{
    int place = enter();
    bool fits = crypto_pwhash_str_verify(hash ? hash : dummy_hash(), password, strlen(password)) == 0;

    leave(place);
    return hash && fits;
}

/* Steps over `text` at *at; false if something else stands there. */
static bool step_over(const char **at, const char *text)
{
    bool there = str_starts(*at, text);

    *at += there ? strlen(text) : 0;
    return there;
}

/* The decimal number at *at, and steps over it; 0 if there is none. */
static unsigned long long step_number(const char **at)
{
    char *end;
    unsigned long long n = strtoull(*at, &end, 10);

    *at = end;
    return n;
}

bool password_needs_rehash(const char *hash)
{
    const char *at = hash;
    unsigned long long kib, times;

    if (!step_over(&at, "$argon2id$v=19$m=")) {
        return true;
    }
    kib = step_number(&at);
    if (!step_over(&at, ",t=")) {
        return true;
    }
    times = step_number(&at);
    return !step_over(&at, ",p=1$") || kib < memory() / 1024 || times < passes();
}
