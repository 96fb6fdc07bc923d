/* fcgi.c - see fcgi.h. libfcgi 2.4.2 accepts and reads; the reply is written by us, since its own writer sends 8 KiB at a
 * time.
 *
 * Ending: the handlers are installed with SA_RESTART, so that a read in the middle of a request goes on, and they put
 * /dev/null in the place of fd 0, so that an accept(), restarted or about to begin, fails at once. A flag alone would lose
 * the race between looking at it and blocking in accept(). */
#include "http/fcgi.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/str.h"
#include "core/uuid.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LISTENER = 0,      /* fd */
    BODY_FIRST = 8192, /* bytes set aside for a body whose length wasn't announced */
    REQUEST_ID_MAX = 64,
    TYPE_END_REQUEST = 3, /* FastCGI 1.0 §8 */
    TYPE_STDOUT = 6,
    RECORD_HEADER = 8,
    RECORD_MAX = 65528,   /* content bytes of one record: a multiple of eight needs no padding */
    RECORDS_AT_ONCE = 32, /* per sendmsg(): 2 MB */
};

static FCGX_Request request;
static volatile sig_atomic_t ending;
static int null_fd = -1;

static void on_signal(int signal)
{
    int saved = errno;

    (void)signal;
    ending = 1;
    FCGX_ShutdownPending();
    dup2(null_fd, LISTENER);
    errno = saved;
}

bool fcgi_ending(void)
{
    return ending;
}

static bool is_listener(int fd)
{
    int accepts = 0;
    socklen_t size = sizeof accepts;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts;
}

bool fcgi_has_socket(void)
{
    return is_listener(LISTENER);
}

bool fcgi_init(void)
{
    static const int ends[] = { SIGTERM, SIGINT, SIGUSR1 };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

    if (!fcgi_has_socket()) {
        return false;
    }
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* libfcgi waits up to two seconds for the server to close; not waiting is safe because bodies are read to their end. */
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 0);
    if (null_fd < 0 || FCGX_Init() != 0 || FCGX_InitRequest(&request, LISTENER, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        return false;
    }
    signal(SIGPIPE, SIG_IGN);
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        sigaction(ends[i], &action, NULL);
    }
    return true;
}

/* ---- request ---- */

/* The parameters of a request that have a meaning here; pointers into libfcgi's memory. */
struct params {
    const char *method, *uri, *document_uri, *query, *remote_addr, *request_id, *client_request_id, *type, *length, *host,
        *page, *passed_on;
};

static const struct {
    const char *name;
    size_t offset;
} known_params[] = {
    { "REQUEST_METHOD", offsetof(struct params, method) },
    { "REQUEST_URI", offsetof(struct params, uri) },
    { "DOCUMENT_URI", offsetof(struct params, document_uri) },
    { "QUERY_STRING", offsetof(struct params, query) },
    { "REMOTE_ADDR", offsetof(struct params, remote_addr) },
    { "REQUEST_ID", offsetof(struct params, request_id) },
    { "HTTP_X_REQUEST_ID", offsetof(struct params, client_request_id) },
    { "CONTENT_TYPE", offsetof(struct params, type) },
    { "CONTENT_LENGTH", offsetof(struct params, length) },
    { "SERVER_NAME", offsetof(struct params, host) },
    { "KARARA_PAGE", offsetof(struct params, page) },
    { "KARARA_PASSED_ON", offsetof(struct params, passed_on) },
};

/* If a parameter comes twice, the first counts: nginx's own stand before what a client can add. */
static void take_param(struct params *p, const char *text, const char *equals)
{
    size_t size = (size_t)(equals - text);

    for (size_t i = 0; i < sizeof known_params / sizeof *known_params; i++) {
        const char **field = (const char **)((char *)p + known_params[i].offset);

        if (strlen(known_params[i].name) == size && memcmp(known_params[i].name, text, size) == 0) {
            *field = *field ? *field : equals + 1;
            return;
        }
    }
}

