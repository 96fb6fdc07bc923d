/* keyfile.c - see keyfile.h. */
#include "platform/keyfile.h"
#include "core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool kid_valid(const char *kid, size_t n)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    return n >= 1 && n < KEYFILE_KID_SIZE && strspn(kid, allowed) >= n;
}

const struct keyfile_key *keyfile_find(const struct keyfile *k, const char *kid, size_t kid_size)
{
    for (int i = 0; i < k->count; i++) {
        if (strlen(k->keys[i].kid) == kid_size && memcmp(k->keys[i].kid, kid, kid_size) == 0) {
            return &k->keys[i];
        }
    }
    return NULL;
}

/* One line. Returns NULL, or what is wrong with it. */
static const char *take_line(struct keyfile *k, char *line, size_t min, size_t max)
{
    size_t kid_size, hex_size;
    struct keyfile_key *key;
    char *hex;
    int n;

    line[strcspn(line, "\r\n")] = '\0';
    line += strspn(line, " \t");
    if (!*line || *line == '#') {
        return NULL;
    }
    if (k->count == KEYFILE_KEYS_MAX) {
        return "too many keys";
    }
    kid_size = strcspn(line, " \t");
    hex = line + kid_size + strspn(line + kid_size, " \t");
    hex_size = strcspn(hex, " \t");
    if (!kid_valid(line, kid_size)) {
        return "the key's name is not 1 to 16 letters, digits, - or _";
    }
    if (keyfile_find(k, line, kid_size)) {
        return "the key's name stands twice";
    }
    key = &k->keys[k->count];
    n = str_hex_decode(hex, hex_size, key->secret, max);
    if (n < 0 || (size_t)n < min || hex[hex_size + strspn(hex + hex_size, " \t")]) {
        return "the key is not a hexadecimal text of the right length";
    }
    memcpy(key->kid, line, kid_size);
    key->size = (size_t)n;
    k->count++;
    return NULL;
}

static const char *check_mode(FILE *f)
{
    struct stat st;

    if (fstat(fileno(f), &st) < 0) {
        return strerror(errno);
    }
    return st.st_mode & (S_IWGRP | S_IRWXO) ? "others may read it, or the group may write it: chmod 0600 or 0640" : NULL;
}

static bool path_join(char path[PATH_MAX], const char *dir, const char *name, char *err, unsigned err_size)
{
    int n = snprintf(path, PATH_MAX, "%s/%s", dir, name);

    if (n < 0 || n >= PATH_MAX) {
        snprintf(err, err_size, "%s: the path is too long", dir);
        return false;
    }
    return true;
}

bool keyfile_load(const char *dir, const char *name, size_t min, size_t max, struct keyfile *ret, char *err, unsigned err_size)
{
    struct keyfile k = { .count = 0 };
    char path[PATH_MAX], line[KEYFILE_KID_SIZE + 2 * KEYFILE_SECRET_MAX + 32];
    const char *wrong;
    unsigned number = 0;
    FILE *f;

    if (!path_join(path, dir, name, err, err_size)) {
        return false;
    }
    f = fopen(path, "re");
    if (!f) {
        snprintf(err, err_size, "%s: %s", path, strerror(errno));
        return false;
    }
    setvbuf(f, NULL, _IONBF, 0); /* leaves no copy of the secrets in a freed buffer */
    wrong = check_mode(f);
    while (!wrong && fgets(line, sizeof line, f)) {
        number++;
        wrong = take_line(&k, line, min, max);
    }
    if (!wrong && ferror(f)) {
        wrong = strerror(errno);
    }
    if (!wrong && k.count == 0) {
        wrong = "there is no key in it";
    }
    fclose(f);
    if (wrong) {
        snprintf(err, err_size, "%s:%u: %s", path, number, wrong);
    } else {
        *ret = k;
    }
    sodium_memzero(line, sizeof line);
    sodium_memzero(&k, sizeof k);
    return !wrong;
}

/* `kid hex\n` with a fresh key. */
static void make_line(char *line, size_t line_size, size_t size)
{
    uint8_t secret[KEYFILE_SECRET_MAX], end[2];
    char hex[2 * KEYFILE_SECRET_MAX + 1], kid[KEYFILE_KID_SIZE], end_hex[5];
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    randombytes_buf(secret, size);
    randombytes_buf(end, sizeof end);
    str_hex_encode(secret, size, hex);
    str_hex_encode(end, sizeof end, end_hex);
    strftime(kid, sizeof kid, "%Y%m%d-", &tm);
    snprintf(line, line_size, "%s%s %s\n", kid, end_hex, hex);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(hex, sizeof hex);
}

/* Writes a file that must not be there yet, down to the disk. */
static bool write_new(const char *path, const char *text)
{
    size_t n = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good;

    if (fd < 0) {
        return false;
    }
    good = fchmod(fd, 0600) == 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    return close(fd) == 0 && good;
}

bool keyfile_make(const char *dir, const char *name, size_t size, char *err, unsigned err_size)
{
    char path[PATH_MAX], fresh[PATH_MAX], end[32], line[KEYFILE_KID_SIZE + 2 * KEYFILE_SECRET_MAX + 32];
    bool good;

    if (sodium_init() < 0) {
        snprintf(err, err_size, "libsodium does not start");
        return false;
    }
    snprintf(end, sizeof end, "%s.%08x", name, randombytes_random());
    if (!path_join(path, dir, name, err, err_size) || !path_join(fresh, dir, end, err, err_size)) {
        return false;
    }
    if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
        snprintf(err, err_size, "%s: %s", dir, strerror(errno));
        return false;
    }
    if (access(path, F_OK) == 0) {
        return true;
    }
    make_line(line, sizeof line, size);
    /* link() refuses to replace a file that another process made meanwhile, which rename() would. */
    good = write_new(fresh, line) && (link(fresh, path) == 0 || errno == EEXIST);
    if (!good) {
        snprintf(err, err_size, "%s: %s", path, strerror(errno));
    }
    unlink(fresh);
    sodium_memzero(line, sizeof line);
    return good;
}
