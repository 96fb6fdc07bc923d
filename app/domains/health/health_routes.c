/* health_routes.c - /health: whether this worker answers, for everybody; whether what it stands on answers, for platform
 * admins. */
#include "core/arena.h"
#include "domains/health/health_rules.h"

/* ---- shapes ---- */

static const char *const statuses[] = { "ok", "degraded", "unavailable", "off", NULL };

struct health {
    const char *status, *version;
};

static const struct field health_fields[] = {
    FIELD(struct health, status, SCHEMA_ENUM, .values = statuses, .doc = "ok: this worker answers"),
    FIELD(struct health, version, SCHEMA_STRING, .doc = "Version of the application"),
};
static const struct schema health_schema = SCHEMA("Health", health_fields, 0);

static const struct field database_fields[] = {
    FIELD(struct health_database, status, SCHEMA_ENUM, .values = statuses, .doc = "ok: PostgreSQL answers"),
    FIELD(struct health_database, server_version, SCHEMA_STRING, .doc = "Version of PostgreSQL"),
    FIELD(struct health_database, latency_micros, SCHEMA_INT, .doc = "One round trip, in microseconds"),
    FIELD(struct health_database, connections, SCHEMA_INT, .doc = "Connections to the database"),
    FIELD(struct health_database, standby, SCHEMA_BOOL, .doc = "Whether it only follows another"),
};
static const struct schema database_schema = SCHEMA("HealthDatabase", database_fields, 0);

static const struct field cache_fields[] = {
    FIELD(struct health_cache, status, SCHEMA_ENUM, .values = statuses, .doc = "off: the settings name no memcached"),
    FIELD(struct health_cache, latency_micros, SCHEMA_INT, .doc = "Writing and reading a value, in microseconds"),
};
static const struct schema cache_schema = SCHEMA("HealthCache", cache_fields, 0);

static const struct field realtime_fields[] = {
    FIELD(struct health_realtime, status, SCHEMA_ENUM, .values = statuses,
          .doc = "unavailable: no relay leads, so nothing follows from what is done; degraded: it is more than 5 s behind"),
    FIELD(struct health_realtime, relay_leads, SCHEMA_BOOL, .doc = "Whether a relay leads"),
    FIELD(struct health_realtime, events_waiting, SCHEMA_INT, .doc = "Events that wait for it, counted up to 100001"),
    FIELD(struct health_realtime, lag_micros, SCHEMA_INT,
          .doc = "How long the oldest of them has waited, from the beginning of its transaction, in microseconds"),
};
static const struct schema realtime_schema = SCHEMA("HealthRealtime", realtime_fields, 0);

static const struct field queue_fields[] = {
    FIELD(struct health_queue, status, SCHEMA_ENUM, .values = statuses,
          .doc = "degraded: a job that is due has waited for a minute; unavailable: for ten, so that nobody seems to run any"),
    FIELD(struct health_queue, due, SCHEMA_INT,
          .doc = "Jobs that are due and that nobody has begun, without those of paused queues, counted up to 1001 in each "
                 "queue and priority"),
    FIELD(struct health_queue, lag_micros, SCHEMA_INT,
          .doc = "How long the one has waited that has waited longest, in microseconds"),
    FIELD(struct health_queue, parked, SCHEMA_INT, .doc = "Jobs whose attempts are used up, counted up to 100001"),
};
static const struct schema queue_schema = SCHEMA("HealthQueue", queue_fields, 0);

