/* push_routes.c - /notifications/push-key and /notifications/subscriptions: browsers that are told by web push. They belong to people, not to
 * brands. */
#include "api/job.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/netguard.h"
#include "platform/webpush.h"
#include "push_sql.h"
#include <jansson.h>
#include <string.h>

/* ---- shapes ---- */

struct key {
    const char *public_key;
};

static const struct field key_fields[] = {
    FIELD(struct key, public_key, SCHEMA_STRING, .doc = "For `applicationServerKey`: a point of P-256 in base64url",
          .example = "\"BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8\""),
};
static const struct schema key_schema = SCHEMA("PushKey", key_fields, 0);

static const struct field subscription_fields[] = {
    COLUMN(id, SCHEMA_UUID, .doc = "Id of the subscription"),
    COLUMN(device, SCHEMA_STRING, .flags = FIELD_SORT, .doc = "What the browser is called", .example = "\"Firefox on Linux\""),
    COLUMN(service, SCHEMA_STRING, .doc = "Whose push service it uses", .example = "\"updates.push.services.mozilla.com\""),
    COLUMN(current, SCHEMA_BOOL, .doc = "It belongs to the session that asks"),
    COLUMN(failures, SCHEMA_INT, .doc = "Messages in a row that didn't get there"),
    COLUMN(last_error, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "Why the last one didn't"),
    COLUMN(last_used_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When a message last got there"),
    COLUMN(created_at, SCHEMA_TIME, .flags = FIELD_SORT, .doc = "Since when it is told"),
};
static const struct schema subscription_schema = SCHEMA("PushSubscription", subscription_fields, 0);

struct subscription_input {
    struct input in;
    const char *endpoint, *keys, *device;
};

static const struct field subscription_input_fields[] = {
    FIELD(struct subscription_input, endpoint, SCHEMA_STRING, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 10,
          .max = NETGUARD_URL, .doc = "Where its push service takes messages: `PushSubscription.endpoint`",
          .example = "\"https://push.example/message/4fQzV0mXr2yB8cJ6\""),
    FIELD(struct subscription_input, keys, SCHEMA_OBJECT, .flags = FIELD_REQUIRED | FIELD_SECRET, .max = 1000,
          .doc = "`PushSubscription.toJSON().keys`: `p256dh` and `auth`, in base64url",
          .example = "{\"p256dh\":\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\","
                     "\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\"}"),
    FIELD(struct subscription_input, device, SCHEMA_STRING, .max = 100, .doc = "What to call the browser",
          .example = "\"Firefox on Linux\""),
};
static const struct schema subscription_input_schema =
    SCHEMA("PushSubscriptionInput", subscription_input_fields, sizeof(struct subscription_input));

/* ---- handlers ---- */

static enum err no_push(struct request *rq)
{
    return rq_fail_words(rq, ERR_UNAVAILABLE, "Web push isn't set up here.");
}

static enum err handle_key(struct request *rq)
{
    struct key *to = arena_zalloc(rq->arena, sizeof *to);
    if (rq_ask(rq, &sql_push_count, NULL) == NULL) { /* with which the session is asserted */
        return rq->err;
    }
    to->public_key = webpush_public(NULL);
    return to->public_key != NULL ? rq_reply_struct(rq, to) : no_push(rq);
}

/* One of the keys, of exactly so many bytes; browsers pad base64url, or don't. */
static bool read_key(const json_t *keys, const char *name, uint8_t *ret, size_t size)
{
    const char *text = json_string_value(json_object_get(keys, name));
    size_t n = text != NULL ? strcspn(text, "=") : 0;
    return text != NULL && strspn(text + n, "=") == strlen(text + n) && str_base64url_decode(text, n, ret, size) == (int)size;
}

static enum err check(struct request *rq, const struct subscription_input *in, struct webpush_reader *ret)
{
    struct netguard_url url;
    const char *problem, *wrong = netguard_url(in->endpoint, &url);
    const json_t *keys = schema_parse(rq->arena, in->keys, strlen(in->keys), 2, &problem);
    if (wrong != NULL) {
        field_error_add(&rq->errors, "endpoint", wrong);
    }
    if (keys == NULL || !read_key(keys, "p256dh", ret->key, sizeof ret->key) || !webpush_key_fits(ret->key) ||
        !read_key(keys, "auth", ret->secret, sizeof ret->secret)) {
        field_error_add(&rq->errors, "keys", "hold no point of P-256 in p256dh, or no 16 bytes in auth");
    }
    return rq->errors.first != NULL ? rq_fail(rq, ERR_VALIDATION_FAILED) : ERR_NONE;
}

static enum err refuse(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_push_count, NULL);
    if (r == NULL) {
        return rq->err;
    }
    if (db_int(r, 0, "browsers") >= config_int(CONF_PUSH_DEVICES)) {
        return rq_fail_details(rq, ERR_CONFLICT, "You are told in too many browsers already: remove one first.",
                               "{\"reason\":\"too_many_devices\"}");
    }
    return rq_fail_details(rq, ERR_CONFLICT, "Somebody else is told at this address.", "{\"reason\":\"endpoint_taken\"}");
}

