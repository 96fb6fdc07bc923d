/* preferences_routes.c - /notifications/preferences and mutes: what people want to be told of, and how; /unsubscribe, from mails. */
#include "api/emit.h"
#include "api/request.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/notifications/notifications.h"
#include "domains/notifications/unsubscribe.h"
#include "preferences_sql.h"
#include <string.h>

/* ---- shapes ---- */

static const struct field ways_fields[] = {
    COLUMN(in_app, SCHEMA_BOOL, .doc = "In the list of notifications"),
    COLUMN(email, SCHEMA_BOOL, .doc = "By mail"),
    COLUMN(push, SCHEMA_BOOL, .doc = "By web push, to the browsers that one has subscribed"),
    COLUMN(sms, SCHEMA_BOOL, .doc = "By SMS, to the confirmed number"),
};
static const struct schema ways_schema = SCHEMA("NotificationWays", ways_fields, 0);

static const struct field type_fields[] = {
    COLUMN(type, SCHEMA_ENUM, .values = notification_types, .doc = "What kind of news it is"),
    COLUMN(label, SCHEMA_STRING, .doc = "The same in words, in English"),
    COLUMN(ways, SCHEMA_ONE, .of = &ways_schema, .doc = "Which ways it goes"),
};
static const struct schema type_schema = SCHEMA("NotificationType", type_fields, 0);

static const struct field quiet_fields[] = {
    COLUMN(enabled, SCHEMA_BOOL, .doc = "Whether there are quiet hours"),
    COLUMN(from, SCHEMA_STRING, .doc = "Local time at which they begin", .example = "\"22:00\""),
    COLUMN(to, SCHEMA_STRING, .doc = "Local time at which they end", .example = "\"07:00\""),
    COLUMN(weekends, SCHEMA_BOOL, .doc = "Whether Saturdays and Sundays are quiet as a whole"),
};
static const struct schema quiet_schema = SCHEMA("QuietHours", quiet_fields, 0);

static const struct field email_fields[] = {
    COLUMN(address, SCHEMA_EMAIL, .doc = "Where mails go"),
    COLUMN(sends, SCHEMA_BOOL, .doc = "Whether any can"),
};
static const struct schema email_schema = SCHEMA("NotificationEmail", email_fields, 0);

static const struct field push_fields[] = { COLUMN(devices, SCHEMA_INT, .doc = "How many browsers are subscribed") };
static const struct schema push_schema = SCHEMA("NotificationPush", push_fields, 0);

static const struct field sms_fields[] = {
    COLUMN(phone, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "The confirmed number", .example = "\"+4915112345678\""),
    COLUMN(available, SCHEMA_BOOL, .doc = "Whether this installation sends SMS"),
};
static const struct schema sms_schema = SCHEMA("NotificationSms", sms_fields, 0);

static const struct field preferences_fields[] = {
    COLUMN(types, SCHEMA_MANY, .of = &type_schema, .doc = "Each type, and its ways"),
    COLUMN(digest, SCHEMA_ENUM, .values = notification_digest_names,
           .doc = "How often mails are gathered into one; what can't wait goes by itself"),
    COLUMN(digest_time, SCHEMA_STRING, .doc = "Local time of daily and weekly digests", .example = "\"08:00\""),
    COLUMN(digest_weekday, SCHEMA_INT, .doc = "Day of weekly digests; 1 is Monday"),
    COLUMN(quiet, SCHEMA_ONE, .of = &quiet_schema, .doc = "When nothing leaves the app"),
    COLUMN(timezone, SCHEMA_STRING, .doc = "Where local time is: as the account says, else the brand",
           .example = "\"Europe/Berlin\""),
    COLUMN(email, SCHEMA_ONE, .of = &email_schema, .doc = "Mail"),
    COLUMN(push, SCHEMA_ONE, .of = &push_schema, .doc = "Web push"),
    COLUMN(sms, SCHEMA_ONE, .of = &sms_schema, .doc = "SMS"),
};
static const struct schema preferences_schema = SCHEMA("NotificationPreferences", preferences_fields, 0);

struct preferences_input {
    struct input in;
    const char *types, *digest, *digest_time, *quiet;
    int64_t digest_weekday;
};

