/* registry_check.c - what every row must be. A worker with a broken row doesn't start, so nothing of this is asked again later. */
#include "api/registry.h"

#include "api/router.h"
#include "core/str.h"
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

enum { FIELDS_MAX = 63, NAME_MAX_BYTES = 60, PATH_SEGMENTS_MAX = 12, LINE_SIZE = 400, SCHEMA_DEPTH_MAX = 8 };

struct report {
    char *to;
    size_t size, used;
    int problems;
};

/* One line per problem, as far as there is room. */
static void complain(struct report *p, const char *domain, const struct route *r, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void complain(struct report *p, const char *domain, const struct route *r, const char *fmt, ...)
{
    char line[LINE_SIZE];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    p->problems++;
    if (p->used < p->size) {
        int n = snprintf(p->to + p->used, p->size - p->used, "%s%s: %s %s: %s", p->used > 0 ? "\n" : "", domain,
                         http_method_name(r->method), r->path != NULL ? r->path : "(no path)", line);
        p->used += n > 0 ? (size_t)n : 0;
    }
}

/* ---- what rows are ---- */

static bool is_list(const struct route *r)
{
    return r->reply == REPLY_LIST;
}

static bool is_tenant(const struct route *r)
{
    return r->flags & ROUTE_TENANT;
}

static bool writes(const struct route *r)
{
    return r->tx == TX_WRITE || r->tx == TX_STEPS;
}

static const struct sql_query *last_query(const struct route *r)
{
    const struct sql_query *last = NULL;
    for (int i = 0; i < ROUTE_QUERIES && r->queries[i] != NULL; i++) {
        last = r->queries[i];
    }
    return last;
}

static bool is_name(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!islower((unsigned char)s[i]) && !(i > 0 && (isdigit((unsigned char)s[i]) || s[i] == '_'))) {
            return false;
        }
    }
    return n > 0 && n <= NAME_MAX_BYTES;
}

static bool is_literal(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && strchr("-_.", s[i]) == NULL) {
            return false;
        }
    }
    return n > 0;
}

static bool is_path(const char *path)
{
    int segments = 0;
    while (*path == '/') {
        const char *s = path + 1;
        size_t n = strcspn(s, "/");
        bool right = s[0] == '{' ? n > 2 && s[n - 1] == '}' && is_name(s + 1, n - 2) : is_literal(s, n);
        if (!right || ++segments > PATH_SEGMENTS_MAX) {
            return false;
        }
        path = s + n;
    }
    return segments > 0 && *path == '\0';
}

static int path_params(const char *path)
{
    int n = 0;
    for (; *path != '\0'; path++) {
        n += *path == '{';
    }
    return n;
}

/* ---- rules of one row: true when it is broken; asked in order, and none after the path is known to be wrong ---- */

static bool no_path(const struct route *r)
{
    return r->path == NULL || !is_path(r->path) || str_starts(r->path, "/api");
}

static bool odd_method(const struct route *r)
{
    return r->method >= HTTP_HEAD;
}

static bool no_permission(const struct route *r)
{
    return r->permission == PERM_UNSET || r->permission >= PERM_COUNT;
}

static bool odd_or_permission(const struct route *r)
{
    return r->or_permission >= PERM_COUNT || (r->or_permission != PERM_UNSET && r->permission < PERM_IN_BRAND);
}

static bool same_name_twice(const struct route *r)
{
    for (const char *p = strchr(r->path, '{'); p != NULL; p = strchr(p + 1, '{')) {
        size_t n = strcspn(p, "}") + 1;
        if (memmem(p + 1, strlen(p + 1), p, n) != NULL) {
            return true;
        }
    }
    return false;
}

static bool too_many_params(const struct route *r)
{
    return path_params(r->path) + router_has_brand_address(r) > ROUTER_PARAMS;
}

static bool no_work(const struct route *r)
{
    return (r->handler != NULL) == (r->queries[0] != NULL);
}