static enum err handle_subscribe(struct request *rq)
{
    const struct subscription_input *in = rq->input;
    struct webpush_reader reader;
    if (webpush_kid() == NULL) {
        return no_push(rq);
    }
    if (check(rq, in, &reader) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *r = rq_ask(
        rq, &sql_push_subscribe,
        RQ_ARGS(ARG_BYTES("p256dh", reader.key, sizeof reader.key),
                ARG_BYTES("auth_secret", reader.secret, sizeof reader.secret), ARG_TEXT("key_id", webpush_kid()),
                ARG_TEXT("device", in->device != NULL ? in->device : ""), ARG_INT("most", config_int(CONF_PUSH_DEVICES))));
    if (r == NULL) {
        return rq->err;
    }
    return db_rows(r) > 0 ? rq_reply_row(rq, r, 0) : refuse(rq);
}

static enum err handle_unsubscribe(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_push_unsubscribe, NULL);
    if (r == NULL) {
        return rq->err;
    }
    return db_rows(r) > 0 ? rq_reply_null(rq) : rq_fail(rq, ERR_NOT_FOUND);
}

static enum err handle_test(struct request *rq)
{
    char id[UUID_TEXT_SIZE];
    const struct uuid subscription = rq_path_uuid(rq, "id");
    const struct db_result *r = rq_ask(rq, &sql_push_try, NULL);
    if (r == NULL || db_rows(r) == 0) {
        return r == NULL ? rq->err : rq_fail(rq, ERR_NOT_FOUND);
    }
    uuid_format(&subscription, id);
    job_enqueue(rq, &(struct job_note){ .kind = JOB_PUSH_SEND,
                                        .payload = arena_printf(rq->arena, "{\"subscription_id\":\"%s\"}", id),
                                        .unique_key = arena_printf(rq->arena, "push:test:%s", id) });
    return rq_run(rq) == ERR_NONE ? rq_reply_null(rq) : rq->err;
}

/* ---- rows ---- */

static const char subscribe_doc[] =
    "Takes what `PushSubscription.toJSON()` gives, made with the key of `/notifications/push-key`. It lasts as long as the "
    "session: "
    "signing out ends it, wherever that is done. The same `endpoint` again renews it. Of each person so many browsers are "
    "told, by "
    "the setting `push_devices`; one more is 409 `conflict` with `details.reason` `too_many_devices`. Messages are JSON: "
    "`title`, `body`, `url` (a path of the web app), `tag` (the same for what belongs together).";

#define OWN .permission = PERM_SIGNED_IN, .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/notifications/push-key",
      .permission = PERM_SIGNED_IN,
      .output = &key_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = handle_key,
      .summary = "The key that browsers subscribe with",
      .doc = "503 `unavailable` where web push isn't set up." },
    { .method = HTTP_GET,
      .path = "/notifications/subscriptions",
      OWN,
      .output = &subscription_schema,
      .reply = REPLY_LIST,
      .tx = TX_READ,
      .queries = { &sql_push_list },
      .sort = "-created_at",
      .summary = "Browsers in which one is told",
      .doc = "One is removed by itself when its session ends, when its push service says that it is gone, and when many "
             "messages in a "
             "row didn't get there." },
    { .method = HTTP_POST,
      .path = "/notifications/subscriptions",
      OWN,
      .input = &subscription_input_schema,
      .output = &subscription_schema,
      .reply = REPLY_CREATED,
      .tx = TX_STEPS,
      .handler = handle_subscribe,
      .location = "/notifications/subscriptions",
      .event = "push.subscribed",
      .summary = "Be told in this browser",
      .doc = subscribe_doc },
    { .method = HTTP_DELETE,
      .path = "/notifications/subscriptions/{id}",
      OWN,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = handle_unsubscribe,
      .event = "push.unsubscribed",
      .summary = "Be told no more in one browser" },
    { .method = HTTP_POST,
      .path = "/notifications/subscriptions/{id}/test",
      OWN,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = handle_test,
      .event = "push.tested",
      .summary = "Send a message to one browser, to see that it arrives" },
};

const struct route_table push_routes = ROUTE_TABLE("notifications", rows);
