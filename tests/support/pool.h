/* pool.h - several workers at once: processes that each have a dispatcher, a database connection and warm caches of their own, and serve
 * what the test sends them, when it sends it. */
#pragma once

#include "api.h"

enum { POOL_MAX = 8 };

struct pool_reply {
    int status;
    char code[40];        /* error.code, or "" */
    unsigned round_trips; /* to the database */
};

/* After api_begin(), and before anything that should be cold in them. */
void pool_start(int workers);
void pool_stop(void);

/* The n-th worker serves this request. */
struct pool_reply pool_ask(int worker, const struct api_person *who, const char *method, const char *path, const char *body);