static void take_params(struct arena *a, char **envp, struct params *p, struct http_request *ret)
{
    static const char prefix[] = "HTTP_";
    int count = 0;

    for (char **e = envp; *e; e++) {
        count += str_starts(*e, prefix);
    }
    ret->headers = arena_alloc(a, (size_t)count * sizeof *ret->headers);
    ret->header_count = 0;
    for (char **e = envp; *e; e++) {
        const char *equals = strchr(*e, '=');

        if (!equals) {
            continue;
        }
        take_param(p, *e, equals);
        if (str_starts(*e, prefix)) {
            const char *name = *e + strlen(prefix);

            ret->headers[ret->header_count++] = (struct http_header){
                .name = arena_strndup(a, name, equals > name ? (size_t)(equals - name) : 0),
                .value = arena_strdup(a, equals + 1),
            };
        }
    }
}

static bool request_id_valid(const char *s)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    return s != NULL && *s != 0 && strlen(s) <= REQUEST_ID_MAX && !s[strspn(s, allowed)];
}

static const char *request_id(struct arena *a, const struct params *p)
{
    char *minted;
    struct uuid id;

    if (request_id_valid(p->request_id)) {
        return arena_strdup(a, p->request_id);
    }
    if (request_id_valid(p->client_request_id)) {
        return arena_strdup(a, p->client_request_id);
    }
    minted = arena_alloc(a, UUID_TEXT_SIZE);
    id = uuid_v7();
    uuid_format(&id, minted);
    return minted;
}

static const char *copy_or_empty(struct arena *a, const char *s)
{
    return s ? arena_strdup(a, s) : "";
}

static void split_uri(struct arena *a, const struct params *p, struct http_request *ret)
{
    const char *mark;

    if (p->uri == NULL || *p->uri == 0) {
        ret->path = str_empty(p->document_uri) ? "/" : arena_strdup(a, p->document_uri);
        ret->query = copy_or_empty(a, p->query);
        return;
    }
    mark = strchrnul(p->uri, '?');
    ret->path = arena_strndup(a, p->uri, (size_t)(mark - p->uri));
    ret->query = copy_or_empty(a, *mark ? mark + 1 : NULL);
}

/* Up to `most` bytes of the body to `to`; fewer when it ends before, or breaks off. */
static size_t read_some(char *to, size_t most)
{
    size_t size = 0;
    int n = 1;

    while (size < most && n > 0) {
        n = FCGX_GetStr(to + size, most - size < INT_MAX ? (int)(most - size) : INT_MAX, request.in);
        size += n > 0 ? (size_t)n : 0;
    }
    return size;
}

/* A body whose length wasn't announced, up to `limit` bytes, in memory that doubles. */
static char *read_growing(struct arena *a, size_t limit, size_t *ret_size)
{
    size_t room = limit < BODY_FIRST ? limit : BODY_FIRST, size = 0;
    char *body = arena_alloc(a, room + 1), *larger;

    for (;;) {
        size += read_some(body + size, room - size);
        if (size < room || room == limit) {
            break;
        }
        room = room < limit / 2 ? room * 2 : limit;
        larger = arena_alloc(a, room + 1);
        memcpy(larger, body, size);
        body = larger;
    }
    *ret_size = size;
    return body;
}

/* Reads the body to its end, whatever of it is kept: nginx must never find unread bytes behind a reply. */
static void read_body(struct arena *a, size_t limit, struct http_request *ret)
{
    static char waste[16384];
    bool announced = ret->content_length >= 0;
    size_t expected = announced ? (size_t)ret->content_length : 0, size = 0, total, n;
    char *body;

    if (!announced) {
        body = read_growing(a, limit, &size);
    } else if (expected <= limit) {
        body = arena_alloc(a, expected + 1);
        size = read_some(body, expected);
    } else {
        body = arena_alloc(a, 1);
    }
    total = size;
    while ((n = read_some(waste, sizeof waste)) > 0) {
        total += n;
    }
    ret->body_too_large = expected > limit || total > limit;
    ret->body_incomplete = FCGX_GetError(request.in) != 0 || (announced && total != expected);
    ret->body_size = ret->body_too_large ? 0 : size;
    body[ret->body_size] = '\0';
    ret->body = body;
}

