/* health_rules.h - what the checks look at, and how good it is. */
#pragma once

#include "api/request.h"

struct health_database {
    const char *status, *server_version;
    int64_t latency_micros, connections;
    bool standby;
};

struct health_cache {
    const char *status;
    int64_t latency_micros;
};

struct health_realtime {
    const char *status;
    int64_t events_waiting, lag_micros;
    bool relay_leads;
};

struct health_queue {
    const char *status;
    int64_t due, lag_micros, parked;
};

struct health_email {
    const char *status;
    int64_t due, lag_micros, failed_last_day, last_sent_at; /* µs since 1970; 0: never */
    const char *last_error;
};

/* Asks PostgreSQL how mails go out: "degraded" when one that is due has waited for five minutes, "unavailable" when it has for a quarter of an
 * hour and none was sent in that time; "off" when the settings name no mail server. */
enum err health_check_email(struct request *rq, struct health_email *ret);
/* Asks PostgreSQL how long jobs wait that are due: "degraded" from a minute on, "unavailable" from ten, when nobody seems to run any. */
enum err health_check_queue(struct request *rq, struct health_queue *ret);
/* Asks PostgreSQL how far behind the relay is: "unavailable" while none leads, "degraded" when events wait for more than five seconds. */
enum err health_check_realtime(struct request *rq, struct health_realtime *ret);
/* Asks PostgreSQL. */
enum err health_check_database(struct request *rq, struct health_database *ret);
/* Writes a value to memcached and reads it again: "ok", "unavailable", or "off" when the settings name none. */
void health_check_cache(struct request *rq, struct health_cache *ret);
