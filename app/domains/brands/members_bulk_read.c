/* members_bulk_read.c - operations on memberships, from JSON and from CSV. */
#include "domains/brands/members_bulk.h"

#include "core/arena.h"
#include "core/csv.h"
#include "core/str.h"
#include <string.h>

static const char *const kinds[] = { "add", "update", "remove", "invite", NULL };
static const char *const settable_statuses[] = { "active", "suspended", NULL };

static const struct field fields[] = {
    FIELD(struct bulk_operation, op, SCHEMA_ENUM, .flags = FIELD_REQUIRED, .values = kinds, .doc = "What to do"),
    FIELD(struct bulk_operation, email, SCHEMA_EMAIL, .doc = "Whose; or user_id"),
    FIELD(struct bulk_operation, user_id, SCHEMA_UUID, .doc = "Whose; or email"),
    FIELD(struct bulk_operation, role, SCHEMA_ENUM, .values = role_names, .doc = "At most one's own"),
    FIELD(struct bulk_operation, permissions, SCHEMA_OBJECT, .max = 4096, .doc = "Of update: overrides"),
    FIELD(struct bulk_operation, status, SCHEMA_ENUM, .values = settable_statuses, .doc = "Of update"),
    FIELD(struct bulk_operation, expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When access ends; null for never"),
    FIELD(struct bulk_operation, team_ids, SCHEMA_UUIDS, .max = 100, .doc = "Of add and invite: teams to put them into"),
    FIELD(struct bulk_operation, teams, SCHEMA_STRINGS, .max = 100, .doc = "Of add and invite: the same by name"),
    FIELD(struct bulk_operation, message, SCHEMA_STRING, .max = INVITATION_MESSAGE, .doc = "Of invite: for the mail"),
};
const struct schema bulk_operation_schema = SCHEMA("MemberOperation", fields, sizeof(struct bulk_operation));

static bool given(const struct bulk_operation *in, const char *name)
{
    return schema_given(&bulk_operation_schema, in, name);
}

/* Fields that this kind of operation doesn't take, or lacks. */
static void check_fields(struct request *rq, const struct bulk_item *item)
{
    static const struct {
        const char *field;
        bool kinds[4];
    } takes[] = {
        { "role", { true, true, false, true } },      { "permissions", { false, true, false, false } },
        { "status", { false, true, false, false } },  { "expires_at", { true, true, false, true } },
        { "team_ids", { true, false, false, true } }, { "teams", { true, false, false, true } },
        { "message", { false, false, false, true } },
    };
    if (item->kind == BULK_INVITE) {
        if (!given(&item->in, "email") || given(&item->in, "user_id")) {
            rq_fail_field(rq, "email", "is required, and user_id isn't for invite");
        }
    } else if (given(&item->in, "email") == given(&item->in, "user_id")) {
        rq_fail_field(rq, "email", "must be given, or user_id, and not both");
    }
    if ((item->kind == BULK_ADD || item->kind == BULK_INVITE) && item->in.role == NULL) {
        rq_fail_field(rq, "role", "is required");
    }
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++) {
        if (given(&item->in, takes[i].field) && !takes[i].kinds[item->kind]) {
            rq_fail_field(rq, takes[i].field, arena_printf(rq->arena, "is not for %s", item->in.op));
        }
    }
}

static void read_item(struct request *rq, struct bulk *b, struct bulk_item *item, const json_t *json)
{
    if (!json_is_object(json)) {
        rq_fail_field(rq, "operations", "must hold objects");
        bulk_refuse(rq, b, item);
        return;
    }
    schema_decode(rq->arena, &bulk_operation_schema, json, NULL, &item->in, &rq->errors);
    schema_require(&bulk_operation_schema, &item->in, &rq->errors);
    if (rq->errors.first != NULL) {
        rq_fail(rq, ERR_VALIDATION_FAILED);
    } else {
        item->has_expiry = given(&item->in, "expires_at");
        for (int k = BULK_ADD; k <= BULK_INVITE; k++) {
            item->kind = strcmp(item->in.op, kinds[k]) == 0 ? (enum bulk_kind)k : item->kind;
        }
        check_fields(rq, item);
    }
    if (rq->err != ERR_NONE) {
        bulk_refuse(rq, b, item);
    }
}

