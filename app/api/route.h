/* route.h - a route is a row. From the rows come routing, guards, validation, the reply's shape, OpenAPI, docs, the permission
 * matrix, and the generated tests. */
#pragma once

#include "api/permission.h"
#include "api/schema.h"
#include "core/error.h"
#include "http/http.h"
#include "platform/sql.h"

struct request;

enum reply_kind {
    REPLY_ONE = 1, /* the single object (row 0 of the last query, or what the handler set); ETag from its version */
    REPLY_CREATED, /* the same with 201 and Location (`location` with {id} filled in) */
    REPLY_LIST,    /* a page of rows */
    REPLY_NULL     /* "data": null */
};

enum transaction {
    TX_NONE,  /* touches no database */
    TX_READ,  /* one round trip, reads */
    TX_WRITE, /* one round trip, an implicit transaction */
    TX_STEPS  /* several round trips between BEGIN and COMMIT */
};

enum rate_class { RATE_USUAL, RATE_AUTH, RATE_NONE };

/* How {id} leads to brand, team and row: asked only after a query found nothing, to say why. */
struct scope {
    const char *name; /* "task" */
    const struct sql_query
        *locate;                 /* $id and context -> visible bool, changeable bool, version int4; no row: not in this brand */
    const struct sql_query *get; /* the single object, for details.current of 412; NULL if it has no version */
    const struct schema *output; /* of `get` */
};

enum route_flags {
    ROUTE_TENANT = 1,       /* also under /brands/{brand_id}, needs a brand */
    ROUTE_READ_ONLY_OK = 2, /* a write that a suspended brand allows */
    ROUTE_NO_STORE = 4,  /* answer carries secrets: Cache-Control: no-store is set on all; this also seals idempotent replays */
    ROUTE_RAW = 8,       /* the handler writes the whole body (docs, openapi) */
    ROUTE_VIEWABLE = 32, /* a read outside of brands that is open to who looks with somebody else's eyes */
    ROUTE_CSV = 16,      /* takes text/csv as well (rq_csv), instead of the body's fields */
    ROUTE_SESSION_ONLY = 64,   /* changes or shows what people sign in with: for sessions, and for no API token */
    ROUTE_ONE_FACTOR_OK = 128, /* open to members who have yet to set up the second factor that the brand asks for */
    ROUTE_ASKS_CALLER = 256,   /* public, yet its handler may want to know who asks (guard_identify) */
    ROUTE_HASHES = 512,        /* may compute Argon2id: nginx sends it to the workers set aside for that */
    ROUTE_FORM = 1024,         /* takes a form as well, whose fields do not matter (RFC 8058) */
    ROUTE_EVEN = 2048, /* takes a multiple of even_time: its work differs a little with who has an account; nginx as above */
    ROUTE_GIVES_CSV = 4096 /* REPLY_LIST: all of it as a table to who accepts text/csv (list_csv.c) */
};

#define ROUTE_QUERIES 4

struct route {
    enum http_method method;
    const char *path; /* "/tasks/{id}"; {id} and {…_id} are UUIDs, but {brand_id}, which may be a slug; others are words */
    enum permission permission;
    enum permission or_permission; /* either is enough; PERM_UNSET for none */
    const struct scope *scope;
    const struct schema *input;  /* body and query parameters; NULL takes neither */
    const char *const *takes;    /* content types of a body that is bytes, NULL-terminated, in place of input: rq->http->body */
    size_t takes_most;           /* bytes of it */
    const struct schema *output; /* the object, or the row of a list */
    const char *const *gives;    /* ROUTE_RAW: content types of the answer, NULL-terminated; NULL: as the path ends */
    enum reply_kind reply;
    enum transaction tx;
    const struct sql_query
        *queries[ROUTE_QUERIES];             /* run in one pipeline when there is no handler; the last one gives the reply */
    enum err (*handler)(struct request *rq); /* NULL: the queries say it all */
    const struct sql_query
        *count;           /* REPLY_LIST: total (column `count` int8) when no filter is given; NULL counts the list itself */
    const char *sort;     /* REPLY_LIST: default order, e.g. "position" or "-created_at,title" */
    const char *location; /* REPLY_CREATED: "/tasks/{id}" */
    const char *event;    /* kind of the event it emits and name of its audit action, "task.updated"; NULL for reads */
    enum rate_class rate;
    int max_age; /* seconds for which everybody may keep the answer, whoever asked; 0: not at all */
    unsigned flags;
    const char *summary; /* one line, imperative */
    const char *doc;     /* more words, Markdown; may be NULL */
};

struct route_table {
    const char *domain;
    const struct route *rows;
    int count;
};

#define ROUTE_TABLE(name, array)                                                                                               \
    {                                                                                                                          \
        .domain = (name), .rows = (array), .count = (int)(sizeof(array) / sizeof *(array))                                     \
    }