static const struct field preferences_input_fields[] = {
    FIELD(struct preferences_input, digest, SCHEMA_ENUM, .values = notification_digest_names,
          .doc = "How often mails are gathered into one"),
    FIELD(struct preferences_input, types, SCHEMA_JSON,
          .doc = "An array of objects with `type` and those of the `ways` that change",
          .example = "[{\"type\":\"task.assigned\",\"ways\":{\"email\":false}}]"),
    FIELD(struct preferences_input, digest_time, SCHEMA_STRING, .max = 5, .doc = "Local time, such as 08:00",
          .example = "\"08:00\""),
    FIELD(struct preferences_input, digest_weekday, SCHEMA_INT, .min = 1, .max = 7,
          .doc = "Day of weekly digests; 1 is Monday"),
    FIELD(struct preferences_input, quiet, SCHEMA_OBJECT, .doc = "Those of `enabled`, `from`, `to` and `weekends` that change",
          .example = "{\"enabled\":true,\"from\":\"22:00\",\"to\":\"07:00\"}"),
};
static const struct schema preferences_input_schema =
    SCHEMA("NotificationPreferencesChange", preferences_input_fields, sizeof(struct preferences_input));

static const char *const subjects[] = { "task", "board", NULL };

static const struct field mute_fields[] = {
    COLUMN(subject, SCHEMA_ENUM, .flags = FIELD_FILTER, .values = subjects, .doc = "Kind of thing"),
    COLUMN(subject_id, SCHEMA_UUID, .doc = "Id of the thing"),
    COLUMN(title, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "What it is called; null when it is gone"),
    COLUMN(until, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it ends by itself; null: never"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Since when"),
};
static const struct schema mute_schema = SCHEMA("NotificationMute", mute_fields, 0);

struct mute_input {
    struct input in;
    int64_t until;
};

static const struct field mute_input_fields[] = {
    FIELD(struct mute_input, until, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it ends by itself; without, it doesn't",
          .example = "\"2099-01-01T00:00:00Z\""),
};
static const struct schema mute_input_schema = SCHEMA("NotificationMuteChange", mute_input_fields, sizeof(struct mute_input));

struct leave_input {
    struct input in;
    const char *token;
};

static const struct field leave_input_fields[] = {
    FIELD(struct leave_input, token, SCHEMA_STRING, .flags = FIELD_QUERY | FIELD_REQUIRED | FIELD_SECRET, .min = 1, .max = 500,
          .doc = "From the mail"),
};
static const struct schema leave_input_schema = SCHEMA("Unsubscription", leave_input_fields, sizeof(struct leave_input));

struct left {
    const char *type, *label;
};

static const struct field left_fields[] = {
    FIELD(struct left, type, SCHEMA_STRING, .doc = "The type that is no longer mailed, or `digest`",
          .example = "\"task.assigned\""),
    FIELD(struct left, label, SCHEMA_STRING, .doc = "The same in words, in English"),
};
static const struct schema left_schema = SCHEMA("Unsubscribed", left_fields, 0);

/* ---- preferences ---- */

static void write_ways(struct buf *b, unsigned ways)
{
    buf_char(b, '{');
    for (int w = 0; w < WAY_COUNT; w++) {
        emit_json(b, notification_way_name((enum notification_way_id)w), (ways & 1U << w) != 0 ? "true" : "false");
    }
    buf_char(b, '}');
}

/* The register as JSON: [{"type", "label", "ways": {"in_app": true, …}}]. */
static const char *register_json(struct arena *a)
{
    struct buf b = { 0 };
    buf_char(&b, '[');
    for (int t = 0; t < NOTIFICATION_COUNT; t++) {
        const struct notification_about *about = notification_about((enum notification_type)t);
        emit_item(&b);
        buf_char(&b, '{');
        emit_str(&b, "type", about->type);
        emit_str(&b, "label", about->label);
        emit_key(&b, "ways");
        write_ways(&b, about->ways);
        buf_char(&b, '}');
    }
    buf_char(&b, ']');
    const char *json = arena_strndup(a, b.data, b.len);
    buf_free(&b);
    return json;
}

static enum err show_preferences(struct request *rq)
{
    const char *types = register_json(rq->arena);
    bool sms = config_text(CONF_SMS_URL)[0] != '\0';
    const struct db_result *r = rq_ask(rq, &sql_preferences_get, RQ_ARGS(ARG_TEXT("register", types), ARG_BOOL("sms", sms)));
    return r != NULL ? rq_reply_row(rq, r, 0) : rq->err;
}

/* Adds {"task.assigned":{"email":false}} for one item of `types`; false with the field told. */
static bool add_type(struct request *rq, const json_t *item, json_t *patch)
{
    const char *type = json_string_value(json_object_get(item, "type")), *name;
    json_t *ways = json_object_get(item, "ways"), *on;
    if (type == NULL || notification_parse(type) == NOTIFICATION_COUNT || !json_is_object(ways)) {
        rq_fail_field(rq, "types", "must be objects with a type that there is, and its ways");
        return false;
    }
    json_object_foreach(ways, name, on)
    {
        if (notification_way_parse(name) == WAY_COUNT || !json_is_boolean(on)) {
            rq_fail_field(rq, "types", "has ways other than in_app, email, push and sms, each true or false");
            return false;
        }
    }
    json_t *sum = json_object_get(patch, type);
    return sum != NULL ? json_object_update(sum, ways) == 0 : json_object_set(patch, type, ways) == 0;
}