/* Closes the connection, also when the server asked to keep it: an idle kept one would hold this worker. libfcgi would shut it
 * down and poll it first, two system calls that only unread data makes useful. */
static void hang_up(void)
{
    FCGX_Free(&request, 0);
    close(request.ipcFd);
    request.ipcFd = -1;
}

/* Whether nginx has closed the connection: the client went away, or waited too long in the queue. What nobody waits for any more
 * isn't begun, or a worker that is behind would do nothing else: everybody it comes to has given up. */
static bool nobody_waits(void)
{
    struct pollfd p = { .fd = request.ipcFd };

    return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

/* nginx's $msec: seconds since 1970, with three decimals. */
static int64_t moment(const char *s)
{
    double seconds = 0;

    return s != NULL && str_to_double(s, &seconds) && seconds > 0 && seconds < 1e11 ? (int64_t)(seconds * 1e6) : 0;
}

static void fill(struct arena *a, size_t body_limit, struct http_request *ret)
{
    struct params p = { .method = NULL };
    int64_t length = -1;

    memset(ret, 0, sizeof *ret);
    take_params(a, request.envp, &p, ret);
    ret->method = http_method_parse(p.method);
    split_uri(a, &p, ret);
    ret->remote_addr = copy_or_empty(a, p.remote_addr);
    ret->host = copy_or_empty(a, p.host);
    ret->private_page = copy_or_empty(a, p.page);
    ret->passed_on = moment(p.passed_on);
    ret->request_id = request_id(a, &p);
    ret->content_type = copy_or_empty(a, p.type);
    str_to_int(p.length, 0, LONG_MAX, &length);
    ret->content_length = (long)length;
    read_body(a, body_limit, ret);
}

bool fcgi_accept(struct arena *a, size_t body_limit, struct http_request *ret)
{
    while (!ending) {
        int rc = FCGX_Accept_r(&request);

        if (rc == 0 && FCGX_GetError(request.in) == 0) {
            fill(a, body_limit, ret);
            if (!nobody_waits()) {
                return true;
            }
            LOG(LOG_INFO, "request_given_up", LOG_STR("request_id", ret->request_id));
            hang_up();
            arena_reset(a);
            continue;
        }
        if (rc == 0) { /* the parameters broke off, which libfcgi takes for their end */
            hang_up();
            continue;
        }
        if (ending) {
            break;
        }
        if (rc != -EINTR && rc != -ECONNABORTED && rc != -EPROTO) { /* those concern one connection, or a debugger */
            LOG(LOG_ERROR, "fastcgi_accept_failed", LOG_INT("code", rc));
            return false;
        }
    }
    return false;
}

/* ---- reply ---- */

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } reasons[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 206, "Partial Content" },
        { 301, "Moved Permanently" },
        { 302, "Found" },
        { 303, "See Other" },
        { 304, "Not Modified" },
        { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 409, "Conflict" },
        { 410, "Gone" },
        { 412, "Precondition Failed" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 422, "Unprocessable Content" },
        { 423, "Locked" },
        { 428, "Precondition Required" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 503, "Service Unavailable" },
    };

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) {
            return reasons[i].words;
        }
    }
    return "Status";
}

static void put_head(struct buf *b, const struct http_reply *reply)
{
    bool sized = reply->status == 204 || reply->status == 304 || reply->more != NULL;

    buf_printf(b, "Status: %d %s\r\n", reply->status, reason(reply->status));
    for (int i = 0; i < reply->header_count; i++) {
        buf_str(b, reply->header_names[i]);
        buf_str(b, ": ");
        buf_str(b, reply->header_values[i]);
        buf_str(b, "\r\n");
        sized = sized || str_eq_ci(reply->header_names[i], "Content-Length");
    }
    if (!sized) {
        buf_printf(b, "Content-Length: %zu\r\n", reply->body_size);
    }
    buf_str(b, "\r\n");
}

