/* api_tokens.c - making API tokens. */
#include "domains/auth/api_tokens.h"

#include "api/token.h"
#include "api_tokens_sql.h"
#include "core/arena.h"
#include "platform/pat.h"
#include "platform/seal.h"
#include <string.h>

/* ---- shapes ---- */

/* A token as it is told, made from a row or from what makes it. */
struct told {
    const char *token;
    struct uuid id;
    const char *name, *prefix;
    struct text_list scopes;
    struct uuid brand_id;
    int64_t expires_at, last_used_at, created_at;
};

#define TOLD                                                                                                                   \
    FIELD(struct told, id, SCHEMA_UUID, .doc = "Id of the token"),                                                             \
        FIELD(struct told, name, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "What it is for"),                                 \
        FIELD(struct told, prefix, SCHEMA_STRING, .doc = "Its beginning, to know it by", .example = "\"kar_pat_4fQz\""),       \
        FIELD(struct told, scopes, SCHEMA_STRINGS, .doc = "What it is good for", .example = "[\"tasks:read\"]"),               \
        FIELD(struct told, brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE,                                                     \
              .doc = "The one brand it is good in; null: each of the person's"),                                               \
        FIELD(struct told, expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Its end; null: none"),                    \
        FIELD(struct told, last_used_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Last use, to the minute"),              \
        FIELD(struct told, created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "When it was made")

static const struct field token_fields[] = { TOLD };
const struct schema api_token_schema = SCHEMA("ApiToken", token_fields, 0);

static const struct field made_fields[] = {
    FIELD(struct told, token, SCHEMA_STRING, .doc = "The token itself, shown this once",
          .example = "\"kar_pat_4fQzV0mXr2yB8cJ6tLsN1wKdEhGa5u3AbCdEf\""),
    TOLD,
};
const struct schema api_token_made_schema = SCHEMA("NewApiToken", made_fields, 0);

struct new_input {
    struct input in;
    const char *name;
    struct text_list scopes;
    struct uuid brand_id;
    int64_t expires_at;
};

#define NAME .min = 1, .max = 100, .doc = "What the token is for", .example = "\"Nightly report\""

static const struct field new_fields[] = {
    FIELD(struct new_input, name, SCHEMA_STRING, .flags = FIELD_REQUIRED, NAME),
    FIELD(struct new_input, scopes, SCHEMA_STRINGS, .flags = FIELD_REQUIRED, .min = 1, .max = 50,
          .doc = "What it is good for: `<tag>:read`, `<tag>:write`, `*:read`, `*:write`", .example = "[\"tasks:read\"]"),
    FIELD(struct new_input, brand_id, SCHEMA_UUID, .flags = FIELD_NULLABLE, .doc = "The one brand it is to be good in",
          .example = "null"),
    FIELD(struct new_input, expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Its end, in the future",
          .example = "\"2099-01-01T00:00:00Z\""),
};
const struct schema api_token_new_schema = SCHEMA("ApiTokenInput", new_fields, sizeof(struct new_input));

struct change_input {
    struct input in;
    const char *name;
};

static const struct field change_fields[] = { FIELD(struct change_input, name, SCHEMA_STRING, NAME) };
const struct schema api_token_change_schema = SCHEMA("ApiTokenChange", change_fields, sizeof(struct change_input));

/* ---- making ---- */

const char api_token_create_doc[] = "The answer holds the token, which nobody can be shown again: only its digest is kept. It "
                                    "works as `Authorization: Bearer` for "
                                    "the operations whose `x-scope` is among its scopes, and may do there what its person may. "
                                    "A token with `brand_id` works in that "
                                    "brand and nowhere else. Operations with `x-session-only` take no token.";

static enum err check(struct request *rq, const struct new_input *in)
{
    for (int i = 0; i < in->scopes.n; i++) {
        if (!token_scope_exists(in->scopes.v[i])) {
            field_error_add(&rq->errors, "scopes", arena_printf(rq->arena, "has no such scope as %s", in->scopes.v[i]));
        }
    }
    if (in->expires_at != 0 && in->expires_at <= rq->now) {
        field_error_add(&rq->errors, "expires_at", "must be in the future");
    }
    return rq->errors.first != NULL ? rq_fail(rq, ERR_VALIDATION_FAILED) : ERR_NONE;
}

enum err api_token_create(struct request *rq)
{
    const struct new_input *in = rq->input;
    char *token = arena_zalloc(rq->arena, PAT_SIZE);
    uint8_t digest[32];
    if (check(rq, in) != ERR_NONE) {
        return rq->err;
    }
    pat_make(token);
    seal_digest(token, PAT_SIZE - 1, digest);
    const char *prefix = arena_strndup(rq->arena, token, PAT_PREFIX);
    const struct rq_arg brand = { "of_brand_id", { .is_set = !uuid_is_nil(&in->brand_id), .u = in->brand_id } };
    const struct db_result *r =
        rq_ask(rq, &sql_api_token_create,
               RQ_ARGS(brand, ARG_BYTES("token_digest", digest, sizeof digest), ARG_TEXT("prefix", prefix)));
    if (r == NULL) {
        return rq->err;
    }
    if (db_rows(r) == 0) {
        return rq_fail_field(rq, "brand_id", "is no brand that you belong to");
    }
    struct told *to = arena_zalloc(rq->arena, sizeof *to);
    *to = (struct told){ .token = token,
                         .id = rq->new_id,
                         .name = in->name,
                         .prefix = prefix,
                         .scopes = in->scopes,
                         .brand_id = in->brand_id,
                         .expires_at = in->expires_at,
                         .created_at = db_int(r, 0, "created_at") };
    return rq_reply_struct(rq, to);
}
