/* rate.h - limits per person (hour, minute), per brand and over all; counters in memcached, shared by all workers and hosts.
 *
 * A worker takes counts in small leases where the limit is large, so that most requests ask memcached nothing; where it is small (below 10,000) every
 * request is counted by itself. Without memcached each worker counts alone. */
#pragma once

#include "api/request.h"

/* Counts this request against its limits, each once. ERR_RATE_LIMITED with Retry-After when one is reached. Asked before
 * the brand is known, and again when the caller is known to belong to it: so nobody uses up the limit of another's brand. */
enum err rate_take(struct request *rq);

/* Gives back what rate_take took (an answer 304 costs nothing). */
void rate_refund(struct request *rq);

/* RateLimit and RateLimit-Policy of the tightest limit. */
void rate_headers(struct request *rq);
