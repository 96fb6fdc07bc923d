/* metrics.h - numbers for operators, in Prometheus's text format 0.0.4.
 *
 * What there is, is a row of metric.def: name, type, where it is counted, labels, words. Counting is one atomic addition to a page of memory,
 * a file of RUN_DIR that all processes of a piece map: metrics.api and metrics.signin of karara-api's pools, metrics.worker of karara-worker.
 * So what a process has counted stays when it dies, and any process may read all of them; values live until the host starts anew. A page
 * belongs to one layout (version, rows of metric.def, routes, kinds of jobs): who finds another makes a new page, and who reads another
 * leaves it out.
 *
 * Labels are rows, too: a route is the path of its row ("/tasks/{id}"), never what somebody asked for. So the number of series is bounded; those
 * of routes and jobs that are still zero aren't written.
 *
 * GET /metrics is no route: it has no person, brand, schema or error of the API's, must not be in the OpenAPI document, and must not be reachable by
 * any address of the API. nginx asks for it with a FastCGI parameter that only its private server sets (nginx/conf/karara-metrics.conf). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct buf;
struct db;
struct route;

enum metric {
#define METRIC(key, name, type, from, labels, bounds, help) METRIC_##key,
#include "api/metric.def"
#undef METRIC
    METRIC_COUNT
};

/* What an attempt at a job became, and one at a mail. */
enum metrics_job {
    METRICS_DONE,
    METRICS_RETRY,
    METRICS_LATER,
    METRICS_PARKED,
    METRICS_CANCELLED,
    METRICS_LOST,
    METRICS_DIED,
    METRICS_JOB_ENDS
};
enum metrics_mail { METRICS_SENT, METRICS_FAILED, METRICS_PUT_OFF, METRICS_MAIL_ENDS };

/* What a process is doing. */
enum metrics_state { METRICS_BUSY = 1, METRICS_LEADS_RELAY = 2, METRICS_LEADS_CLOCK = 4 };

/* ---- counting ---- */

/* From now on this process, and those that it forks, count on the page of a piece: "api", "signin", "worker". Made if there is none of this
 * layout; false, with a line in the log, when that can't be: then nothing is counted, which is no reason to do nothing else. Without it all
 * of the following do nothing. */
bool metrics_open(const char *piece);
void metrics_close(void);

/* This process is one of those that serve; once, after the fork that made it. It counts until it is gone, however it goes. */
void metrics_enter(void);
/* What it does from now on: enum metrics_state. */
void metrics_state(unsigned state);

/* Adds to a counter, of which `label` is the number of the label's value (0 without labels); SECONDS take µs. */
void metrics_add(enum metric m, int label, uint64_t n);
/* Adds a time to a histogram; below zero is zero. */
void metrics_time(enum metric m, int label, int64_t micros);

/* A request that was answered: with its row (NULL for none), status, µs in all and in the database, and round trips to that. */
void metrics_request(const struct route *route, int status, int64_t micros, int64_t database_micros, unsigned round_trips);
/* An attempt at a job of this kind (enum job_kind) that has ended. */
void metrics_job(int kind, enum metrics_job became, int64_t micros);

/* ---- reading ---- */

/* Gauges that are known only when asked for. Those that aren't set are left out. */
struct metrics_gauges {
    bool is_set[METRIC_COUNT];
    double value[METRIC_COUNT];
};

/* Asks PostgreSQL, whatever the connection's role, in one round trip; without it only METRIC_DATABASE_UP is set. NULL: it can't be reached.
 * In domains/health/health_metrics.c. */
void metrics_ask(struct db *db, struct arena *a, struct metrics_gauges *ret);

/* Writes the text: these gauges, and the sum over the pages of RUN_DIR. */
void metrics_write(struct buf *out, const struct metrics_gauges *gauges);
/* Writes what there is: a line for each row with name, type, labels and words. */
void metrics_describe(struct buf *out);

extern const char metrics_content_type[];