static bool gap_in_queries(const struct route *r)
{
    bool ended = false;
    for (int i = 0; i < ROUTE_QUERIES; i++) {
        if (ended && r->queries[i] != NULL) {
            return true;
        }
        ended = r->queries[i] == NULL;
    }
    return false;
}

static bool queries_without_database(const struct route *r)
{
    return (r->tx == TX_NONE && r->queries[0] != NULL) || r->tx > TX_STEPS;
}

static bool raw_without_handler(const struct route *r)
{
    return (r->flags & ROUTE_RAW) && r->handler == NULL;
}

static bool no_reply(const struct route *r)
{
    return !(r->flags & ROUTE_RAW) && (r->reply < REPLY_ONE || r->reply > REPLY_NULL);
}

static bool no_output(const struct route *r)
{
    return !(r->flags & ROUTE_RAW) && r->reply != REPLY_NULL && r->output == NULL;
}

static bool wrong_last_query(const struct route *r)
{
    const struct sql_query *q = last_query(r);
    if (q == NULL) {
        return false;
    }
    switch (r->reply) {
    case REPLY_LIST:
        return q->kind != SQL_LIST;
    case REPLY_ONE:
    case REPLY_CREATED:
        return q->kind != SQL_ONE && q->kind != SQL_OPT;
    default:
        return q->kind == SQL_LIST;
    }
}

static bool list_without_sort(const struct route *r)
{
    return is_list(r) && str_empty(r->sort);
}

/* Paging needs a key that makes every order total. */
static bool list_without_key(const struct route *r)
{
    for (int i = 0; r->output != NULL && i < r->output->count; i++) {
        if (r->output->fields[i].type == SCHEMA_UUID && !(r->output->fields[i].flags & FIELD_NULLABLE)) {
            return false;
        }
    }
    return is_list(r) && r->handler == NULL;
}

static bool sort_without_list(const struct route *r)
{
    return !is_list(r) && (r->sort != NULL || r->count != NULL);
}

static bool sort_not_flagged(const struct route *r)
{
    const char *s = r->sort;
    while (is_list(r) && s != NULL && *s != '\0') {
        s += *s == '-';
        size_t n = strcspn(s, ",");
        char name[NAME_MAX_BYTES + 1];
        if (!is_name(s, n) || s[n + (s[n] == ',')] == ',') {
            return true;
        }
        memcpy(name, s, n);
        name[n] = '\0';
        const struct field *f = r->output != NULL ? schema_field(r->output, name) : NULL;
        if (f == NULL || !(f->flags & FIELD_SORT)) {
            return true;
        }
        s += n + (s[n] == ',');
    }
    return false;
}

static bool no_location(const struct route *r)
{
    bool right = r->location != NULL && r->location[0] == '/' &&
                 (strstr(r->location, "{id}") == NULL || (r->output != NULL && schema_field(r->output, "id") != NULL));
    return r->reply == REPLY_CREATED && !right;
}

static bool location_without_creation(const struct route *r)
{
    return r->reply != REPLY_CREATED && r->location != NULL;
}

static bool created_by_other_method(const struct route *r)
{
    return r->reply == REPLY_CREATED && r->method != HTTP_POST;
}

static bool get_writes(const struct route *r)
{
    return r->method == HTTP_GET && (r->tx == TX_WRITE || r->event != NULL);
}

static bool get_with_body(const struct route *r)
{
    for (int i = 0; r->method == HTTP_GET && r->input != NULL && i < r->input->count; i++) {
        if (!(r->input->fields[i].flags & FIELD_QUERY)) {
            return true;
        }
    }
    return false;
}

static bool tenant_write_without_event(const struct route *r)
{
    return is_tenant(r) && writes(r) && r->method != HTTP_GET && r->event == NULL;
}

static bool odd_event(const struct route *r)
{
    if (r->event == NULL) {
        return false;
    }
    size_t n = strcspn(r->event, ".");
    return r->event[n] != '.' || !is_name(r->event, n) || !is_name(r->event + n + 1, strlen(r->event + n + 1));
}

