/* sql.h - a named query, as the build compiles it from a domain's .sql file (see app/tools/sqlc.c).
 *
 *   -- name: task_get :one
 *   -- $task_id uuid
 *   -- One task that the caller may see. No row: it isn't there or may not be seen.
 *   select {{task_columns: t}} from tasks t where t.id = $task_id and t.brand_id = $brand_id;
 *
 * Kinds: :one (exactly or no row the caller treats as missing) :opt :many :exec, and :list (a select without order by and limit, over which
 * api/list.c lays filters, sort and cursor). Each becomes `extern const struct sql_query sql_task_get`, declared in the generated
 * header <domain>_sql.h, and a row of sql_all[]. */
#pragma once

enum sql_kind { SQL_ONE, SQL_OPT, SQL_MANY, SQL_EXEC, SQL_LIST };

enum sql_type {
    SQL_UNKNOWN,
    SQL_BOOL,   /* bool */
    SQL_INT4,   /* int4 */
    SQL_INT8,   /* int8 */
    SQL_FLOAT8, /* float8 */
    SQL_TEXT,   /* text (also varchar, citext, name, enums in results) */
    SQL_UUID,   /* uuid */
    SQL_TIME,   /* timestamptz */
    SQL_DATE,   /* date */
    SQL_JSON,   /* jsonb; json in results */
    SQL_BYTES,  /* bytea */
    SQL_UUIDS,  /* uuid[] */
    SQL_TEXTS   /* text[] */
};

/* Whom a committed write concerns besides its caller: karara-worker is told (platform/nudge.h). */
enum sql_wakes { WAKE_JOBS = 1, WAKE_EVENTS = 2 };

struct sql_param {
    const char *name;
    enum sql_type type;
};

struct sql_query {
    const char *name; /* "task_get" */
    const char *file; /* "domains/tasks/tasks.sql" */
    enum sql_kind kind;
    const char *text;
    const struct sql_param *params;
    int param_count;
    unsigned wakes; /* sql_wakes of what it inserts */
    int id;         /* index in sql_all; composed queries have ids from sql_count on */
};

extern const struct sql_query *const sql_all[];
extern const int sql_count;