/* What `types` changes, as it is kept; NULL with the field told. */
static const char *patch_of(struct request *rq, const char *types)
{
    json_t *array = types != NULL ? json_loads(types, JSON_DECODE_ANY, NULL) : json_array(), *item;
    json_t *patch = json_object();
    size_t i;
    bool fits = json_is_array(array) || rq_fail_field(rq, "types", "must be an array") == ERR_NONE;
    json_array_foreach(array, i, item)
    {
        fits = fits && add_type(rq, item, patch);
    }
    char *text = json_dumps(patch, JSON_COMPACT);
    const char *kept = fits && text != NULL ? arena_strdup(rq->arena, text) : NULL;
    free(text);
    json_decref(patch);
    json_decref(array);
    return kept;
}

struct quiet_change {
    struct db_value on, from, to, weekends;
};

/* The keys of `quiet` that are given, each of its kind. */
static enum err read_quiet(struct request *rq, const char *text, struct quiet_change *ret)
{
    const char *problem = NULL, *key;
    json_t *object = text != NULL ? schema_parse(rq->arena, text, strlen(text), 4, &problem) : NULL, *value;
    json_object_foreach(object, key, value)
    {
        bool on = str_eq(key, "enabled"), weekends = str_eq(key, "weekends"), from = str_eq(key, "from");
        const char *time = json_string_value(value);
        if ((on || weekends) && json_is_boolean(value)) {
            *(on ? &ret->on : &ret->weekends) = (struct db_value){ .is_set = true, .b = json_is_true(value) };
        } else if ((from || str_eq(key, "to")) && notification_minute(time) >= 0) {
            *(from ? &ret->from : &ret->to) = (struct db_value){ .is_set = true, .s = time };
        } else {
            return rq_fail_field(rq, "quiet",
                                 "takes enabled and weekends, true or false, and from and to, times such as 22:00");
        }
    }
    return ERR_NONE;
}

static enum err change_preferences(struct request *rq)
{
    const struct preferences_input *in = rq->input;
    struct quiet_change quiet = { 0 };
    const char *patch = patch_of(rq, in->types);
    if (patch == NULL || read_quiet(rq, in->quiet, &quiet) != ERR_NONE) {
        return rq->err;
    }
    if (in->digest_time != NULL && notification_minute(in->digest_time) < 0) {
        return rq_fail_field(rq, "digest_time", "must be a time such as 08:00");
    }
    rq_query(rq, &sql_preferences_set,
             RQ_ARGS(ARG_TEXT("patch", patch), { "quiet_on", quiet.on }, { "quiet_from", quiet.from }, { "quiet_to", quiet.to },
                     { "quiet_weekends", quiet.weekends },
                     { "digest_weekday", { .is_set = in->digest_weekday != 0, .i = in->digest_weekday } }));
    return show_preferences(rq);
}

/* ---- mutes ---- */

static bool is_subject(const struct request *rq)
{
    const char *word = rq_path_word(rq, "subject");
    return str_eq(word, "task") || str_eq(word, "board");
}

static enum err mute(struct request *rq)
{
    if (!is_subject(rq)) {
        return rq_fail_words(rq, ERR_NOT_FOUND, "Tasks and boards can be muted.");
    }
    return rq_answer(rq, rq_query(rq, &sql_mute_put, NULL));
}

static enum err unmute(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_mute_delete, NULL);
    if (r == NULL) {
        return rq->err;
    }
    return db_rows(r) > 0 ? rq_reply_null(rq) : rq_fail_words(rq, ERR_NOT_FOUND, "This isn't muted.");
}

/* ---- leaving mails ---- */

/* {"task.assigned":{"email":false}}: that type, or all that digests gather. */
static const char *leaving(struct arena *a, const char *what, enum notification_type type)
{
    struct buf b = { 0 };
    buf_char(&b, '{');
    for (int t = 0; t < NOTIFICATION_COUNT; t++) {
        const struct notification_about *about = notification_about((enum notification_type)t);
        if (t == (int)type || (str_eq(what, UNSUBSCRIBE_DIGESTS) && !about->urgent)) {
            emit_json(&b, about->type, "{\"email\":false}");
        }
    }
    buf_char(&b, '}');
    const char *json = arena_strndup(a, b.data, b.len);
    buf_free(&b);
    return json;
}

