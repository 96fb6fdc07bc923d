/* fcgi.h - one FastCGI request at a time from the socket on fd 0. The only file that sees libfcgi is fcgi.c.
 *
 * SIGTERM, SIGINT and SIGUSR1 end the loop after the running request. */
#pragma once

#include "http/http.h"
#include <stdbool.h>

struct arena;
struct buf;

/* Whether fd 0 is a listening socket. */
bool fcgi_has_socket(void);

/* Once in each process that serves. False without a listening socket. */
bool fcgi_init(void);

/* Waits for a request and fills *ret; every string is copied into the arena, and the body is read to its end. A body past
 * the limit is thrown away: body_too_large, and nothing in body. One that broke off, or isn't as long as announced, is
 * body_incomplete. Requests that nginx has given up by then are left out, and the arena reset for each. False when the process should end. */
bool fcgi_accept(struct arena *a, size_t body_limit, struct http_request *ret);

/* Sends status line, headers and body, and finishes the request; adds Content-Length unless it is there or the status has
 * no body. Once per accepted request. False when the client or nginx has gone. */
bool fcgi_reply(const struct http_reply *reply);

/* True when a signal asked the process to end. */
bool fcgi_ending(void);
