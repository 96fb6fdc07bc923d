/* sqlc_params.c - what parameters there are, and of which types. */
#include "tools/sqlc.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *word, *name;
} types[] = {
    { "bool", "SQL_BOOL" },  { "int4", "SQL_INT4" },   { "int8", "SQL_INT8" },    { "float8", "SQL_FLOAT8" },
    { "text", "SQL_TEXT" },  { "uuid", "SQL_UUID" },   { "date", "SQL_DATE" },    { "timestamptz", "SQL_TIME" },
    { "jsonb", "SQL_JSON" }, { "bytea", "SQL_BYTES" }, { "uuid[]", "SQL_UUIDS" }, { "text[]", "SQL_TEXTS" },
};

/* The context of api/request.h, which fills these by name. */
static const struct param context[] = {
    { .name = "brand_id", .type = "SQL_UUID" },
    { .name = "actor_id", .type = "SQL_UUID" },
    { .name = "session_id", .type = "SQL_UUID" },
    { .name = "see_all", .type = "SQL_BOOL" },
    { .name = "gives_all", .type = "SQL_BOOL" },
    { .name = "team_ids", .type = "SQL_UUIDS" },
    { .name = "managed_team_ids", .type = "SQL_UUIDS" },
    { .name = "if_match", .type = "SQL_INT4" },
    { .name = "request_id", .type = "SQL_TEXT" },
    { .name = "new_id", .type = "SQL_UUID" },
    { .name = "event", .type = "SQL_TEXT" },
    { .name = "changes", .type = "SQL_JSON" },
    { .name = "now", .type = "SQL_TIME" },
    { .name = "ip", .type = "SQL_TEXT" },
    { .name = "user_agent", .type = "SQL_TEXT" },
    { .name = "host", .type = "SQL_TEXT" },
};

static struct param permissions[64];
static size_t permission_count;

void params_learn_permissions(const char *app_dir)
{
    struct text path = { 0 };
    text_printf(&path, "%s/api/permission.def", app_dir);
    const char *rows = access(path.s, R_OK) == 0 ? text_of_file(path.s) : NULL;
    while (rows && permission_count < ARRAY_COUNT(permissions)) {
        bool is_row = strncmp(rows, "PERMISSION(", 11) == 0;
        size_t length = is_row ? text_word_length(rows + 11) : 0;
        if (length > 0) {
            char *name = keep_string(rows + 11, length);
            for (size_t i = 0; i < length; i++) {
                name[i] = (char)tolower((unsigned char)name[i]);
            }
            permissions[permission_count++] = (struct param){ .name = name, .type = "SQL_BOOL" };
        }
        rows = strchr(rows, '\n');
        rows = rows ? rows + 1 : NULL;
    }
}

static const char *type_named(const char *s, size_t n)
{
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        if (strlen(types[i].word) == n && strncmp(types[i].word, s, n) == 0) {
            return types[i].name;
        }
    }
    return NULL;
}

static const struct param *find(const struct param *params, size_t count, const char *s, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(params[i].name) == n && strncmp(params[i].name, s, n) == 0) {
            return &params[i];
        }
    }
    return NULL;
}

const struct param *param_of_context(const char *s, size_t n)
{
    const struct param *p = find(context, ARRAY_COUNT(context), s, n);
    return p ? p : find(permissions, permission_count, s, n);
}

struct param *param_declared(struct entry *e, const char *s, size_t n)
{
    for (int i = 0; i < e->param_count; i++) {
        if (strlen(e->params[i].name) == n && strncmp(e->params[i].name, s, n) == 0) {
            return &e->params[i];
        }
    }
    return NULL;
}

/* One line "$name type". */
void param_declare(struct entry *e, const char *s, size_t n, int line)
{
    size_t name = text_word_length(s + 1), skip = 1 + name;
    if (!text_is_name(s + 1, name)) {
        source_complain(e->file, line, "a parameter is param_declared as `-- $name type`, in lower case");
        return;
    }
    while (skip < n && (s[skip] == ' ' || s[skip] == '\t')) {
        skip++;
    }
    const char *type = type_named(s + skip, n - skip);
    const struct param *known = param_of_context(s + 1, name);
    if (!type) {
        source_complain(e->file, line, "$%.*s: unknown type \"%.*s\"", (int)name, s + 1, (int)(n - skip), s + skip);
    } else if (known && strcmp(known->type, type) != 0) {
        source_complain(e->file, line, "$%s is known to every query, with another type", known->name);
    } else if (param_declared(e, s + 1, name)) {
        source_complain(e->file, line, "$%.*s is declared twice", (int)name, s + 1);
    } else if (e->param_count == MAX_PARAMS) {
        source_complain(e->file, line, "more than %d parameters", MAX_PARAMS);
    } else {
        e->params[e->param_count++] = (struct param){ .name = keep_string(s + 1, name), .type = type, .line = line };
    }
}
