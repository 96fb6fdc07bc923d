/* openapi_paths.c - the paths of the OpenAPI document: every address with its operations. */
#include "api/openapi_internal.h"

#include "api/emit.h"
#include "api/registry.h"
#include "api/router.h"
#include "api/token.h"
#include "core/str.h"
#include <stdio.h>
#include <string.h>

enum { ADDRESS_SIZE = 256, ID_SIZE = 128, FIELD_NAME_SIZE = 80 };

#define BRAND_PREFIX "/brands/{brand_id}"

/* A row as one of its addresses serves it. */
struct operation {
    const struct route *route;
    const char *domain;
    enum http_method method; /* PUT for a PATCH row too */
    bool under_brand;        /* the brand stands in the address, not in a header */
    bool is_copy;            /* another address or method of an operation that is told in full elsewhere */
};

/* The row's short address, or the one under the brand; false if it has none. */
static bool address_of(const struct route *r, bool under_brand, char room[ADDRESS_SIZE])
{
    snprintf(room, ADDRESS_SIZE, "%s%s", under_brand ? BRAND_PREFIX : "", r->path);
    return !under_brand || router_has_brand_address(r);
}

static bool find_row(const char *address, enum http_method method, struct operation *ret)
{
    char own[ADDRESS_SIZE];
    for (int under_brand = 0; under_brand <= 1; under_brand++) {
        for (int i = 0; (ret->route = registry_route(i, &ret->domain)) != NULL; i++) {
            if (ret->route->method == method && address_of(ret->route, under_brand, own) && router_same_shape(own, address)) {
                ret->under_brand = under_brand;
                return true;
            }
        }
    }
    return false;
}

/* What answers there, as the dispatcher finds it: PUT falls back on PATCH. */
static bool find_operation(const char *address, enum http_method method, struct operation *ret)
{
    bool found = find_row(address, method, ret);
    bool borrowed = !found && method == HTTP_PUT;
    if (borrowed) {
        found = find_row(address, HTTP_PATCH, ret);
    }
    ret->method = method;
    ret->is_copy = found && (borrowed || ret->under_brand);
    return found;
}

/* ---- names ---- */

static const char *verb_of(const struct route *r)
{
    switch (r->method) {
    case HTTP_GET:
        return r->reply == REPLY_LIST ? "_list" : "_get";
    case HTTP_POST:
        return r->reply == REPLY_CREATED ? "_create" : "";
    case HTTP_PUT:
        return "_put";
    case HTTP_PATCH:
        return "_update";
    default:
        return "_delete";
    }
}

/* "/boards/{id}/tasks" -> "boards_tasks_create" */
static void base_id(const struct route *r, char room[ID_SIZE])
{
    size_t n = 0;
    for (const char *p = r->path; *p != '\0' && n + 1 < ID_SIZE; p++) {
        if (*p == '{') {
            p += strcspn(p, "}");
            n -= n > 0; /* the slash before it */
        } else if (*p != '/' || n > 0) {
            room[n++] = *p == '/' || *p == '-' || *p == '.' ? '_' : *p;
        }
    }
    room[n] = '\0';
    snprintf(room + n, ID_SIZE - n, "%s", verb_of(r));
}

/* Of rows that would have one name, the later ones are numbered. */
static void route_id(const struct route *r, char room[ID_SIZE])
{
    const struct route *other;
    char id[ID_SIZE];
    int same = 1;
    base_id(r, room);
    for (int i = 0; (other = registry_route(i, NULL)) != r; i++) {
        base_id(other, id);
        same += strcmp(id, room) == 0;
    }
    if (same > 1) {
        size_t n = strlen(room);
        snprintf(room + n, ID_SIZE - n, "_%d", same);
    }
}

static void write_id(struct buf *b, const struct operation *op)
{
    char id[ID_SIZE];
    route_id(op->route, id);
    emit_key(b, "operationId");
    buf_printf(b, "\"%s%s%s\"", id, op->method == op->route->method ? "" : "_put", op->under_brand ? "_in_brand" : "");
    if (op->is_copy) {
        emit_str(b, "x-same-as", id);
    }
}

/* ---- parameters ---- */

static void share(struct buf *b, const char *component)
{
    emit_item(b);
    buf_printf(b, "{\"$ref\":\"#/components/parameters/%s\"}", component);
}

