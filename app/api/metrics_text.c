/* metrics_text.c - see metrics.h: the text, from rows and pages (https://prometheus.io/docs/instrumenting/exposition_formats/). */
#include "api/metrics_internal.h"

#include "api/job.h"
#include "api/registry.h"
#include "core/buf.h"
#include <inttypes.h>
#include <stdio.h>

const char metrics_content_type[] = "text/plain; version=0.0.4; charset=utf-8";

static const char *const refusals[] = { "429", "503" };
static const char *const job_ends[] = { "done", "retry", "later", "parked", "cancelled", "lost", "died" };
static const char *const mail_ends[] = { "sent", "failed", "later" };

/* What is read: a page of each piece, or NULL. */
struct pages {
    const struct metrics_page *of[METRICS_PIECES];
};

/* ---- pieces of text ---- */

static void put_escaped(struct buf *b, const char *s, bool quotes)
{
    for (; *s != '\0'; s++) {
        if (*s == '\\' || (quotes && *s == '"')) {
            buf_char(b, '\\');
            buf_char(b, *s);
        } else if (*s == '\n') {
            buf_str(b, "\\n");
        } else {
            buf_char(b, *s);
        }
    }
}

void metrics_put_labels(struct buf *b, const struct metrics_label *labels)
{
    bool any = false;
    for (int i = 0; i < METRICS_LABELS && labels[i].name != NULL; i++) {
        buf_char(b, any ? ',' : '{');
        buf_str(b, labels[i].name);
        buf_str(b, "=\"");
        put_escaped(b, labels[i].value, true);
        buf_char(b, '"');
        any = true;
    }
    buf_str(b, any ? "} " : " ");
}

static void put_seconds(struct buf *b, uint64_t micros)
{
    buf_printf(b, "%" PRIu64 ".%06u\n", micros / 1000000, (unsigned)(micros % 1000000));
}

static void put_whole(struct buf *b, uint64_t n)
{
    buf_printf(b, "%" PRIu64 "\n", n);
}

static const char *type_words(const struct metric_row *r)
{
    return r->type == METRICS_IS_COUNTER || r->type == METRICS_IS_SECONDS ? "counter"
           : r->type == METRICS_IS_HISTOGRAM                              ? "histogram"
                                                                          : "gauge";
}

void metrics_put_head(struct buf *b, const struct metric_row *r)
{
    buf_printf(b, "# HELP %s ", r->name);
    put_escaped(b, r->help, false);
    buf_printf(b, "\n# TYPE %s %s\n", r->name, type_words(r));
}

/* ---- labels ---- */

static void route_labels(int n, struct metrics_label *ret)
{
    const struct route *r = registry_route(n, NULL);
    ret[0] = (struct metrics_label){ "method", r != NULL ? http_method_name(r->method) : "" };
    ret[1] = (struct metrics_label){ "route", r != NULL ? r->path : "" };
}

/* The labels of a value; those of a pool come from its page. */
static void labels_of(const struct metric_row *r, int n, const char *piece, struct metrics_label *ret)
{
    static const char *const classes[] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
    switch (r->labels) {
    case METRICS_BY_NONE:
        break;
    case METRICS_BY_POOL:
        ret[0] = (struct metrics_label){ "pool", piece };
        break;
    case METRICS_BY_ROUTE:
        route_labels(n, ret);
        break;
    case METRICS_BY_ROUTE_STATUS:
        route_labels(n / METRICS_CLASSES, ret);
        ret[2] = (struct metrics_label){ "status", classes[n % METRICS_CLASSES] };
        break;
    case METRICS_BY_REFUSAL:
        ret[0] = (struct metrics_label){ "status", refusals[n] };
        break;
    case METRICS_BY_JOB:
        ret[0] = (struct metrics_label){ "kind", job_about((enum job_kind)n)->name };
        break;
    case METRICS_BY_JOB_OUTCOME:
        ret[0] = (struct metrics_label){ "kind", job_about((enum job_kind)(n / METRICS_JOB_ENDS))->name };
        ret[1] = (struct metrics_label){ "outcome", job_ends[n % METRICS_JOB_ENDS] };
        break;
    case METRICS_BY_MAIL:
        ret[0] = (struct metrics_label){ "outcome", mail_ends[n] };
        break;
    }
}

