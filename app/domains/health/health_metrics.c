/* health_metrics.c - the gauges that PostgreSQL knows, by the queries of the health checks. No request and no person is behind them: they run
 * without a word on who asks, which all that is read here allows to the API workers' role. */
#include "api/bind.h"
#include "api/job.h"
#include "api/metrics.h"
#include "health_sql.h"
#include "platform/db.h"

static void set(struct metrics_gauges *g, enum metric m, double value)
{
    g->is_set[m] = true;
    g->value[m] = value;
}

static void set_count(struct metrics_gauges *g, enum metric m, const struct db_result *r, const char *column)
{
    set(g, m, (double)db_int(r, 0, column));
}

/* One for later waits for less than nothing. */
static void set_lag(struct metrics_gauges *g, enum metric m, const struct db_result *r)
{
    int64_t micros = db_int(r, 0, "age");
    set(g, m, micros > 0 ? (double)micros / 1e6 : 0);
}

void metrics_ask(struct db *db, struct arena *a, struct metrics_gauges *ret)
{
    *ret = (struct metrics_gauges){ 0 };
    set(ret, METRIC_DATABASE_UP, 0);
    if (db == NULL) {
        return;
    }
    db_reset(db);
    const struct db_result *probe = bind_queue(db, a, &sql_health_probe, NULL);
    const struct db_result *relay = bind_queue(db, a, &sql_health_relay, NULL);
    const struct db_result *queue =
        bind_queue(db, a, &sql_health_queue, RQ_ARGS({ "queues", { .is_set = true, .ss = job_queues() } }));
    const struct db_result *mails = bind_queue(db, a, &sql_health_email, NULL);
    if (db_run(db) != DB_OK) {
        return;
    }
    set(ret, METRIC_DATABASE_UP, 1);
    set_count(ret, METRIC_DATABASE_CONNECTIONS, probe, "connections");
    set(ret, METRIC_RELAY_LEADER, !db_is_null(relay, 0, db_column(relay, "leader")));
    set_count(ret, METRIC_RELAY_WAITING, relay, "events");
    set_lag(ret, METRIC_RELAY_LAG, relay);
    set_count(ret, METRIC_JOBS_DUE, queue, "due");
    set_lag(ret, METRIC_JOBS_LAG, queue);
    set_count(ret, METRIC_JOBS_PARKED, queue, "parked");
    set_count(ret, METRIC_MAILS_DUE, mails, "due");
    set_lag(ret, METRIC_MAILS_LAG, mails);
}