static void write_path_param(struct buf *b, const struct operation *op, const char *name, size_t n)
{
    char text[FIELD_NAME_SIZE];
    snprintf(text, sizeof text, "%.*s", (int)n, name);
    if (strcmp(text, "brand_id") == 0) {
        share(b, "BrandAddress");
        return;
    }
    emit_item(b);
    buf_char(b, '{');
    emit_str(b, "name", text);
    emit_str(b, "in", "path");
    emit_json(b, "required", "true");
    if (strcmp(text, "id") == 0 && op->route->scope != NULL) {
        emit_key(b, "description");
        buf_printf(b, "\"Id of the %s.\"", op->route->scope->name);
    }
    emit_json(b, "schema", router_param_is_id(text) ? "{\"type\":\"string\",\"format\":\"uuid\"}" : "{\"type\":\"string\"}");
    buf_char(b, '}');
}

static void write_path_params(struct buf *b, const struct operation *op, const char *address)
{
    for (const char *p = strchr(address, '{'); p != NULL; p = strchr(p + 1, '{')) {
        write_path_param(b, op, p + 1, strcspn(p + 1, "}"));
    }
}

static bool is_list_type(const struct field *f)
{
    return f->type == SCHEMA_UUIDS || f->type == SCHEMA_STRINGS;
}

static void write_query_field(struct buf *b, const struct field *f)
{
    emit_item(b);
    buf_char(b, '{');
    emit_str(b, "name", f->name);
    emit_str(b, "in", "query");
    emit_json(b, "required", f->flags & FIELD_REQUIRED ? "true" : "false");
    emit_str(b, "description", f->doc);
    if (is_list_type(f)) {
        emit_json(b, "style", "\"form\",\"explode\":false");
    }
    emit_key(b, "schema");
    schema_describe_field(b, f, true);
    buf_char(b, '}');
}

static void write_query_fields(struct buf *b, const struct schema *s)
{
    for (int i = 0; s != NULL && i < s->count; i++) {
        if (s->fields[i].flags & FIELD_QUERY) {
            write_query_field(b, &s->fields[i]);
        }
    }
}

/* A parameter whose value is a list, by commas, of the fields that `chosen` picks; with `minus` also in reverse. */
static void write_field_list(struct buf *b, const char *name, const char *doc, const struct schema *s,
                             bool (*chosen)(const struct field *), bool minus)
{
    emit_item(b);
    buf_char(b, '{');
    emit_str(b, "name", name);
    emit_str(b, "in", "query");
    emit_str(b, "description", doc);
    emit_json(b, "style", "\"form\",\"explode\":false");
    emit_key(b, "schema");
    buf_str(b, "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[");
    for (int i = 0; i < s->count; i++) {
        if (chosen(&s->fields[i])) {
            emit_item(b);
            buf_json_str(b, s->fields[i].name);
            if (minus) {
                buf_printf(b, ",\"-%s\"", s->fields[i].name);
            }
        }
    }
    buf_str(b, "]}}}");
}

static bool is_sortable(const struct field *f)
{
    return f->flags & FIELD_SORT;
}

static bool is_in_rows(const struct field *f)
{
    return !(f->flags & FIELD_SINGLE);
}

static bool is_extra(const struct field *f)
{
    return f->flags & FIELD_INCLUDE;
}

static bool any_field(const struct schema *s, bool (*chosen)(const struct field *))
{
    for (int i = 0; i < s->count; i++) {
        if (chosen(&s->fields[i])) {
            return true;
        }
    }
    return false;
}

static void write_filter(struct buf *b, const struct field *f, const char *suffix, const char *words, bool several)
{
    struct field value = { .name = f->name, .type = f->type, .values = f->values };
    if (is_list_type(f)) {
        value.type = f->type == SCHEMA_UUIDS ? SCHEMA_UUID : SCHEMA_STRING;
    }
    emit_item(b);
    buf_char(b, '{');
    emit_key(b, "name");
    buf_printf(b, "\"%s%s\"", f->name, suffix);
    emit_str(b, "in", "query");
    emit_key(b, "description");
    buf_printf(b, "\"%s%s\"", words,
               (f->flags & FIELD_NULLABLE) && suffix[0] == '\0' ? " `null` and `!null` ask for absence and presence." : "");
    if (several) {
        emit_json(b, "style", "\"form\",\"explode\":false");
    }
    emit_key(b, "schema");
    buf_str(b, several ? "{\"type\":\"array\",\"items\":" : "");
    schema_describe_field(b, &value, true);
    buf_str(b, several ? "}}" : "}");
}

static void write_filters(struct buf *b, const struct field *f)
{
    static const struct {
        const char *suffix, *words;
    } comparisons[] = {
        { "[lt]", "Below this." }, { "[lte]", "At most this." }, { "[gt]", "Above this." }, { "[gte]", "At least this." }
    };
    bool ordered = f->type == SCHEMA_INT || f->type == SCHEMA_NUMBER || f->type == SCHEMA_TIME || f->type == SCHEMA_DATE;
    bool several = !ordered && f->type != SCHEMA_BOOL;

    write_filter(b, f, "",
                 several           ? "Only rows with one of these."
                 : is_list_type(f) ? "Only rows that hold this."
                                   : "Only rows with this.",
                 several);
    for (size_t i = 0; ordered && i < sizeof comparisons / sizeof *comparisons; i++) {
        write_filter(b, f, comparisons[i].suffix, comparisons[i].words, false);
    }
}