static bool event_without_write(const struct route *r)
{
    return r->event != NULL && !writes(r);
}

static bool no_summary(const struct route *r)
{
    return str_empty(r->summary) || strchr(r->summary, '\n') != NULL;
}

static bool asks_in_brand(const struct route *r)
{
    return r->permission == PERM_IN_BRAND || r->permission > PERM_PLATFORM_ADMIN;
}

static bool open_tenant_row(const struct route *r)
{
    return is_tenant(r) && !asks_in_brand(r);
}

/* The guard asks for permissions of a brand only on tenant rows: without the flag such a row would be open. */
static bool brand_permission_without_brand(const struct route *r)
{
    return !is_tenant(r) && (asks_in_brand(r) || strstr(r->path, "{brand_id}") != NULL);
}

/* Permissions are asserted by the first statement of the pipeline. */
static bool permission_without_database(const struct route *r)
{
    return r->permission != PERM_PUBLIC && r->permission != PERM_SIGNED_IN && r->tx == TX_NONE;
}

static bool no_scope(const struct route *r)
{
    return is_tenant(r) && strstr(r->path, "{id}") != NULL && r->scope == NULL;
}

static bool odd_scope(const struct route *r)
{
    const struct scope *s = r->scope;
    return s != NULL && (str_empty(s->name) || s->locate == NULL || (s->get != NULL && s->output == NULL));
}

/* What people sign in with is theirs, and not their programs'. */
static bool open_to_tokens(const struct route *r)
{
    return r->permission != PERM_PUBLIC && str_starts(r->path, "/auth/") && (r->flags & ROUTE_SESSION_ONLY) == 0;
}

static bool session_only_without_person(const struct route *r)
{
    return r->permission == PERM_PUBLIC && (r->flags & ROUTE_SESSION_ONLY) != 0;
}

/* Passwords are computed between a look and the transaction that acts on it. */
static bool hashes_without_steps(const struct route *r)
{
    return (r->flags & ROUTE_HASHES) != 0 && r->tx != TX_STEPS;
}

static bool odd_bytes_taken(const struct route *r)
{
    bool reads = r->method == HTTP_GET || r->method == HTTP_DELETE;
    return r->takes != NULL && (reads || r->input != NULL || r->takes_most == 0 || (r->flags & ROUTE_CSV) != 0);
}

static bool odd_bytes_given(const struct route *r)
{
    return r->gives != NULL && (r->flags & ROUTE_RAW) == 0;
}

/* What everybody may keep must not depend on who asks. */
static bool kept_by_everybody(const struct route *r)
{
    return r->max_age < 0 || (r->max_age > 0 && (r->permission != PERM_PUBLIC || r->method != HTTP_GET));
}

static bool input_without_struct(const struct route *r)
{
    return r->input != NULL && r->input->size < sizeof(struct input);
}

