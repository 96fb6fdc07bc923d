/* openapi.c - the OpenAPI 3.1 document: its head, and what paths and components agree on. */
#include "api/openapi.h"

#include "api/emit.h"
#include "api/openapi_internal.h"
#include "api/registry.h"
#include "api/request.h"
#include <stdio.h>
#include <string.h>

static const char about[] =
    "The interface of Karara, a work-management platform. JSON over HTTPS; every answer is wrapped in an envelope with "
    "`success`, "
    "`timestamp` and `request_id`, and every refusal has a `code` from a fixed register.\n\n"
    "**Signing in.** `POST /auth/login` gives an access token for `Authorization: Bearer` and sets a refresh cookie. Programs "
    "use an API token in the same header: `POST /auth/tokens` makes one, with scopes such as `tasks:read` or `*:write` "
    "(`x-scope` says which one an operation needs; those with `x-session-only` take no API token).\n\n"
    "**Which brand.** What belongs to a brand has two addresses: under `/brands/{brand_id}`, and without it, where the brand "
    "is the header "
    "`X-Brand-ID`, else the token's current brand.\n\n"
    "**Lists** page by cursor: follow `next`. They take `limit`, `sort`, `fields`, `include` and a filter for every field that "
    "says so.\n\n"
    "**Changing things.** `PATCH` and `PUT` both take a merge patch: only the fields given change, null clears. Send the "
    "`ETag` back as "
    "`If-Match` so that nobody's change is lost, and an `Idempotency-Key` with a POST so that it can be repeated safely.";

bool openapi_has_body(const struct route *r)
{
    for (int i = 0; r->method != HTTP_GET && r->input != NULL && i < r->input->count; i++) {
        if (!(r->input->fields[i].flags & FIELD_QUERY)) {
            return true;
        }
    }
    return false;
}

enum body_kind openapi_body_kind(const struct route *r)
{
    return r->method == HTTP_PATCH || r->method == HTTP_PUT ? BODY_PATCH : BODY_WHOLE;
}

bool openapi_body_required(const struct route *r)
{
    for (int i = 0; i < r->input->count; i++) {
        if ((r->input->fields[i].flags & (FIELD_REQUIRED | FIELD_QUERY)) == FIELD_REQUIRED) {
            return true;
        }
    }
    return false;
}

/* "TaskInput": with "Body" where an output has the name, with "Patch" where what is required elsewhere isn't here. */
const char *openapi_body_name(const struct route *r, char room[OPENAPI_NAME])
{
    bool relaxed = openapi_body_kind(r) == BODY_PATCH && openapi_body_required(r);
    snprintf(room, OPENAPI_NAME, "%s%s%s", r->input->name, openapi_is_output(r->input->name) ? "Body" : "",
             relaxed ? "Patch" : "");
    return room;
}

const char *openapi_reply_name(const struct route *r, char room[OPENAPI_NAME])
{
    static const char *const suffixes[] = { [REPLY_ONE] = "", [REPLY_CREATED] = ".created", [REPLY_LIST] = ".list" };
    if (r->reply == REPLY_NULL) {
        return "Nothing";
    }
    const char *table = (r->flags & ROUTE_GIVES_CSV) != 0 ? ".table" : "";
    snprintf(room, OPENAPI_NAME, "%s%s%s", r->output->name, suffixes[r->reply], table);
    return room;
}

const char *openapi_error_name(int status, char room[OPENAPI_NAME])
{
    snprintf(room, OPENAPI_NAME, "Error%d", status);
    return room;
}

bool openapi_has_version(const struct route *r)
{
    return r->output != NULL && r->reply != REPLY_LIST && schema_field(r->output, "version") != NULL;
}

static void write_tags(struct buf *b)
{
    emit_key(b, "tags");
    buf_char(b, '[');
    for (const struct route_table *const *t = registry_tables; *t != NULL; t++) {
        emit_item(b);
        buf_char(b, '{');
        emit_str(b, "name", (*t)->domain);
        buf_char(b, '}');
    }
    buf_char(b, ']');
}

/* The matrix that permission_print shows: each permission with the least role that has it. */
static void write_permissions(struct buf *b)
{
    emit_key(b, "x-permissions");
    buf_str(b, "{\"roles\":[");
    for (const char *const *name = role_names; *name != NULL; name++) {
        emit_item(b);
        buf_json_str(b, *name);
    }
    buf_str(b, "],\"permissions\":[");
    for (int p = PERM_PLATFORM_ADMIN + 1; p < PERM_COUNT; p++) {
        int role = ROLE_GUEST;
        while (!(permission_defaults((enum role)role) & permission_bit((enum permission)p))) {
            role++;
        }
        emit_item(b);
        buf_char(b, '{');
        emit_str(b, "key", permission_key((enum permission)p));
        emit_str(b, "description", permission_doc((enum permission)p));
        emit_str(b, "from", role_name((enum role)role));
        buf_char(b, '}');
    }
    buf_str(b, "]}");
}

void openapi_write(struct buf *b)
{
    buf_char(b, '{');
    emit_str(b, "openapi", "3.1.0");
    emit_key(b, "info");
    buf_char(b, '{');
    emit_str(b, "title", "Karara API");
    emit_str(b, "version", KARARA_VERSION);
    emit_str(b, "description", about);
    buf_char(b, '}');
    emit_json(b, "servers", "[{\"url\":\"/api/v1\",\"description\":\"This installation\"}]");
    emit_json(b, "security", "[{\"bearer\":[]}]");
    write_tags(b);
    write_permissions(b);
    emit_key(b, "paths");
    openapi_write_paths(b);
    emit_key(b, "components");
    openapi_write_components(b);
    buf_char(b, '}');
}