/* Those of which most will never be: written once they aren't zero. */
static bool is_sparse(enum metric_labels labels)
{
    return labels == METRICS_BY_ROUTE || labels == METRICS_BY_ROUTE_STATUS || labels == METRICS_BY_JOB ||
           labels == METRICS_BY_JOB_OUTCOME;
}

/* ---- what was counted ---- */

/* The sum of a cell over pages: over those that count the metric, or of that page alone. */
static uint64_t sum(const struct pages *p, const struct metric_row *r, size_t cell, int piece)
{
    uint64_t n = 0;
    for (int i = 0; i < METRICS_PIECES; i++) {
        if (p->of[i] != NULL && metrics_pieces[i].counts == r->from && (piece < 0 || piece == i)) {
            n += atomic_load_explicit(&p->of[i]->cell[cell], memory_order_relaxed);
        }
    }
    return n;
}

static void put_histogram(struct buf *b, const struct metric_row *r, const struct metrics_label *labels, const uint64_t *cells)
{
    struct metrics_label with[METRICS_LABELS] = { 0 };
    char bound[32];
    uint64_t count = 0;
    int at = 0;
    while (at < METRICS_LABELS - 1 && labels[at].name != NULL) {
        with[at] = labels[at];
        at++;
    }
    with[at] = (struct metrics_label){ "le", bound };
    for (int i = 0; i <= r->bounds->n; i++) {
        count += cells[i];
        snprintf(bound, sizeof bound, "%g", i < r->bounds->n ? (double)r->bounds->micros[i] / 1e6 : 0.0);
        with[at].value = i < r->bounds->n ? bound : "+Inf";
        buf_printf(b, "%s_bucket", r->name);
        metrics_put_labels(b, with);
        put_whole(b, count);
    }
    buf_printf(b, "%s_sum", r->name);
    metrics_put_labels(b, labels);
    put_seconds(b, cells[r->bounds->n + 1]);
    buf_printf(b, "%s_count", r->name);
    metrics_put_labels(b, labels);
    put_whole(b, count);
}

static void put_value(struct buf *b, const struct pages *p, enum metric m, int label, int piece)
{
    const struct metric_row *r = &metric_rows[m];
    struct metrics_label labels[METRICS_LABELS] = { 0 };
    uint64_t cells[METRICS_BOUNDS + 2] = { 0 }, any = 0;
    int each = metrics_cells_each(r);
    for (int i = 0; i < each; i++) {
        cells[i] = sum(p, r, metrics_cell(m) + (size_t)label * (size_t)each + (size_t)i, piece);
        any |= cells[i];
    }
    if (any == 0 && is_sparse(r->labels)) {
        return;
    }
    labels_of(r, label, piece >= 0 ? metrics_pieces[piece].name : "", labels);
    if (r->type == METRICS_IS_HISTOGRAM) {
        put_histogram(b, r, labels, cells);
        return;
    }
    buf_str(b, r->name);
    metrics_put_labels(b, labels);
    if (r->type == METRICS_IS_SECONDS) {
        put_seconds(b, cells[0]);
    } else {
        put_whole(b, cells[0]);
    }
}

static void put_counted(struct buf *b, const struct pages *p, enum metric m)
{
    const struct metric_row *r = &metric_rows[m];
    bool any = false;
    for (int i = 0; i < METRICS_PIECES; i++) {
        bool counts = p->of[i] != NULL && metrics_pieces[i].counts == r->from;
        if (counts && r->labels == METRICS_BY_POOL) {
            put_value(b, p, m, 0, i);
        }
        any |= counts;
    }
    for (int i = 0; any && r->labels != METRICS_BY_POOL && i < metrics_label_count(r->labels); i++) {
        put_value(b, p, m, i, -1);
    }
}

/* ---- what is found at the scrape ---- */

static void put_gauge(struct buf *b, const char *name, const struct metrics_label *labels, double value)
{
    buf_str(b, name);
    metrics_put_labels(b, labels);
    buf_json_double(b, value);
    buf_char(b, '\n');
}

/* Living processes of a page for whose state (state & mask) == wanted. */
static int processes(const struct metrics_page *p, unsigned mask, unsigned wanted)
{
    int n = 0;
    for (int i = 0; i < METRICS_PROCESSES; i++) {
        uint64_t process = atomic_load(&p->processes[i]);
        n += metrics_alive(process) && (process & mask) == wanted;
    }
    return n;
}

