/* http.h - what a request and a reply are, without a word on FastCGI or on JSON. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

struct http_header {
    const char *name; /* as FastCGI gives it, e.g. IF_MATCH; without HTTP_ */
    const char *value;
};

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_HEAD, HTTP_OPTIONS, HTTP_OTHER };

struct http_request {
    enum http_method method;
    const char *path;  /* of REQUEST_URI, before "?", still percent-encoded */
    const char *query; /* after "?", or "" */
    const char *remote_addr;
    const char *host;         /* that was asked for, without port, in small letters, as nginx gives it; or "" */
    const char *request_id;   /* [A-Za-z0-9._-]{1,64}, from nginx or minted (UUID) */
    const char *private_page; /* what a server block asks for that the world doesn't reach: "metrics"; or "" */
    int64_t passed_on;        /* µs since 1970: when nginx sent it here; 0 when it didn't say */
    const char *content_type; /* or "" */
    long content_length;      /* as announced, -1 when absent or not a number */
    const char *body;         /* NUL behind it */
    size_t body_size;
    bool body_too_large;
    bool body_incomplete;
    struct http_header *headers;
    int header_count;
};

#define HTTP_REPLY_HEADERS 24

/* What asking for the next part of a body gave. */
enum http_more { HTTP_PART, HTTP_END, HTTP_BROKEN };

struct http_reply {
    int status;
    const char *header_names[HTTP_REPLY_HEADERS];
    const char *header_values[HTTP_REPLY_HEADERS]; /* CR, LF and NUL never get in: http_reply_header refuses them */
    int header_count;
    const char *body;
    size_t body_size;
    /* A body in parts: puts the next one in place of `body`, once that has been sent. NULL: `body` is all of it. One that is broken off is
     * seen to be so by the client. */
    enum http_more (*more)(struct http_reply *reply);
    void *more_state;
};

const char *http_method_name(enum http_method m);
enum http_method http_method_parse(const char *s);

/* The value of a header, NULL when absent. `name` as clients write it, e.g. "If-Match". */
const char *http_header(const struct http_request *r, const char *name);
void http_reply_header(struct http_reply *r, const char *name, const char *value);

/* A cookie by name, copied into the arena; NULL when absent or malformed (RFC 6265 §4.2.1). */
const char *http_cookie(struct arena *a, const struct http_request *r, const char *name);

/* Query strings and percent-encoding (WHATWG form-urlencoded: '+' is a blank). Malformed escapes, bad UTF-8 or %00: NULL. */
const char *http_decode(struct arena *a, const char *s, size_t n, bool plus_is_blank);

struct http_pair {
    const char *name, *value;
};
/* Decoded pairs in order; at most 100, else -1; -1 too when one can't be decoded (its raw name in *ret_bad if not NULL). */
int http_query(struct arena *a, const char *query, struct http_pair **ret, const char **ret_bad);
/* Appends name=value, encoded, with '?' or '&' as due. */
void http_query_append(struct buf *b, const char *name, const char *value);
