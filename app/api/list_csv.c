/* list_csv.c - a list as a table in CSV (RFC 4180), whole: page after page by the list's own cursors, each in a round trip of its own that asserts
 * session and access anew, and in memory that the next one uses again. */
#include "api/guard.h"
#include "api/list.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/csv.h"
#include <stdlib.h>
#include <string.h>

enum { CSV_PAGE = 500, CURSOR_MAX = 2048 };

struct csv_stream {
    struct request *rq;
    struct arena *pages;     /* of one page after the other */
    char cursor[CURSOR_MAX]; /* of the next one; "" after the last */
};

static void put_value(struct buf *to, const json_t *value)
{
    if (value == NULL || json_is_null(value)) {
        return;
    }
    if (json_is_string(value)) {
        csv_text(to, json_string_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        abort();
    }
    csv_cell(to, text);
    free(text);
}

static void put_row(struct request *rq, const struct schema_plan *plan, const char *json, size_t n)
{
    json_t *row = json_loadb(json, n, 0, NULL);
    const char *comma = "";
    for (int i = 0; i < rq->route->output->count; i++) {
        if (plan->column[i] >= 0) {
            buf_str(rq->out, comma);
            put_value(rq->out, json_object_get(row, rq->route->output->fields[i].name));
            comma = ",";
        }
    }
    buf_str(rq->out, "\r\n");
    json_decref(row);
}

static void put_header(struct request *rq)
{
    const char *comma = "";
    for (int i = 0; i < rq->route->output->count; i++) {
        const struct field *f = &rq->route->output->fields[i];
        if ((rq->list->fields & (UINT64_C(1) << i)) != 0) {
            buf_str(rq->out, comma);
            csv_text(rq->out, f->name);
            comma = ",";
        }
    }
    buf_str(rq->out, "\r\n");
}

/* The rows of the page that was asked, and where the next one begins. */
static void put_page(struct csv_stream *s)
{
    struct request *rq = s->rq;
    struct list_query *l = rq->list;
    struct schema_plan plan;
    struct buf one = { 0 };
    int found = db_rows(l->rows), rows = found > l->limit ? l->limit : found;
    s->cursor[0] = '\0';
    if (rows > 0) {
        list_plan(rq, &plan);
    }
    for (int i = 0; i < rows; i++) {
        buf_clear(&one);
        schema_write_row(&one, rq->route->output, &plan, l->rows, i);
        put_row(rq, &plan, one.data, one.len);
    }
    rq->out->failed |= one.failed;
    buf_free(&one);
    if (found > rows) {
        const char *cursor = list_cursor_make(rq, rows - 1, false);
        rq->out->failed |= strlen(cursor) >= CURSOR_MAX;
        memcpy(s->cursor, cursor, strlen(cursor) < CURSOR_MAX ? strlen(cursor) + 1 : 1);
    }
}

static const struct sql_query *base_of(const struct route *r)
{
    int i = 0;
    while (i < ROUTE_QUERIES - 1 && r->queries[i]->kind != SQL_LIST) {
        i++;
    }
    return r->queries[i];
}

/* Asks the next page. What the caller may do has changed meanwhile: it is looked up, once. */
static bool ask_page(struct csv_stream *s, struct arena *kept)
{
    struct request *rq = s->rq;
    for (int attempt = 0; attempt < 2; attempt++) {
        struct rq_arg *args = arena_zalloc(rq->arena, sizeof *args * 32);
        rq->prologue_done = false;
        rq->err = ERR_NONE;
        rq->retry = RQ_NO_RETRY;
        rq->list->rows = rq_query(rq, list_compose(rq, base_of(rq->route), false, args), args);
        if (rq_run(rq) == ERR_NONE) {
            return true;
        }
        db_reset(rq->db);
        bool changed = rq->retry == RQ_RETRY_ACCESS;
        rq->arena = kept; /* what is looked up stays */
        bool again = changed && guard_again(rq) == ERR_NONE;
        rq->arena = s->pages;
        if (!again) {
            return false;
        }
    }
    return false;
}

static enum http_more next_part(struct http_reply *reply)
{
    struct csv_stream *s = reply->more_state;
    struct request *rq = s->rq;
    struct arena *kept = rq->arena;
    if (s->cursor[0] == '\0') {
        return HTTP_END;
    }
    arena_reset(s->pages);
    rq->arena = s->pages;
    buf_clear(rq->out);
    bool ok = list_cursor_open(rq, s->cursor) && ask_page(s, kept);
    if (ok) {
        put_page(s);
    }
    db_reset(rq->db);
    rq->arena = kept;
    reply->body = rq->out->data;
    reply->body_size = rq->out->len;
    return ok && !rq->out->failed ? HTTP_PART : HTTP_BROKEN;
}

static void end_pages(void *pages)
{
    arena_destroy(pages);
}

/* "audit-2026-11-21.csv", by the last word of the address. */
static const char *file_name(struct request *rq)
{
    char day[CLOCK_TEXT_SIZE];
    const char *word = strrchr(rq->route->path, '/');
    clock_format_date((int32_t)(rq->now / 1000000 / 86400), day);
    return arena_printf(rq->arena, "attachment; filename=\"%s-%s.csv\"", word != NULL ? word + 1 : "list", day);
}

void list_csv(struct request *rq)
{
    struct csv_stream *s = arena_zalloc(rq->arena, sizeof *s);
    s->rq = rq;
    s->pages = arena_create((size_t)config_int(CONF_REQUEST_MEMORY));
    arena_adopt(rq->arena, s->pages, end_pages);
    buf_clear(rq->out);
    put_header(rq);
    put_page(s);
    rq->list->limit = CSV_PAGE;
    rq->reply->more = next_part;
    rq->reply->more_state = s;
    http_reply_header(rq->reply, "Content-Type", "text/csv; charset=utf-8");
    http_reply_header(rq->reply, "Content-Disposition", file_name(rq));
    http_reply_header(rq->reply, "Vary", "Accept");
}
