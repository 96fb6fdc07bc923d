/* fcgi_client.h - the web server's end of FastCGI 1.0, for tests that speak to a real worker over its socket.
 *
 * In one call:
 *
 *   struct fcgi_answer answer;
 *   assert_true(fcgi_client_ask(path, "GET", "/api/v1/tasks", (const struct fcgi_param[]){ { "HTTP_COOKIE", "a=b" }, { 0 } },
 *                               NULL, 0, &answer));
 *   assert_int_equal(answer.status, 200);
 *   fcgi_answer_free(&answer);
 *
 * or piece by piece, also wrongly on purpose: records are put into a buffer, which is sent when and as far as the test likes. */
#pragma once

#include "core/buf.h"
#include <stdbool.h>
#include <stddef.h>

enum {
    FCGI_CLIENT_BEGIN = 1,
    FCGI_CLIENT_ABORT = 2,
    FCGI_CLIENT_END = 3,
    FCGI_CLIENT_PARAMS = 4,
    FCGI_CLIENT_STDIN = 5,
    FCGI_CLIENT_STDOUT = 6,
    FCGI_CLIENT_STDERR = 7,
    FCGI_CLIENT_RESPONDER = 1, /* role */
    FCGI_CLIENT_KEEP = 1,      /* flag of BEGIN */
};

struct fcgi_param {
    const char *name, *value; /* a NULL name ends an array */
};

struct fcgi_answer {
    int status; /* of the Status line, 200 without one */
    char *head; /* header lines as they came, each with CR LF */
    char *body; /* NUL behind it */
    size_t body_size;
    bool ended;     /* END_REQUEST came, with status REQUEST_COMPLETE and exit status 0 */
    bool closed;    /* the worker closed the connection behind it */
    size_t largest; /* content bytes of the largest record */
};

/* A listening Unix socket at path, and a connection to one; -1 when it can't be had. Sends and reads give up after 20 s. */
int fcgi_client_listen(const char *path);
int fcgi_client_connect(const char *path);

/* Records, all of request 1. Parameters and data are split as the protocol asks; n = 0 in _stdin ends the body. */
void fcgi_client_record(struct buf *b, int type, int id, const void *p, size_t n);
void fcgi_client_begin(struct buf *b, int role, int flags);
void fcgi_client_param(struct buf *b, const char *name, const char *value);
void fcgi_client_params_end(struct buf *b);
void fcgi_client_stdin(struct buf *b, const void *p, size_t n);

/* The whole start of a request: BEGIN, REQUEST_METHOD, REQUEST_URI, REMOTE_ADDR, these parameters (may be NULL), and their end. */
void fcgi_client_head(struct buf *b, const char *method, const char *uri, const struct fcgi_param *params);

/* False when the other end has gone. */
bool fcgi_client_send(int fd, const void *p, size_t n);

/* Reads records until the connection ends. False when that isn't FastCGI, or no END_REQUEST came. Free it in any case. */
bool fcgi_client_read(int fd, struct fcgi_answer *ret);

/* A whole exchange on a connection of its own; a body goes with its CONTENT_LENGTH. */
bool fcgi_client_ask(const char *path, const char *method, const char *uri, const struct fcgi_param *params, const void *body,
                     size_t body_size, struct fcgi_answer *ret);

/* Value of a header of the answer, copied to out; false when absent. */
bool fcgi_answer_header(const struct fcgi_answer *answer, const char *name, char *out, size_t out_size);
void fcgi_answer_free(struct fcgi_answer *answer);
