/* openapi_parts.c - the components of the OpenAPI document: schemas, answers, errors, parameters that many rows share. */
#include "api/openapi_internal.h"

#include "api/emit.h"
#include "api/list.h"
#include "api/registry.h"
#include <stdlib.h>
#include <string.h>

#define UUID_EXAMPLE "0193b2c4-7a10-7c3e-9f21-5d0c8e6a4b17"
#define TAIL "\"message\":null,\"timestamp\":\"2026-11-20T23:17:05.123Z\",\"request_id\":\"" UUID_EXAMPLE "\""

/* ---- schemas ---- */

enum { OUTPUTS_MAX = 1024 };

/* The schemas written so far; of two that share a name the first stands for both. */
struct written {
    const struct schema *v[OUTPUTS_MAX];
    int n;
};

static bool is_written(const struct written *w, const char *name)
{
    for (int i = 0; i < w->n; i++) {
        if (strcmp(w->v[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void note(struct written *w, const struct schema *s)
{
    if (w->n == OUTPUTS_MAX) {
        abort(); /* raise it */
    }
    w->v[w->n++] = s;
}

static void write_output(struct buf *b, struct written *w, const struct schema *s)
{
    if (is_written(w, s->name)) {
        return;
    }
    note(w, s);
    emit_key(b, s->name);
    schema_describe(b, s, false);
    for (int i = 0; i < s->count; i++) {
        if (s->fields[i].of != NULL) {
            write_output(b, w, s->fields[i].of);
        }
    }
}

static bool holds_name(const struct schema *s, const char *name)
{
    if (strcmp(s->name, name) == 0) {
        return true;
    }
    for (int i = 0; i < s->count; i++) {
        if (s->fields[i].of != NULL && holds_name(s->fields[i].of, name)) {
            return true;
        }
    }
    return false;
}

bool openapi_is_output(const char *name)
{
    const struct route *r;
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        if (r->output != NULL && holds_name(r->output, name)) {
            return true;
        }
    }
    return false;
}

static bool body_before(int n, const char *name)
{
    char room[OPENAPI_NAME];
    for (int i = 0; i < n; i++) {
        const struct route *r = registry_route(i, NULL);
        if (openapi_has_body(r) && strcmp(openapi_body_name(r, room), name) == 0) {
            return true;
        }
    }
    return false;
}

static void write_bodies(struct buf *b)
{
    const struct route *r;
    char room[OPENAPI_NAME];
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        if (!openapi_has_body(r) || body_before(i, openapi_body_name(r, room))) {
            continue;
        }
        emit_key(b, room);
        if (openapi_body_kind(r) == BODY_PATCH) {
            schema_describe_patch(b, r->input);
        } else {
            schema_describe(b, r->input, true);
        }
    }
}

static void write_schemas(struct buf *b)
{
    static const char envelope[] =
        "{\"type\":\"object\",\"description\":\"What every answer is wrapped "
        "in.\",\"required\":[\"success\",\"message\",\"timestamp\","
        "\"request_id\"],\"properties\":{\"success\":{\"const\":true},\"message\":{\"type\":[\"string\",\"null\"]},"
        "\"timestamp\":{\"type\":\"string\",\"format\":\"date-time\"},\"request_id\":{\"type\":\"string\","
        "\"description\":\"Also in the header X-Request-ID; name it when you report a fault.\"}}}";
    static const char page[] =
        "{\"type\":\"object\",\"description\":\"What lists have beside their "
        "data.\",\"required\":[\"count\",\"next\",\"previous\",\"meta\"],"
        "\"properties\":{\"count\":{\"type\":\"integer\",\"description\":\"Exact to 10,000; see "
        "meta.pagination.count_exact.\"},"
        "\"next\":{\"type\":[\"string\",\"null\"],\"description\":\"Address of the next page.\"},"
        "\"previous\":{\"type\":[\"string\",\"null\"]},\"meta\":{\"type\":\"object\",\"properties\":{\"pagination\":{\"type\":"
        "\"object\","
        "\"properties\":{\"page\":{\"type\":\"integer\"},\"limit\":{\"type\":\"integer\"},\"total\":{\"type\":\"integer\"},"
        "\"pages\":{\"type\":\"integer\"},\"count_exact\":{\"type\":\"boolean\"}}},\"filters\":{\"type\":\"object\"},"
        "\"sort\":{\"type\":[\"string\",\"null\"]}}}}}";
    static const char error[] =
        "{\"type\":\"object\",\"description\":\"What every refusal looks like; with Accept: application/problem+json it comes "
        "as RFC 9457.\","
        "\"required\":[\"success\",\"error\",\"timestamp\",\"request_id\"],\"properties\":{\"success\":{\"const\":false},"
        "\"error\":{\"type\":\"object\",\"required\":[\"code\",\"message\",\"details\",\"field_errors\"],\"properties\":{"
        "\"code\":{\"$ref\":\"#/components/schemas/"
        "ErrorCode\"},\"message\":{\"type\":\"string\"},\"details\":{\"type\":\"object\"},"
        "\"field_errors\":{\"type\":\"object\",\"description\":\"Every wrong field with what is wrong about it.\","
        "\"additionalProperties\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}},"
        "\"timestamp\":{\"type\":\"string\",\"format\":\"date-time\"},\"request_id\":{\"type\":\"string\"}}}";
    struct written w = { .n = 0 };
    const struct route *r;

    emit_key(b, "schemas");
    buf_char(b, '{');
    emit_json(b, "Envelope", envelope);
    emit_json(b, "Page", page);
    emit_json(b, "Error", error);
    emit_key(b, "ErrorCode");
    buf_str(b, "{\"type\":\"string\",\"enum\":[");
    for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
        emit_item(b);
        buf_json_str(b, err_code((enum err)e));
    }
    buf_str(b, "]}");
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        if (r->output != NULL) {
            write_output(b, &w, r->output);
        }
    }
    write_bodies(b);
    buf_char(b, '}');
}

/* ---- answers ---- */

static bool has_reply(const struct route *r)
{
    return !(r->flags & ROUTE_RAW);
}

static bool reply_before(int n, const char *name)
{
    char room[OPENAPI_NAME];
    for (int i = 0; i < n; i++) {
        const struct route *r = registry_route(i, NULL);
        if (has_reply(r) && strcmp(openapi_reply_name(r, room), name) == 0) {
            return true;
        }
    }
    return false;
}

static void write_reply_headers(struct buf *b, const struct route *r)
{
    static const char string[] = "{\"description\":\"%s\",\"schema\":{\"type\":\"string\"}}";
    emit_key(b, "headers");
    buf_char(b, '{');
    if (openapi_has_version(r)) {
        emit_key(b, "ETag");
        buf_printf(b, string, "The version, as If-Match and If-None-Match take it: \\\"v17\\\".");
    }
    if (r->reply == REPLY_CREATED) {
        emit_key(b, "Location");
        buf_printf(b, string, "Address of what was made.");
    }
    if (r->reply == REPLY_LIST) {
        emit_key(b, "Link");
        buf_printf(b, string, "The next page, with rel=next.");
    }
    if ((r->flags & ROUTE_GIVES_CSV) != 0) {
        emit_key(b, "Content-Disposition");
        buf_printf(b, string, "Of a table: what to call the file.");
    }
    emit_key(b, "X-Request-ID");
    buf_printf(b, string, "Id of this request.");
    buf_char(b, '}');
}

static void write_reply_schema(struct buf *b, const struct route *r)
{
    buf_str(b, "{\"allOf\":[{\"$ref\":\"#/components/schemas/Envelope\"}");
    if (r->reply == REPLY_LIST) {
        buf_str(b, ",{\"$ref\":\"#/components/schemas/Page\"}");
    }
    buf_str(b, ",{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":");
    if (r->reply == REPLY_NULL) {
        buf_str(b, "{\"type\":\"null\"}");
    } else if (r->reply == REPLY_LIST) {
        buf_printf(b, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}}", r->output->name);
    } else {
        buf_printf(b, "{\"$ref\":\"#/components/schemas/%s\"}", r->output->name);
    }
    buf_str(b, "}}]}");
}

static void write_reply_example(struct buf *b, const struct route *r)
{
    buf_str(b, "{\"success\":true,\"data\":");
    if (r->reply == REPLY_NULL) {
        buf_str(b, "null");
    } else if (r->reply == REPLY_LIST) {
        buf_char(b, '[');
        schema_example(b, r->output, false);
        buf_str(b, "],\"count\":1,\"next\":null,\"previous\":null,\"meta\":{\"pagination\":{\"page\":1,\"limit\":50,\"total\":"
                   "1,\"pages\":1,"
                   "\"count_exact\":true},\"filters\":{},\"sort\":");
        buf_json_str(b, r->sort);
        buf_char(b, '}');
    } else {
        schema_example(b, r->output, false);
    }
    buf_str(b, "," TAIL "}");
}

/* The table that a list can come as: which columns it has, and in which order, its first line says. */
static void write_table(struct buf *b, const struct route *r)
{
    const char *comma = "";
    emit_key(b, "text/csv");
    buf_str(b, "{\"schema\":{\"type\":\"string\",\"description\":\"RFC 4180 in UTF-8, to who accepts text/csv: all rows that "
               "fit, whatever "
               "their number, below a line with the names of the fields. What is no text is written as in JSON, null as "
               "nothing, and a text "
               "that a spreadsheet would take for a formula begins with an apostrophe.\"},\"example\":\"");
    for (int i = 0; i < r->output->count; i++) {
        if ((r->output->fields[i].flags & (FIELD_INCLUDE | FIELD_SINGLE)) == 0) {
            buf_printf(b, "%s%s", comma, r->output->fields[i].name);
            comma = ",";
        }
    }
    buf_str(b, "\\r\\n\"}");
}

static void write_reply(struct buf *b, const struct route *r)
{
    static const char *const words[] = {
        [REPLY_ONE] = "The object.", [REPLY_CREATED] = "It was made.", [REPLY_LIST] = "A page.", [REPLY_NULL] = "Done."
    };
    buf_char(b, '{');
    emit_str(b, "description", words[r->reply]);
    write_reply_headers(b, r);
    emit_key(b, "content");
    buf_str(b, "{\"application/json\":{\"schema\":");
    write_reply_schema(b, r);
    emit_key(b, "example");
    write_reply_example(b, r);
    buf_char(b, '}');
    if ((r->flags & ROUTE_GIVES_CSV) != 0) {
        write_table(b, r);
    }
    buf_str(b, "}}");
}

/* ---- errors ---- */

static bool status_before(int e)
{
    for (int i = ERR_NONE + 1; i < e; i++) {
        if (err_status((enum err)i) == err_status((enum err)e)) {
            return true;
        }
    }
    return false;
}

static void write_error_example(struct buf *b, enum err e)
{
    emit_key(b, err_code(e));
    buf_str(b, "{\"value\":{\"success\":false,\"error\":{");
    emit_str(b, "code", err_code(e));
    emit_str(b, "message", err_message(e));
    emit_json(b, "details", "{}");
    emit_json(b, "field_errors", e == ERR_VALIDATION_FAILED ? "{\"title\":[\"must be at least 1 character\"]}" : "{}");
    buf_str(b, "},\"timestamp\":\"2026-11-20T23:17:05.123Z\",\"request_id\":\"" UUID_EXAMPLE "\"}}");
}

/* One answer per status, naming all codes that come with it. */
static void write_error(struct buf *b, int status)
{
    const char *before = "";
    char room[OPENAPI_NAME];
    emit_key(b, openapi_error_name(status, room));
    buf_str(b, "{\"description\":\"");
    for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
        if (err_status((enum err)e) == status) {
            buf_printf(b, "%s`%s`", before, err_code((enum err)e));
            before = ", ";
        }
    }
    buf_char(b, '"');
    if (status == 429 || status == 503) {
        emit_json(b, "headers", "{\"Retry-After\":{\"description\":\"Seconds to wait.\",\"schema\":{\"type\":\"integer\"}}}");
    }
    emit_key(b, "content");
    buf_str(b, "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Error\"},\"examples\":{");
    for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
        if (err_status((enum err)e) == status) {
            write_error_example(b, (enum err)e);
        }
    }
    buf_str(b, "}}}}");
}

