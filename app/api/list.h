/* list.h - filters, order, paging and count, laid over a :list query by what the output schema's fields allow.
 *
 * Only constant text of ours goes into the SQL: names of the schema's fields, operators, parameter numbers. What a client sends is bound. */
#pragma once

#include "api/request.h"

#define LIST_LIMIT 50
#define LIST_LIMIT_MAX 100
#define LIST_SORTS 4
#define LIST_FILTERS 16
#define LIST_COUNT_CEILING 10000
#define LIST_PAGE_MAX 100000

enum list_op { LIST_EQ, LIST_LT, LIST_LTE, LIST_GT, LIST_GTE, LIST_NULL, LIST_NOT_NULL };

struct list_sort {
    const struct field *field;
    bool descending;
};

struct list_filter {
    const struct field *field;
    enum list_op op;
    struct db_value value;
    enum sql_type type; /* of the parameter */
};

struct list_query {
    int limit;
    int page;                              /* 1 on the first; kept in cursors */
    bool by_page;                          /* page=N: OFFSET, for people and small sets */
    bool exact;                            /* count=exact */
    uint64_t fields;                       /* bits of the output's fields that are asked for */
    struct list_sort sort[LIST_SORTS + 1]; /* the last is the key that makes the order total */
    int sort_count;
    const char *sort_text;
    struct list_filter filters[LIST_FILTERS];
    int filter_count;
    bool filtered; /* by anything, FIELD_QUERY parameters included */
    bool has_cursor;
    bool backward;
    bool csv; /* all of it as a table, page after page as it is sent */
    struct db_value after[LIST_SORTS + 1];
    const struct db_result *rows, *total;
};

/* Takes the parameters that belong to lists; false if `name` is none of them. Wrong ones become field errors. */
bool list_param(struct request *rq, const char *name, const char *value);
/* The default order and the tie-breaking key; opens the cursor. After all parameters. */
void list_finish(struct request *rq, const char *cursor);

/* Queues the page and its count. */
void list_queue(struct request *rq, const struct sql_query *base);
/* Writes "data":[…],"count":…,"next":…,"previous":…,"meta":{…} (no braces around). */
void list_write(struct request *rq);

/* Begins the table that list_query.csv asks for: its first rows, and where the others come from. */
void list_csv(struct request *rq);

/* ---- shared by list.c, list_compose.c and list_cursor.c ---- */
struct list_query *list_start(struct request *rq);
/* How the rows of the page are written: the columns that are asked for. */
void list_plan(struct request *rq, struct schema_plan *ret);
enum sql_type list_type(const struct field *f);
const struct sql_query *list_compose(const struct request *rq, const struct sql_query *base, bool counting,
                                     struct rq_arg *args);
/* Composed statements of this process; past a ceiling they are all forgotten, with the connection that prepared them. */
void list_compose_trim(struct db *d);
char *list_cursor_make(struct request *rq, int row, bool backward);
bool list_cursor_open(struct request *rq, const char *text);