static void write_list_params(struct buf *b, const struct route *r)
{
    share(b, "Limit");
    share(b, "Cursor");
    share(b, "Page");
    share(b, "Count");
    if (any_field(r->output, is_sortable)) {
        char doc[ADDRESS_SIZE];
        snprintf(doc, sizeof doc, "Order, by commas; a minus sign reverses. Without it: `%s`.", r->sort);
        write_field_list(b, "sort", doc, r->output, is_sortable, true);
    }
    write_field_list(b, "fields", "Only these fields.", r->output, is_in_rows, false);
    if (any_field(r->output, is_extra)) {
        write_field_list(b, "include", "Fields that rows have only when asked for.", r->output, is_extra, false);
    }
    for (int i = 0; i < r->output->count; i++) {
        if (r->output->fields[i].flags & FIELD_FILTER) {
            write_filters(b, &r->output->fields[i]);
        }
    }
}

static bool takes_if_match(const struct operation *op)
{
    const struct scope *s = op->route->scope;
    return op->method != HTTP_GET && op->method != HTTP_POST &&
           (openapi_has_version(op->route) || (s != NULL && s->get != NULL));
}

static void write_parameters(struct buf *b, const struct operation *op, const char *address)
{
    const struct route *r = op->route;
    emit_key(b, "parameters");
    buf_char(b, '[');
    write_path_params(b, op, address);
    if ((r->flags & ROUTE_TENANT) && strstr(address, "{brand_id}") == NULL) {
        share(b, "BrandHeader");
    }
    write_query_fields(b, r->input);
    if (r->reply == REPLY_LIST && !(r->flags & ROUTE_RAW)) {
        write_list_params(b, r);
    }
    if (takes_if_match(op)) {
        share(b, "IfMatch");
    }
    if (op->method == HTTP_GET && openapi_has_version(r)) {
        share(b, "IfNoneMatch");
    }
    if (op->method == HTTP_POST) {
        share(b, "IdempotencyKey");
    }
    buf_char(b, ']');
}

/* ---- bodies and answers ---- */

/* Content of these types, as bytes. */
static void write_bytes(struct buf *b, const char *const *types)
{
    for (; *types != NULL; types++) {
        emit_key(b, *types);
        buf_printf(b, "{\"schema\":{\"type\":\"string\",\"contentMediaType\":\"%s\"}}", *types);
    }
}

static void write_body(struct buf *b, const struct operation *op)
{
    const struct route *r = op->route;
    char name[OPENAPI_NAME];
    if (r->takes != NULL) {
        emit_key(b, "requestBody");
        buf_str(b, "{\"required\":true,\"content\":{");
        write_bytes(b, r->takes);
        buf_str(b, "}}");
    }
    if (!openapi_has_body(r)) {
        return;
    }
    bool patch = openapi_body_kind(r) == BODY_PATCH;
    int types = patch ? 2 : 1;
    emit_key(b, "requestBody");
    buf_char(b, '{');
    emit_json(b, "required", !patch && openapi_body_required(r) ? "true" : "false");
    emit_key(b, "content");
    buf_char(b, '{');
    for (int i = 0; i < types; i++) {
        emit_key(b, i == 0 ? "application/json" : "application/merge-patch+json");
        buf_char(b, '{');
        emit_ref(b, "schema", "schemas", openapi_body_name(r, name));
        emit_key(b, "example");
        schema_example(b, r->input, true);
        buf_char(b, '}');
    }
    if ((r->flags & ROUTE_CSV) != 0) {
        emit_json(b, "text/csv", "{\"schema\":{\"type\":\"string\"}}");
    }
    buf_str(b, "}}");
}