static const struct rule {
    bool (*broken)(const struct route *r);
    const char *words;
} rules[] = {
    { no_path, "the path isn't /literals-and/{params} without /api" }, /* first: the others read it */
    { odd_method, "the method is none that a row can have" },
    { no_permission, "no permission is set" },
    { odd_or_permission, "or_permission goes only with permissions in a brand" },
    { same_name_twice, "two parameters of the path have one name" },
    { too_many_params, "the path has too many parameters" },
    { no_work, "it needs a handler or queries, and not both" },
    { gap_in_queries, "there is a gap in its queries" },
    { queries_without_database, "its transaction kind doesn't go with queries" },
    { raw_without_handler, "ROUTE_RAW needs a handler" },
    { no_reply, "no reply kind is set" },
    { no_output, "the reply needs an output schema" },
    { wrong_last_query, "its last query is of a kind that can't make its reply" },
    { list_without_sort, "a list needs a default sort" },
    { list_without_key, "a list needs a UUID that is never null in its output, to page by" },
    { sort_without_list, "sort and count are for lists" },
    { sort_not_flagged, "sort names a field that isn't FIELD_SORT in the output" },
    { no_location, "REPLY_CREATED needs a location, and for {id} in it an id in the output" },
    { location_without_creation, "a location is for REPLY_CREATED" },
    { created_by_other_method, "only POST answers with REPLY_CREATED" },
    { get_writes, "GET may not write, nor emit an event" },
    { get_with_body, "GET takes no body: its fields must be FIELD_QUERY" },
    { tenant_write_without_event, "a write in a brand must emit an event" },
    { odd_event, "an event is named like task.updated" },
    { event_without_write, "an event needs a transaction that writes" },
    { no_summary, "it needs a summary of one line" },
    { open_tenant_row, "a row in a brand needs a permission in that brand" },
    { brand_permission_without_brand, "permissions in a brand, and {brand_id} in the path, need ROUTE_TENANT" },
    { permission_without_database, "its permission is asserted in the database: TX_NONE can't be" },
    { no_scope, "a row in a brand with {id} needs a scope" },
    { odd_scope, "its scope needs a name, locate, and an output for get" },
    { open_to_tokens, "a row of signing in is ROUTE_SESSION_ONLY, or public" },
    { session_only_without_person, "ROUTE_SESSION_ONLY is for rows that ask who calls" },
    { hashes_without_steps, "ROUTE_HASHES goes with TX_STEPS" },
    { odd_bytes_taken, "bytes are taken by POST, PUT and PATCH, up to a size, and without an input schema" },
    { odd_bytes_given, "the types of bytes are for ROUTE_RAW" },
    { kept_by_everybody, "max_age is for what is read by anybody" },
    { input_without_struct, "the size of its input struct isn't stated" },
};

/* ---- rules of schemas ---- */

static const char *input_problem(const struct schema *s, const struct field *f)
{
    if (f->type == SCHEMA_ONE || f->type == SCHEMA_MANY) {
        return "can't be decoded: nested objects are SCHEMA_OBJECT or SCHEMA_JSON";
    }
    if ((f->flags & FIELD_QUERY) && (f->type == SCHEMA_OBJECT || f->type == SCHEMA_JSON)) {
        return "can't be a query parameter";
    }
    if (f->offset < sizeof(struct input) || f->offset >= s->size) {
        return "lies outside of the input struct";
    }
    return f->max != 0 && f->max < f->min ? "has a maximum below its minimum" : NULL;
}

static const char *output_problem(const struct field *f)
{
    bool document = f->type >= SCHEMA_UUIDS;
    if ((f->type == SCHEMA_ONE || f->type == SCHEMA_MANY) && f->of == NULL) {
        return "needs the schema of what it holds";
    }
    return (f->flags & FIELD_SORT) && document ? "can't be sorted by" : NULL;
}

static const char *field_problem(const struct schema *s, const struct field *f, bool as_input)
{
    if (f->name == NULL || !is_name(f->name, strlen(f->name))) {
        return "isn't named in lower case";
    }
    if (schema_field(s, f->name) != f) {
        return "stands there twice";
    }
    if (f->type == SCHEMA_ENUM && (f->values == NULL || f->values[0] == NULL)) {
        return "is an enum without values";
    }
    return as_input ? input_problem(s, f) : output_problem(f);
}

static void check_schema(struct report *p, const char *domain, const struct route *r, const struct schema *s, bool as_input,
                         int depth)
{
    if (str_empty(s->name) || s->count < 0 || s->count > FIELDS_MAX || depth > SCHEMA_DEPTH_MAX) {
        complain(p, domain, r, "the schema %s needs a name, at most %d fields and an end to its nesting",
                 s->name != NULL ? s->name : "", FIELDS_MAX);
        return;
    }
    for (int i = 0; i < s->count; i++) {
        const struct field *f = &s->fields[i];
        const char *problem = field_problem(s, f, as_input);
        if (problem != NULL) {
            complain(p, domain, r, "the field %s of %s %s", f->name != NULL ? f->name : "", s->name, problem);
        } else if (!as_input && f->of != NULL) {
            check_schema(p, domain, r, f->of, false, depth + 1);
        }
    }
}

