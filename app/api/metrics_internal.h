/* metrics_internal.h - the rows and the pages, for metrics.c that counts and metrics_text.c that writes. */
#pragma once

#include "api/metrics.h"
#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

enum metric_type {
    METRICS_IS_COUNTER,
    METRICS_IS_SECONDS,   /* a counter of µs, written in seconds */
    METRICS_IS_HISTOGRAM, /* of µs, written in seconds */
    METRICS_IS_GAUGE,     /* given with the scrape (struct metrics_gauges) */
    METRICS_IS_PROCESSES, /* the rest are found at the scrape: processes of the pages, */
    METRICS_IS_LEADS,     /* what these lead, */
    METRICS_IS_PAGES,     /* which pages there are, */
    METRICS_IS_BUILD      /* and the version */
};

enum metric_from { METRICS_IN_API, METRICS_IN_WORKER, METRICS_IN_SCRAPE };

/* Each is one or two labels; their values are counted from 0. */
enum metric_labels {
    METRICS_BY_NONE,
    METRICS_BY_POOL,         /* one value to each page, by the page's name */
    METRICS_BY_ROUTE,        /* method and route */
    METRICS_BY_ROUTE_STATUS, /* … and class of status: number of the route * METRICS_CLASSES + class */
    METRICS_BY_REFUSAL,
    METRICS_BY_JOB,
    METRICS_BY_JOB_OUTCOME, /* kind * METRICS_JOB_ENDS + enum metrics_job */
    METRICS_BY_MAIL
};

enum { METRICS_CLASSES = 5, METRICS_PROCESSES = 256, METRICS_PIECES = 3, METRICS_BOUNDS = 12 };

struct metrics_bounds {
    int n;
    int64_t micros[METRICS_BOUNDS]; /* the bucket above them is +Inf */
};

struct metric_row {
    const char *name;
    enum metric_type type;
    enum metric_from from;
    enum metric_labels labels;
    const struct metrics_bounds *bounds;
    const char *help;
};

extern const struct metric_row metric_rows[METRIC_COUNT];

struct metrics_piece {
    const char *name;
    enum metric_from counts;
};

extern const struct metrics_piece metrics_pieces[METRICS_PIECES];

/* A page, as it lies in the file. */
struct metrics_page {
    char magic[16];
    uint64_t layout; /* metrics_layout() of who made it */
    uint64_t cells;
    _Atomic uint64_t processes[METRICS_PROCESSES]; /* pid << 8 | enum metrics_state; 0: nobody */
    _Atomic uint64_t cell[];
};

/* How many values the labels have. */
int metrics_label_count(enum metric_labels labels);
/* Cells of one value: 1, or a histogram's buckets and its sum. */
int metrics_cells_each(const struct metric_row *r);
/* Where a metric's cells begin in the pages that count it. */
size_t metrics_cell(enum metric m);
/* A number for all that says what a cell means. */
uint64_t metrics_layout(void);

/* The page of a piece for reading; NULL when there is none of this layout. Give it back with metrics_unmap. */
const struct metrics_page *metrics_map(const struct metrics_piece *piece);
void metrics_unmap(const struct metrics_page *page);
/* Pieces of the text: labels in braces, if there are any, with a blank behind; a metric's two lines of comment. */
struct metrics_label {
    const char *name, *value; /* a NULL name: none */
};
enum { METRICS_LABELS = 4 };
void metrics_put_labels(struct buf *b, const struct metrics_label *labels);
void metrics_put_head(struct buf *b, const struct metric_row *r);

/* Whether the process of an entry of page->processes still lives. */
bool metrics_alive(uint64_t process);