static void write_responses(struct buf *b)
{
    const struct route *r;
    char room[OPENAPI_NAME];
    emit_key(b, "responses");
    buf_char(b, '{');
    for (int i = 0; (r = registry_route(i, NULL)) != NULL; i++) {
        if (has_reply(r) && !reply_before(i, openapi_reply_name(r, room))) {
            emit_key(b, openapi_reply_name(r, room));
            write_reply(b, r);
        }
    }
    for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
        if (!status_before(e)) {
            write_error(b, err_status((enum err)e));
        }
    }
    buf_char(b, '}');
}

/* ---- shared parameters ---- */

static const struct {
    const char *component, *name, *in, *schema, *doc;
} parameters[] = {
    { "BrandAddress", "brand_id", "path", "{\"type\":\"string\"}", "The brand's id or slug." },
    { "BrandHeader", "X-Brand-ID", "header", "{\"type\":\"string\"}",
      "The brand's id or slug; without it the token's current brand is meant." },
    { "IfMatch", "If-Match", "header", "{\"type\":\"string\",\"examples\":[\"\\\"v17\\\"\"]}",
      "The ETag that was read: a change in between is answered with 412 and the object as it is now." },
    { "IfNoneMatch", "If-None-Match", "header", "{\"type\":\"string\"}", "The ETag one has: 304 when it is still right." },
    { "IdempotencyKey", "Idempotency-Key", "header", "{\"type\":\"string\",\"maxLength\":255}",
      "Any text of one's own: the same request with the same key has one effect and one answer, for 24 hours; also where that "
      "is 403, 404, "
      "409 or 410." },
    { "Limit", "limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":50}", "Rows of a page." },
    { "Cursor", "cursor", "query", "{\"type\":\"string\"}", "Where the page begins, as `next` and `previous` have it." },
    { "Page", "page", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100000}",
      "The n-th page, in place of a cursor; for small sets." },
    { "Count", "count", "query", "{\"type\":\"string\",\"enum\":[\"exact\"]}", "Counts beyond 10,000 too." },
};

