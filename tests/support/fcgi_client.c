/* fcgi_client.c - see fcgi_client.h. */
#include "fcgi_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEADER = 8, CONTENT_MAX = 65535, ID = 1, PATIENCE = 20 };

static bool address_of(const char *path, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof ret->sun_path) {
        return false;
    }
    strcpy(ret->sun_path, path);
    return true;
}

int fcgi_client_listen(const char *path)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || !address_of(path, &address) || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 128) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int fcgi_client_connect(const char *path)
{
    struct timeval patience = { .tv_sec = PATIENCE };
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || !address_of(path, &address) || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

void fcgi_client_record(struct buf *b, int type, int id, const void *p, size_t n)
{
    size_t padding = (HEADER - n % HEADER) % HEADER;
    unsigned char header[HEADER] = { 1,
                                     (unsigned char)type,
                                     (unsigned char)(id >> 8),
                                     (unsigned char)id,
                                     (unsigned char)(n >> 8),
                                     (unsigned char)n,
                                     (unsigned char)padding,
                                     0 };

    buf_append(b, header, sizeof header);
    buf_append(b, p, n);
    buf_append(b, "\0\0\0\0\0\0\0", padding);
}

void fcgi_client_begin(struct buf *b, int role, int flags)
{
    unsigned char body[8] = { (unsigned char)(role >> 8), (unsigned char)role, (unsigned char)flags, 0, 0, 0, 0, 0 };

    fcgi_client_record(b, FCGI_CLIENT_BEGIN, ID, body, sizeof body);
}

static void put_length(struct buf *b, size_t n)
{
    if (n < 128) {
        buf_char(b, (char)n);
    } else {
        buf_char(b, (char)(n >> 24 | 0x80));
        buf_char(b, (char)(n >> 16));
        buf_char(b, (char)(n >> 8));
        buf_char(b, (char)n);
    }
}

/* A stream cut into records of the greatest size. */
static void put_stream(struct buf *b, int type, const char *p, size_t n)
{
    size_t part;

    for (; n; p += part, n -= part) {
        part = n < CONTENT_MAX ? n : CONTENT_MAX;
        fcgi_client_record(b, type, ID, p, part);
    }
}

void fcgi_client_param(struct buf *b, const char *name, const char *value)
{
    struct buf pair = { 0 };

    put_length(&pair, strlen(name));
    put_length(&pair, strlen(value));
    buf_str(&pair, name);
    buf_str(&pair, value);
    put_stream(b, FCGI_CLIENT_PARAMS, pair.data, pair.len);
    buf_free(&pair);
}

void fcgi_client_params_end(struct buf *b)
{
    fcgi_client_record(b, FCGI_CLIENT_PARAMS, ID, "", 0);
}

void fcgi_client_stdin(struct buf *b, const void *p, size_t n)
{
    if (n) {
        put_stream(b, FCGI_CLIENT_STDIN, p, n);
    } else {
        fcgi_client_record(b, FCGI_CLIENT_STDIN, ID, "", 0);
    }
}

void fcgi_client_head(struct buf *b, const char *method, const char *uri, const struct fcgi_param *params)
{
    fcgi_client_begin(b, FCGI_CLIENT_RESPONDER, 0);
    fcgi_client_param(b, "REQUEST_METHOD", method);
    fcgi_client_param(b, "REQUEST_URI", uri);
    fcgi_client_param(b, "REMOTE_ADDR", "192.0.2.7");
    for (; params && params->name; params++) {
        fcgi_client_param(b, params->name, params->value);
    }
    fcgi_client_params_end(b);
}

bool fcgi_client_send(int fd, const void *p, size_t n)
{
    const char *from = p;
    ssize_t sent;

    while (n) {
        sent = send(fd, from, n, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        from += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* 1 when all came, 0 at the end before the first byte, -1 otherwise. */
static int read_exactly(int fd, void *p, size_t n)
{
    size_t got = 0;
    ssize_t r;

    while (got < n) {
        r = recv(fd, (char *)p + got, n - got, 0);
        if (r < 0 && errno == EINTR) {
            continue;
        }
        if (r <= 0) {
            return r == 0 && got == 0 ? 0 : -1;
        }
        got += (size_t)r;
    }
    return 1;
}

/* Parts head and body, and reads the status. */
static void take_output(struct buf *out, struct fcgi_answer *ret)
{
    char *border = out->data ? memmem(out->data, out->len, "\r\n\r\n", 4) : NULL;
    const char *body = border ? border + 4 : "";

    ret->body_size = border ? out->len - (size_t)(body - out->data) : 0;
    ret->body = calloc(1, ret->body_size + 1);
    ret->head = border ? strndup(out->data, (size_t)(border - out->data) + 2) : strdup("");
    memcpy(ret->body, body, ret->body_size);
    ret->status = 200;
    sscanf(ret->head, "Status: %d", &ret->status);
}

bool fcgi_client_read(int fd, struct fcgi_answer *ret)
{
    unsigned char header[HEADER], content[CONTENT_MAX + 255];
    struct buf out = { .ceiling = (size_t)1 << 30 };
    size_t n;
    int more;

    memset(ret, 0, sizeof *ret);
    while ((more = read_exactly(fd, header, sizeof header)) > 0) {
        n = (size_t)header[4] << 8 | header[5];
        if (header[0] != 1 || (n + header[6] && read_exactly(fd, content, n + header[6]) <= 0)) {
            more = -1;
            break;
        }
        ret->largest = n > ret->largest ? n : ret->largest;
        if (header[1] == FCGI_CLIENT_STDOUT) {
            buf_append(&out, content, n);
        } else if (header[1] == FCGI_CLIENT_END) {
            ret->ended = n == 8 && memcmp(content, "\0\0\0\0\0", 5) == 0;
        }
    }
    ret->closed = more == 0;
    take_output(&out, ret);
    buf_free(&out);
    return ret->ended;
}

bool fcgi_client_ask(const char *path, const char *method, const char *uri, const struct fcgi_param *params, const void *body,
                     size_t body_size, struct fcgi_answer *ret)
{
    struct buf b = { .ceiling = (size_t)1 << 30 };
    struct fcgi_param all[64] = { { NULL, NULL } };
    char length[24];
    size_t count = 0;
    bool good;
    int fd;

    memset(ret, 0, sizeof *ret);
    fd = fcgi_client_connect(path);
    if (fd < 0) {
        return false;
    }
    for (; params && params[count].name && count + 2 < sizeof all / sizeof *all; count++) {
        all[count] = params[count];
    }
    if (body_size) {
        snprintf(length, sizeof length, "%zu", body_size);
        all[count] = (struct fcgi_param){ "CONTENT_LENGTH", length };
    }
    fcgi_client_head(&b, method, uri, all);
    fcgi_client_stdin(&b, body, body_size);
    if (body_size) {
        fcgi_client_stdin(&b, "", 0);
    }
    good = fcgi_client_send(fd, b.data, b.len) && fcgi_client_read(fd, ret);
    buf_free(&b);
    close(fd);
    return good;
}

bool fcgi_answer_header(const struct fcgi_answer *answer, const char *name, char *out, size_t out_size)
{
    size_t n = strlen(name);

    for (const char *line = answer->head; line && *line; line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            const char *value = line + n + 1 + strspn(line + n + 1, " ");

            snprintf(out, out_size, "%.*s", (int)strcspn(value, "\r\n"), value);
            return true;
        }
    }
    return false;
}

void fcgi_answer_free(struct fcgi_answer *answer)
{
    free(answer->head);
    free(answer->body);
    memset(answer, 0, sizeof *answer);
}