static void put_processes(struct buf *b, const struct pages *p, const char *name)
{
    for (int i = 0; i < METRICS_PIECES; i++) {
        for (unsigned busy = 0; p->of[i] != NULL && busy <= METRICS_BUSY; busy++) {
            const struct metrics_label labels[METRICS_LABELS] = { { "piece", metrics_pieces[i].name },
                                                                  { "state", busy != 0 ? "busy" : "idle" } };
            put_gauge(b, name, labels, processes(p->of[i], METRICS_BUSY, busy));
        }
    }
}

static void put_leads(struct buf *b, const struct pages *p, const char *name)
{
    static const struct {
        const char *role;
        unsigned state;
    } roles[] = { { "relay", METRICS_LEADS_RELAY }, { "clock", METRICS_LEADS_CLOCK } };
    for (int i = 0; i < METRICS_PIECES; i++) {
        for (size_t k = 0;
             p->of[i] != NULL && metrics_pieces[i].counts == METRICS_IN_WORKER && k < sizeof roles / sizeof *roles; k++) {
            const struct metrics_label labels[METRICS_LABELS] = { { "role", roles[k].role } };
            put_gauge(b, name, labels, processes(p->of[i], roles[k].state, roles[k].state) > 0);
        }
    }
}

static void put_pages(struct buf *b, const struct pages *p, const char *name)
{
    for (int i = 0; i < METRICS_PIECES; i++) {
        put_gauge(b, name, (const struct metrics_label[METRICS_LABELS]){ { "piece", metrics_pieces[i].name } },
                  p->of[i] != NULL);
    }
}

static void put_metric(struct buf *b, const struct pages *p, enum metric m, const struct metrics_gauges *gauges)
{
    const struct metric_row *r = &metric_rows[m];
    switch (r->type) {
    case METRICS_IS_COUNTER:
    case METRICS_IS_SECONDS:
    case METRICS_IS_HISTOGRAM:
        put_counted(b, p, m);
        break;
    case METRICS_IS_GAUGE:
        if (gauges->is_set[m]) {
            put_gauge(b, r->name, (const struct metrics_label[METRICS_LABELS]){ { 0 } }, gauges->value[m]);
        }
        break;
    case METRICS_IS_PROCESSES:
        put_processes(b, p, r->name);
        break;
    case METRICS_IS_LEADS:
        put_leads(b, p, r->name);
        break;
    case METRICS_IS_PAGES:
        put_pages(b, p, r->name);
        break;
    case METRICS_IS_BUILD:
        put_gauge(b, r->name, (const struct metrics_label[METRICS_LABELS]){ { "version", KARARA_VERSION } }, 1);
        break;
    }
}

void metrics_write(struct buf *out, const struct metrics_gauges *gauges)
{
    struct pages p;
    for (int i = 0; i < METRICS_PIECES; i++) {
        p.of[i] = metrics_map(&metrics_pieces[i]);
    }
    for (int i = 0; i < METRIC_COUNT; i++) {
        metrics_put_head(out, &metric_rows[i]);
        put_metric(out, &p, (enum metric)i, gauges);
    }
    for (int i = 0; i < METRICS_PIECES; i++) {
        metrics_unmap(p.of[i]);
    }
}

/* ---- what there is ---- */

static const char *label_words(const struct metric_row *r)
{
    static const char *const words[] = { [METRICS_BY_NONE] = "",
                                         [METRICS_BY_POOL] = "pool",
                                         [METRICS_BY_ROUTE] = "method, route",
                                         [METRICS_BY_ROUTE_STATUS] = "method, route, status",
                                         [METRICS_BY_REFUSAL] = "status",
                                         [METRICS_BY_JOB] = "kind",
                                         [METRICS_BY_JOB_OUTCOME] = "kind, outcome",
                                         [METRICS_BY_MAIL] = "outcome" };
    return r->type == METRICS_IS_PROCESSES ? "piece, state"
           : r->type == METRICS_IS_LEADS   ? "role"
           : r->type == METRICS_IS_PAGES   ? "piece"
           : r->type == METRICS_IS_BUILD   ? "version"
                                           : words[r->labels];
}

void metrics_describe(struct buf *out)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *r = &metric_rows[i];
        buf_printf(out, "%-44s %-9s  %-21s  %s\n", r->name, type_words(r), label_words(r), r->help);
    }
}