/* Parameters that every list takes can't be fields as well. */
static void check_list_names(struct report *p, const char *domain, const struct route *r)
{
    static const char *const taken[] = { "limit", "cursor", "page", "sort", "count", "fields", "include" };
    for (size_t i = 0; is_list(r) && i < sizeof taken / sizeof *taken; i++) {
        const struct field *in = r->input != NULL ? schema_field(r->input, taken[i]) : NULL;
        const struct field *out = r->output != NULL ? schema_field(r->output, taken[i]) : NULL;
        if ((in != NULL && (in->flags & FIELD_QUERY)) || (out != NULL && (out->flags & FIELD_FILTER))) {
            complain(p, domain, r, "%s is what every list calls a parameter of its own", taken[i]);
        }
    }
}

/* ---- rules between rows ---- */

static void check_duplicates(struct report *p, int n, const char *domain, const struct route *r)
{
    const struct route *other;
    for (int i = 0; i < n; i++) {
        other = registry_route(i, NULL);
        if (other->method == r->method && other->path != NULL && router_same_shape(other->path, r->path)) {
            complain(p, domain, r, "another row has this method and address (%s)", other->path);
        }
    }
}

static bool same_fields(const struct schema *a, const struct schema *b)
{
    for (int i = 0; a->count == b->count && i < a->count; i++) {
        const struct field *f = &a->fields[i], *g = &b->fields[i];
        if (strcmp(f->name, g->name) != 0 || f->type != g->type || f->flags != g->flags) {
            return false;
        }
    }
    return a->count == b->count;
}

/* The schema of this name within `in`, if it isn't like `s`. */
static const struct schema *find_unlike(const struct schema *in, const struct schema *s)
{
    const struct schema *found = NULL;
    if (in == s) {
        return NULL;
    }
    if (strcmp(in->name, s->name) == 0 && !same_fields(in, s)) {
        return in;
    }
    for (int i = 0; found == NULL && i < in->count; i++) {
        found = in->fields[i].of != NULL ? find_unlike(in->fields[i].of, s) : NULL;
    }
    return found;
}

/* One name is one component of the OpenAPI document. */
static void check_names(struct report *p, int n, const char *domain, const struct route *r)
{
    for (int i = 0; i < n; i++) {
        const struct route *other = registry_route(i, NULL);
        bool outputs = r->output != NULL && other->output != NULL && find_unlike(other->output, r->output) != NULL;
        bool inputs = r->input != NULL && other->input != NULL && find_unlike(other->input, r->input) != NULL;
        if (outputs || inputs) {
            complain(p, domain, r, "its %s %s isn't that of %s", outputs ? "output" : "input",
                     outputs ? r->output->name : r->input->name, other->path);
            return;
        }
    }
}

static void check_route(struct report *p, int n, const char *domain, const struct route *r)
{
    int before = p->problems;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].broken(r)) {
            complain(p, domain, r, "%s", rules[i].words);
            if (rules[i].broken == no_path) {
                return;
            }
        }
    }
    if (r->input != NULL) {
        check_schema(p, domain, r, r->input, true, 0);
    }
    if (r->output != NULL) {
        check_schema(p, domain, r, r->output, false, 0);
    }
    check_list_names(p, domain, r);
    check_duplicates(p, n, domain, r);
    if (p->problems == before) { /* names and fields may be read */
        check_names(p, n, domain, r);
    }
}

bool registry_check(char *err, size_t err_size)
{
    struct report p = { .to = err, .size = err_size };
    const struct route *r;
    const char *domain;

    if (err_size > 0) {
        err[0] = '\0';
    }
    for (int i = 0; (r = registry_route(i, &domain)) != NULL; i++) {
        check_route(&p, i, domain, r);
    }
    return p.problems == 0;
}