static enum err begin(struct request *rq, struct bulk *b, size_t count)
{
    if (count == 0 || count > BULK_MAX) {
        return rq_fail_field(rq, "operations", arena_printf(rq->arena, "must be 1 to %d", BULK_MAX));
    }
    b->items = arena_zalloc(rq->arena, count * sizeof *b->items);
    b->count = (int)count;
    return ERR_NONE;
}

enum err bulk_read_json(struct request *rq, struct bulk *ret)
{
    const char *problem = NULL;
    *ret = (struct bulk){ .count = 0 };
    const json_t *list = json_object_get(schema_parse(rq->arena, rq->changes, strlen(rq->changes), 32, &problem), "operations");
    if (!json_is_array(list)) {
        return rq_fail_field(rq, "operations", "must be a list");
    }
    if (begin(rq, ret, json_array_size(list)) != ERR_NONE) {
        return rq->err;
    }
    for (int i = 0; i < ret->count; i++) {
        read_item(rq, ret, &ret->items[i], json_array_get(list, (size_t)i));
    }
    return ERR_NONE;
}

/* ---- CSV ---- */

/* Names of teams stand in one cell, between semicolons. */
static json_t *names_of(struct request *rq, const char *cell)
{
    json_t *names = json_array();
    size_t n = 0;
    char **parts = str_split(rq->arena, cell, ';', &n);
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(names, json_string(parts[i]));
    }
    return names;
}

/* A row as the operation that it stands for; an empty cell isn't given. */
static json_t *operation_of(struct request *rq, const char *const *header, int columns, const char *const *cells, int count)
{
    json_t *o = json_object();
    arena_adopt(rq->arena, o, (void (*)(void *))json_decref);
    for (int i = 0; i < columns && i < count; i++) {
        if (cells[i][0] != '\0') {
            bool teams = strcmp(header[i], "teams") == 0;
            json_object_set_new(o, header[i], teams ? names_of(rq, cells[i]) : json_string(cells[i]));
        }
    }
    if (json_object_get(o, "op") == NULL) {
        json_object_set_new(o, "op", json_string("add"));
    }
    return o;
}

/* A column's name as spreadsheets may write it: whatever its case, with blanks around it. */
static const char *column_of(struct arena *a, const char *cell)
{
    size_t n;
    cell += strspn(cell, " \t");
    for (n = strlen(cell); n > 0 && (cell[n - 1] == ' ' || cell[n - 1] == '\t'); n--) {
    }
    char *name = arena_strndup(a, cell, n);
    for (char *c = name; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    return name;
}

static enum err check_header(struct request *rq, const char *const *header, int columns)
{
    static const char *const known[] = { "op", "email", "user_id", "role", "status", "teams", "expires_at", "message" };
    for (int i = 0; i < columns; i++) {
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            found |= strcmp(header[i], known[k]) == 0;
        }
        for (int k = 0; k < i; k++) {
            found &= strcmp(header[i], header[k]) != 0;
        }
        if (!found) {
            return rq_fail_field(rq, "operations",
                                 arena_printf(rq->arena, "%.60s is no column, or stands there twice", header[i]));
        }
    }
    return ERR_NONE;
}

enum err bulk_read_csv(struct request *rq, const char *text, struct bulk *ret)
{
    const char *header[CSV_CELLS], *cells[CSV_CELLS];
    int columns = 0, n = 0, count = 0;
    struct csv csv = { .arena = rq->arena, .at = text };
    const json_t *rows[BULK_MAX + 1];
    *ret = (struct bulk){ .count = 0 };
    bool begun = csv_next(&csv, header, &columns);
    for (int i = 0; begun && i < columns; i++) {
        header[i] = column_of(rq->arena, header[i]);
    }
    if (begun && check_header(rq, header, columns) != ERR_NONE) {
        return rq->err;
    }
    while (count <= BULK_MAX && csv_next(&csv, cells, &n)) {
        if (n != columns) {
            return rq_fail_field(rq, "operations",
                                 arena_printf(rq->arena, "line %d has %d cells, the first has %d", csv.line, n, columns));
        }
        rows[count++] = operation_of(rq, header, columns, cells, n);
    }
    if (csv.broken) {
        return rq_fail_field(rq, "operations",
                             arena_printf(rq->arena, "line %d has a quote out of place, or is too long", csv.line));
    }
    if (begin(rq, ret, (size_t)count) != ERR_NONE) {
        return rq->err;
    }
    for (int i = 0; i < count; i++) {
        read_item(rq, ret, &ret->items[i], rows[i]);
    }
    return ERR_NONE;
}
