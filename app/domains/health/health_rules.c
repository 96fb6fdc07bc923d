/* health_rules.c - the checks. */
#include "domains/health/health_rules.h"

#include "api/job.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "health_sql.h"
#include "platform/cache.h"
#include <string.h>

enum err health_check_database(struct request *rq, struct health_database *ret)
{
    int64_t started = clock_monotonic();
    const struct db_result *r = rq_ask(rq, &sql_health_probe, NULL);
    if (r == NULL) {
        return rq->err;
    }
    ret->latency_micros = clock_monotonic() - started;
    ret->status = "ok";
    ret->server_version = db_text(r, 0, "server_version");
    ret->standby = db_bool(r, 0, "standby");
    ret->connections = db_int(r, 0, "connections");
    return ERR_NONE;
}

#define LAG_MOST INT64_C(5000000) /* µs */

enum err health_check_realtime(struct request *rq, struct health_realtime *ret)
{
    const struct db_result *r = rq_ask(rq, &sql_health_relay, NULL);
    if (r == NULL) {
        return rq->err;
    }
    ret->events_waiting = db_int(r, 0, "events");
    ret->lag_micros = db_int(r, 0, "age");
    ret->relay_leads = !db_is_null(r, 0, db_column(r, "leader"));
    ret->status = !ret->relay_leads ? "unavailable" : ret->lag_micros > LAG_MOST ? "degraded" : "ok";
    return ERR_NONE;
}

#define WAIT_MOST INT64_C(60000000)  /* µs */
#define WAIT_LOST INT64_C(600000000) /* µs */

enum err health_check_queue(struct request *rq, struct health_queue *ret)
{
    const struct db_result *r = rq_ask(rq, &sql_health_queue, RQ_ARGS({ "queues", { .is_set = true, .ss = job_queues() } }));
    if (r == NULL) {
        return rq->err;
    }
    ret->due = db_int(r, 0, "due");
    ret->lag_micros = db_int(r, 0, "age");
    ret->parked = db_int(r, 0, "parked");
    ret->status = ret->lag_micros >= WAIT_LOST ? "unavailable" : ret->lag_micros >= WAIT_MOST ? "degraded" : "ok";
    return ERR_NONE;
}

#define MAIL_WAIT_MOST INT64_C(300000000) /* µs */
#define MAIL_WAIT_LOST INT64_C(900000000) /* µs */

enum err health_check_email(struct request *rq, struct health_email *ret)
{
    const struct db_result *r = rq_ask(rq, &sql_health_email, NULL);
    if (r == NULL) {
        return rq->err;
    }
    ret->due = db_int(r, 0, "due");
    ret->lag_micros = db_int(r, 0, "age") > 0 ? db_int(r, 0, "age") : 0; /* one for later is none that waits */
    ret->failed_last_day = db_int(r, 0, "failed");
    ret->last_sent_at = db_int(r, 0, "last_sent_at");
    ret->last_error = db_text(r, 0, "last_error");
    bool none_sent = rq->now - ret->last_sent_at >= MAIL_WAIT_LOST;
    ret->status = str_empty(config_text(CONF_MAIL_SERVER))         ? "off"
                  : ret->lag_micros >= MAIL_WAIT_LOST && none_sent ? "unavailable"
                  : ret->lag_micros >= MAIL_WAIT_MOST              ? "degraded"
                                                                   : "ok";
    return ERR_NONE;
}

void health_check_cache(struct request *rq, struct health_cache *ret)
{
    char key[sizeof "health:" + UUID_TEXT_SIZE] = "health:";
    size_t size = 0;
    if (str_empty(config_text(CONF_MEMCACHED))) {
        ret->status = "off";
        return;
    }
    uuid_format(&rq->new_id, key + strlen(key));
    int64_t started = clock_monotonic();
    cache_set(rq->cache, key, "ok", 2, 10);
    const char *back = cache_get(rq->cache, rq->arena, key, &size);
    ret->latency_micros = clock_monotonic() - started;
    ret->status = back != NULL && size == 2 && memcmp(back, "ok", 2) == 0 ? "ok" : "unavailable";
    cache_delete(rq->cache, key);
}