_Static_assert(LIST_LIMIT == 50 && LIST_LIMIT_MAX == 100 && LIST_PAGE_MAX == 100000 && LIST_COUNT_CEILING == 10000,
               "the numbers that the parameters above state");

static void write_parameters(struct buf *b)
{
    emit_key(b, "parameters");
    buf_char(b, '{');
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        emit_key(b, parameters[i].component);
        buf_char(b, '{');
        emit_str(b, "name", parameters[i].name);
        emit_str(b, "in", parameters[i].in);
        emit_json(b, "required", strcmp(parameters[i].in, "path") == 0 ? "true" : "false");
        emit_str(b, "description", parameters[i].doc);
        emit_json(b, "schema", parameters[i].schema);
        buf_char(b, '}');
    }
    buf_char(b, '}');
}

void openapi_write_components(struct buf *b)
{
    buf_char(b, '{');
    emit_json(b, "securitySchemes",
              "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
              "\"description\":\"The access token that signing in gives, which lasts 15 minutes; or an API token "
              "(kar_pat_…, from POST /auth/tokens), which is good for the rows whose x-scope is among its scopes, and never "
              "for those with x-session-only.\"},"
              "\"refresh\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-karara_refresh\","
              "\"description\":\"The refresh token that signing in sets; each works once.\"}}");
    write_parameters(b);
    write_responses(b);
    write_schemas(b);
    buf_char(b, '}');
}