static enum err unsubscribe(struct request *rq)
{
    const struct leave_input *in = rq->input;
    struct uuid person;
    const char *what = NULL;
    if (!unsubscribe_open(rq->arena, in->token, &person, &what)) {
        return rq_fail_field(rq, "token", "is none of our links: copy it whole");
    }
    enum notification_type type = notification_parse(what);
    const char *patch = leaving(rq->arena, what, type);
    const struct db_result *r =
        rq_ask(rq, &sql_preferences_leave, RQ_ARGS(ARG_UUID("person_id", person), ARG_TEXT("patch", patch)));
    if (r == NULL) {
        return rq->err;
    }
    struct left *left = arena_zalloc(rq->arena, sizeof *left);
    left->type = what; /* of a type that there no longer is, nothing is mailed anyway */
    left->label = type < NOTIFICATION_COUNT ? notification_about(type)->label : "Digests";
    return rq_reply_struct(rq, left);
}

/* ---- rows ---- */

static const struct scope mute_scope = { "task or board", &sql_mute_locate, NULL, NULL };

static const char preferences_doc[] = "What isn't named stays as it is, types and their ways too.";

#define PREFERENCES_SHOWN(address, who)                                                                                        \
    .method = HTTP_GET, .path = (address), .permission = (who), .output = &preferences_schema, .reply = REPLY_ONE,             \
    .tx = TX_READ, .handler = show_preferences
#define PREFERENCES_CHANGED(address, who)                                                                                      \
    .method = HTTP_PATCH, .path = (address), .permission = (who), .input = &preferences_input_schema,                          \
    .output = &preferences_schema, .reply = REPLY_ONE, .tx = TX_WRITE, .handler = change_preferences,                          \
    .event = "notification.preferences_changed"

static const struct route rows[] = {
    { PREFERENCES_SHOWN("/notifications/preferences", PERM_SIGNED_IN), .flags = ROUTE_VIEWABLE,
      .summary = "What one wants to be told of, and how",
      .doc = "The same in all brands, and for those who belong to none. Times are local ones, where the account says that one "
             "is, else the "
             "brand that one is in." },
    { PREFERENCES_CHANGED("/notifications/preferences", PERM_SIGNED_IN), .summary = "Change what one wants to be told of",
      .doc = preferences_doc },
    { PREFERENCES_SHOWN("/brands/{brand_id}/notifications/preferences", PERM_IN_BRAND), .flags = ROUTE_TENANT,
      .summary = "What one wants to be told of, with the brand's local time",
      .doc = "For API tokens that are good within a brand only." },
    { PREFERENCES_CHANGED("/brands/{brand_id}/notifications/preferences", PERM_IN_BRAND),
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK, .summary = "Change what one wants to be told of, in every brand",
      .doc = preferences_doc },
    { .method = HTTP_GET,
      .path = "/notifications/mutes",
      .permission = PERM_IN_BRAND,
      .output = &mute_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_mute_list },
      .sort = "-created_at",
      .flags = ROUTE_TENANT,
      .summary = "What one doesn't want to hear of" },
    { .method = HTTP_PUT,
      .path = "/notifications/mutes/{subject}/{subject_id}",
      .permission = PERM_IN_BRAND,
      .scope = &mute_scope,
      .input = &mute_input_schema,
      .output = &mute_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = mute,
      .event = "notification.muted",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK,
      .summary = "Mute a task or a board",
      .doc = "`subject` is `task` or `board`. Nothing about it, or about what is on it, reaches one until it is unmuted, in "
             "the app neither." },
    { .method = HTTP_DELETE,
      .path = "/notifications/mutes/{subject}/{subject_id}",
      .permission = PERM_IN_BRAND,
      .reply = REPLY_NULL,
      .tx = TX_WRITE,
      .handler = unmute,
      .event = "notification.unmuted",
      .flags = ROUTE_TENANT | ROUTE_READ_ONLY_OK,
      .summary = "Hear of a task or a board again" },
    { .method = HTTP_POST,
      .path = "/unsubscribe",
      .permission = PERM_PUBLIC,
      .input = &leave_input_schema,
      .output = &left_schema,
      .reply = REPLY_ONE,
      .tx = TX_WRITE,
      .handler = unsubscribe,
      .event = "notification.unsubscribed",
      .flags = ROUTE_FORM,
      .summary = "Get no more mails of a kind",
      .doc =
          "With the token of a mail, without signing in: what mail programs do by one click (RFC 8058), with a form as body." },
};

const struct route_table preferences_routes = ROUTE_TABLE("notifications", rows);