static const char *raw_type(const char *path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        { ".json", "application/json" }, { ".css", "text/css" },       { ".js", "text/javascript" },
        { ".csv", "text/csv" },          { "/metrics", "text/plain" }, { "/docs", "text/html" },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t n = strlen(types[i].ending), m = strlen(path);
        if (m >= n && strcmp(path + m - n, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

/* Which refusals an operation can meet; every one can meet those of the last line. */
static bool may_answer(const struct operation *op, int status)
{
    const struct route *r = op->route;
    bool signs_in = r->permission != PERM_PUBLIC || r->rate == RATE_AUTH;
    switch (status) {
    case 401:
    case 403:
        return signs_in;
    case 404:
        return strchr(r->path, '{') != NULL || (r->flags & ROUTE_TENANT);
    case 405:
        return false;
    case 409:
        return r->tx == TX_WRITE || r->tx == TX_STEPS;
    case 410:
        return str_starts(r->path, "/invitations/");
    case 412:
    case 428:
        return takes_if_match(op);
    case 413:
    case 415:
        return op->method != HTTP_GET;
    case 423:
        return r->rate == RATE_AUTH;
    case 429:
        return r->rate != RATE_NONE;
    default: /* 400, 422, 500, 503 */
        return true;
    }
}

static void write_answers(struct buf *b, const struct operation *op)
{
    const struct route *r = op->route;
    char name[OPENAPI_NAME], status[16];
    emit_key(b, "responses");
    buf_char(b, '{');
    if (r->gives != NULL) {
        emit_key(b, "200");
        buf_str(b, "{\"description\":\"The bytes.\",\"content\":{");
        write_bytes(b, r->gives);
        buf_str(b, "}}");
    } else if (r->flags & ROUTE_RAW) {
        emit_key(b, "200");
        buf_printf(b, "{\"description\":\"The document.\",\"content\":{\"%s\":{}}}", raw_type(r->path));
    } else {
        emit_ref(b, r->reply == REPLY_CREATED ? "201" : "200", "responses", openapi_reply_name(r, name));
    }
    for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
        bool told = false;
        for (int i = ERR_NONE + 1; i < e; i++) {
            told |= err_status((enum err)i) == err_status((enum err)e);
        }
        if (!told && may_answer(op, err_status((enum err)e))) {
            snprintf(status, sizeof status, "%d", err_status((enum err)e));
            emit_ref(b, status, "responses", openapi_error_name(err_status((enum err)e), name));
        }
    }
    buf_char(b, '}');
}

/* ---- operations ---- */

static const char *permission_words(enum permission p)
{
    static const char *const words[] = { "unset", "public", "signed_in", "in_brand", "platform_admin" };
    const char *key = permission_key(p);
    return key != NULL ? key : words[p];
}

static void write_security(struct buf *b, const struct route *r)
{
    if (strcmp(r->path, "/auth/refresh") == 0) {
        emit_json(b, "security", "[{\"refresh\":[]},{}]");
    } else if (r->flags & ROUTE_ASKS_CALLER) {
        emit_json(b, "security", "[{\"bearer\":[]},{}]");
    } else if (r->permission == PERM_PUBLIC) {
        emit_json(b, "security", "[]");
    }
}

static void write_operation(struct buf *b, const struct operation *op, const char *address)
{
    static const char *const members[] = { "get", "post", "put", "patch", "delete" };
    const struct route *r = op->route;
    char scope[80];
    emit_key(b, members[op->method]);
    buf_char(b, '{');
    write_id(b, op);
    emit_key(b, "tags");
    buf_char(b, '[');
    buf_json_str(b, op->domain);
    buf_char(b, ']');
    emit_str(b, "summary", r->summary);
    emit_str(b, "description", r->doc);
    write_security(b, r);
    emit_str(b, "x-permission", permission_words(r->permission));
    emit_str(b, "x-or-permission", r->or_permission != PERM_UNSET ? permission_words(r->or_permission) : NULL);
    emit_str(b, "x-event", r->event);
    if ((r->flags & ROUTE_SESSION_ONLY) != 0) {
        emit_json(b, "x-session-only", "true");
    }
    emit_str(b, "x-scope", token_scope_of(r, scope));
    write_parameters(b, op, address);
    write_body(b, op);
    write_answers(b, op);
    buf_char(b, '}');
}

static void write_item(struct buf *b, const char *address)
{
    struct operation op;
    emit_key(b, address);
    buf_char(b, '{');
    for (int m = HTTP_GET; m < HTTP_HEAD; m++) {
        if (find_operation(address, (enum http_method)m, &op)) {
            write_operation(b, &op, address);
        }
    }
    buf_char(b, '}');
}

/* True when an address of this shape was written before row `n` of this pass. */
static bool told_before(const char *address, int n, int under_brand)
{
    char other[ADDRESS_SIZE];
    const struct route *r;
    for (int pass = 0; pass <= under_brand; pass++) {
        for (int i = 0; (r = registry_route(i, NULL)) != NULL && (pass < under_brand || i < n); i++) {
            if (address_of(r, pass, other) && router_same_shape(other, address)) {
                return true;
            }
        }
    }
    return false;
}

void openapi_write_paths(struct buf *b)
{
    char address[ADDRESS_SIZE];
    const struct route *r;
    buf_char(b, '{');
    for (int under_brand = 0; under_brand <= 1; under_brand++) {
        for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
            if (address_of(r, under_brand, address) && !told_before(address, i, under_brand)) {
                write_item(b, address);
            }
        }
    }
    buf_char(b, '}');
}