static const struct field email_fields[] = {
    FIELD(struct health_email, status, SCHEMA_ENUM, .values = statuses,
          .doc =
              "degraded: a mail that is due has waited for five minutes; unavailable: for a quarter of an hour, and none was "
              "sent in that time; off: the settings name no mail server"),
    FIELD(struct health_email, due, SCHEMA_INT, .doc = "Mails that are due and haven't gone, counted up to 10001"),
    FIELD(struct health_email, lag_micros, SCHEMA_INT,
          .doc = "How long the one has waited that has waited longest, in microseconds"),
    FIELD(struct health_email, failed_last_day, SCHEMA_INT,
          .doc = "Mails that failed for good within a day, counted up to 10001: `/admin/mails?status=failed` says why"),
    FIELD(struct health_email, last_sent_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When the last one was sent"),
    FIELD(struct health_email, last_error, SCHEMA_STRING, .flags = FIELD_NULLABLE,
          .doc = "Why the last attempt failed, of those that wait"),
};
static const struct schema email_schema = SCHEMA("HealthEmail", email_fields, 0);

struct health_detailed {
    const char *status, *version, *database_status, *database_version, *cache_status;
    int64_t database_latency_micros, database_connections, cache_latency_micros;
};

static const struct field detailed_fields[] = {
    FIELD(struct health_detailed, status, SCHEMA_ENUM, .values = statuses, .doc = "degraded: it works, more slowly"),
    FIELD(struct health_detailed, version, SCHEMA_STRING, .doc = "Version of the application"),
    FIELD(struct health_detailed, database_status, SCHEMA_ENUM, .values = statuses, .doc = "ok: PostgreSQL answers"),
    FIELD(struct health_detailed, database_version, SCHEMA_STRING, .doc = "Version of PostgreSQL"),
    FIELD(struct health_detailed, database_latency_micros, SCHEMA_INT, .doc = "One round trip, in microseconds"),
    FIELD(struct health_detailed, database_connections, SCHEMA_INT, .doc = "Connections to the database"),
    FIELD(struct health_detailed, cache_status, SCHEMA_ENUM, .values = statuses, .doc = "off: the settings name no memcached"),
    FIELD(struct health_detailed, cache_latency_micros, SCHEMA_INT, .doc = "Writing and reading a value, in microseconds"),
};
static const struct schema detailed_schema = SCHEMA("HealthDetailed", detailed_fields, 0);

/* ---- handlers ---- */

static enum err health(struct request *rq)
{
    static const struct health alive = { "ok", KARARA_VERSION };
    return rq_reply_struct(rq, &alive);
}

static enum err health_database(struct request *rq)
{
    struct health_database *h = arena_zalloc(rq->arena, sizeof *h);
    enum err e = health_check_database(rq, h);
    return e == ERR_NONE ? rq_reply_struct(rq, h) : e;
}

static enum err health_realtime(struct request *rq)
{
    struct health_realtime *h = arena_zalloc(rq->arena, sizeof *h);
    enum err e = health_check_realtime(rq, h);
    return e == ERR_NONE ? rq_reply_struct(rq, h) : e;
}

static enum err health_queue(struct request *rq)
{
    struct health_queue *h = arena_zalloc(rq->arena, sizeof *h);
    enum err e = health_check_queue(rq, h);
    return e == ERR_NONE ? rq_reply_struct(rq, h) : e;
}

static enum err health_email(struct request *rq)
{
    struct health_email *h = arena_zalloc(rq->arena, sizeof *h);
    enum err e = health_check_email(rq, h);
    return e == ERR_NONE ? rq_reply_struct(rq, h) : e;
}

/* Asks the database too, since its first statement is what admits platform admins only. */
static enum err health_cache(struct request *rq)
{
    struct health_database d = { 0 };
    struct health_cache *h = arena_zalloc(rq->arena, sizeof *h);
    enum err e = health_check_database(rq, &d);
    if (e != ERR_NONE) {
        return e;
    }
    health_check_cache(rq, h);
    return rq_reply_struct(rq, h);
}

static enum err health_detailed(struct request *rq)
{
    struct health_database d = { 0 };
    struct health_cache c = { 0 };
    enum err e = health_check_database(rq, &d);
    if (e != ERR_NONE) {
        return e;
    }
    health_check_cache(rq, &c);
    struct health_detailed *h = arena_zalloc(rq->arena, sizeof *h);
    *h = (struct health_detailed){
        .status = c.status[0] == 'u' ? "degraded" : "ok",
        .version = KARARA_VERSION,
        .database_status = d.status,
        .database_version = d.server_version,
        .database_latency_micros = d.latency_micros,
        .database_connections = d.connections,
        .cache_status = c.status,
        .cache_latency_micros = c.latency_micros,
    };
    return rq_reply_struct(rq, h);
}

/* ---- rows ---- */

#define CHECK .method = HTTP_GET, .permission = PERM_PLATFORM_ADMIN, .reply = REPLY_ONE, .tx = TX_READ, .rate = RATE_NONE

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/health",
      .permission = PERM_PUBLIC,
      .output = &health_schema,
      .reply = REPLY_ONE,
      .tx = TX_NONE,
      .handler = health,
      .rate = RATE_NONE,
      .summary = "Whether the API answers",
      .doc = "Touches neither database nor cache." },
    { .path = "/health/database",
      CHECK,
      .output = &database_schema,
      .handler = health_database,
      .summary = "How PostgreSQL is" },
    { .path = "/health/realtime",
      CHECK,
      .output = &realtime_schema,
      .handler = health_realtime,
      .summary = "How far behind the relay is" },
    { .path = "/health/queue",
      CHECK,
      .output = &queue_schema,
      .handler = health_queue,
      .summary = "How long jobs wait that are due" },
    { .path = "/health/email", CHECK, .output = &email_schema, .handler = health_email, .summary = "How mails go out" },
    { .path = "/health/cache", CHECK, .output = &cache_schema, .handler = health_cache, .summary = "How memcached is" },
    { .path = "/health/detailed",
      CHECK,
      .output = &detailed_schema,
      .handler = health_detailed,
      .summary = "How all is that the API stands on" },
};

const struct route_table health_routes = ROUTE_TABLE("health", rows);