/* What one sendmsg() takes: records of STDOUT, and behind the last of them what ends the request. */
struct batch {
    struct iovec parts[3 * RECORDS_AT_ONCE + 1];
    size_t part_count;
    unsigned char headers[RECORDS_AT_ONCE][RECORD_HEADER];
    unsigned char end[3 * RECORD_HEADER];
};

static void put_record_header(unsigned char to[RECORD_HEADER], int type, size_t size)
{
    unsigned id = (unsigned)request.requestId;

    to[0] = 1; /* version */
    to[1] = (unsigned char)type;
    to[2] = (unsigned char)(id >> 8);
    to[3] = (unsigned char)id;
    to[4] = (unsigned char)(size >> 8);
    to[5] = (unsigned char)size;
    to[6] = to[7] = 0; /* no padding; reserved */
}

static void batch_add(struct batch *b, const void *p, size_t n)
{
    if (n) {
        b->parts[b->part_count++] = (struct iovec){ .iov_base = (void *)(uintptr_t)p, .iov_len = n };
    }
}

static bool batch_send(struct batch *b)
{
    struct msghdr message = { .msg_iov = b->parts, .msg_iovlen = b->part_count };
    ssize_t n;

    while (message.msg_iovlen) {
        n = sendmsg(request.ipcFd, &message, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        while (message.msg_iovlen && (size_t)n >= message.msg_iov->iov_len) {
            n -= (ssize_t)message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (message.msg_iovlen) {
            message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + n;
            message.msg_iov->iov_len -= (size_t)n;
        }
    }
    b->part_count = 0;
    return true;
}

/* Head and body as records; what doesn't fit into one system call is sent. */
static bool add_records(struct batch *b, const char *head, size_t head_size, const char *body, size_t body_size)
{
    size_t records = 0;

    while (head_size || body_size) {
        size_t from_head = head_size < RECORD_MAX ? head_size : RECORD_MAX;
        size_t from_body = body_size < RECORD_MAX - from_head ? body_size : RECORD_MAX - from_head;

        if (records == RECORDS_AT_ONCE) {
            if (!batch_send(b)) {
                return false;
            }
            records = 0;
        }
        put_record_header(b->headers[records], TYPE_STDOUT, from_head + from_body);
        batch_add(b, b->headers[records++], RECORD_HEADER);
        batch_add(b, head, from_head);
        batch_add(b, body, from_body);
        head += from_head;
        head_size -= from_head;
        body += from_body;
        body_size -= from_body;
    }
    return true;
}

/* What is left of them, and the end of the request (FastCGI 1.0 §5.5, FCGI_REQUEST_COMPLETE with status 0): one system
 * call up to 2 MB, as long as the socket's buffer takes it. */
static bool send_end(struct batch *b)
{
    put_record_header(b->end, TYPE_STDOUT, 0);
    put_record_header(b->end + RECORD_HEADER, TYPE_END_REQUEST, RECORD_HEADER);
    batch_add(b, b->end, sizeof b->end);
    return batch_send(b);
}

/* Part after part, each freed by the next; one that is broken off ends without the end of the request, which nginx passes on as it is. */
static bool send_parts(struct batch *b, const struct http_reply *reply)
{
    struct http_reply part = *reply;
    enum http_more more = HTTP_PART;
    while (batch_send(b)) {
        more = part.more(&part);
        if (more != HTTP_PART) {
            return more == HTTP_END && send_end(b);
        }
        if (!add_records(b, NULL, 0, part.body, part.body_size)) {
            return false;
        }
    }
    return false;
}

bool fcgi_reply(const struct http_reply *reply)
{
    static struct buf head;
    struct batch b = { .part_count = 0 };
    bool sent;

    buf_clear(&head);
    put_head(&head, reply);
    sent = !head.failed && add_records(&b, head.data, head.len, reply->body, reply->body_size) &&
           (reply->more != NULL ? send_parts(&b, reply) : send_end(&b));
    hang_up();
    return sent;
}
