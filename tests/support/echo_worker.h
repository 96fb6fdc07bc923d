/* echo_worker.h - a FastCGI worker for tests: it answers with what it understood of a request, as a JSON object.
 *
 *   size, announced, too_large, incomplete, sum (of the body, echo_checksum), nul (the byte behind it), pid, header_count, served (how many so far),
 *   method, path, query, address, id, type, if_match, x_long
 *
 * but /big/N answers with N bytes (the n-th is 'a' + n % 23), /status/N with that status and no body, and /slow takes 300
 * ms. */
#pragma once

#include "fcgi_client.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { ECHO_LIMIT = 100000 }; /* bytes of a body */

/* Group fixtures of cmocka: the listening socket, in a folder of its own. It outlives the workers. */
int echo_begin(void **state);
int echo_end(void **state);
const char *echo_path(void);

/* Fixtures of a test: one worker, ready when echo_start returns. echo_stop ends it in peace, so that its leak checker
 * speaks too, and fails unless it ends with status 0. */
int echo_start(void **state);
int echo_stop(void **state);
pid_t echo_pid(void);

/* The wait status of the worker once it has ended by itself, -1 if it hasn't after five seconds. */
int echo_ended(void);

int64_t echo_checksum(const char *p, size_t n);

/* What the worker understood, to be json_decref'ed; these fail the test when there is no such answer. */
json_t *echo_understood(const struct fcgi_answer *a);
json_t *echo_ask(const char *method, const char *uri, const struct fcgi_param *params, const void *body, size_t size);
const char *echo_text(json_t *json, const char *name);
long long echo_number(json_t *json, const char *name);
bool echo_flag(json_t *json, const char *name);

/* Fails the test unless the same worker as before answers. */
void echo_still_serves(void);
