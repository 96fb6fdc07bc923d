/* phone_routes.c - /notifications/phone: the number that SMS go to, confirmed by a code. */
#include "api/job.h"
#include "core/arena.h"
#include "core/config.h"
#include "core/str.h"
#include "domains/notifications/phone_code.h"
#include "phone_sql.h"
#include "platform/phone.h"
#include <string.h>

enum { DAY = 86400 };

/* ---- shapes ---- */

static const struct field phone_fields[] = {
    COLUMN(phone, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "The number that SMS go to, confirmed",
           .example = "\"+4915112345678\""),
    COLUMN(confirmed_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "When it was confirmed"),
    COLUMN(wanted, SCHEMA_STRING, .flags = FIELD_NULLABLE, .doc = "The number that waits for its code", .example = "null"),
    COLUMN(code_expires_at, SCHEMA_TIME, .flags = FIELD_NULLABLE, .doc = "Until when that code is good"),
    COLUMN(tries_left, SCHEMA_INT, .flags = FIELD_NULLABLE, .doc = "How many wrong codes it still takes"),
};
static const struct schema phone_schema = SCHEMA("Phone", phone_fields, 0);

struct phone_input {
    struct input in;
    const char *phone;
};

static const struct field phone_input_fields[] = {
    FIELD(struct phone_input, phone, SCHEMA_STRING, .flags = FIELD_REQUIRED, .min = 6, .max = 40,
          .doc = "The number with its country, as people write it", .example = "\"+49 151 12345678\""),
};
static const struct schema phone_input_schema = SCHEMA("PhoneInput", phone_input_fields, sizeof(struct phone_input));

struct code_input {
    struct input in;
    const char *code;
};

static const struct field code_fields[] = {
    FIELD(struct code_input, code, SCHEMA_STRING, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 6, .max = 12,
          .doc = "The six digits of the SMS; blanks don't matter", .example = "\"123 456\""),
};
static const struct schema code_schema = SCHEMA("PhoneCode", code_fields, sizeof(struct code_input));

/* ---- handlers ---- */

#define TRIES ARG_INT("most_tries", PHONE_CODE_TRIES)

static enum err show(struct request *rq)
{
    const struct db_result *r = rq_ask(rq, &sql_phone_get, RQ_ARGS(TRIES));
    if (r == NULL) {
        return rq->err;
    }
    return db_rows(r) > 0 ? rq_reply_row(rq, r, 0) : rq_fail_words(rq, ERR_NOT_FOUND, "You haven't given a number.");
}

static enum err limit(struct request *rq, const char *words)
{
    rq_retry_after(rq, DAY);
    return rq_fail_words(rq, ERR_RATE_LIMITED, words);
}

/* Whether one more code may go to this number: SMS cost money, and who gets them may not have asked. */
static enum err check_room(struct request *rq, const struct db_result *room)
{
    int64_t codes = config_int(CONF_SMS_NUMBER_DAY), all = config_int(CONF_SMS_DAY);
    if (db_int(room, 0, "to_number") >= codes || db_int(room, 0, "codes") >= codes ||
        db_int(room, 0, "to_person") >= config_int(CONF_SMS_PERSON_DAY)) {
        return limit(rq, "Too many codes were asked for: try again tomorrow.");
    }
    if (all > 0 && db_int(room, 0, "in_all") >= all) {
        return limit(rq, "Too many SMS were sent today: try again tomorrow.");
    }
    return ERR_NONE;
}

static void enqueue_code(struct request *rq)
{
    char person[UUID_TEXT_SIZE], id[UUID_TEXT_SIZE];
    uuid_format(&rq->user_id, person);
    uuid_format(&rq->new_id, id);
    job_enqueue(rq, &(struct job_note){
                        .kind = JOB_SMS_SEND,
                        .no_brand = true,
                        .payload = arena_printf(rq->arena, "{\"message_id\":\"%s\",\"person_id\":\"%s\"}", id, person) });
}

static enum err handle_want(struct request *rq)
{
    const struct phone_input *in = rq->input;
    char number[PHONE_SIZE];
    if (!phone_sms_available()) {
        return rq_fail_field(rq, "phone", "can't be used: this installation sends no SMS");
    }
    if (!phone_parse(in->phone, number)) {
        return rq_fail_field(rq, "phone", "is no number with its country, like +49 151 12345678");
    }
    const struct rq_arg phone = ARG_TEXT("phone", arena_strdup(rq->arena, number));
    if (rq_ask(rq, &sql_phone_lock, RQ_ARGS(phone)) == NULL) {
        return rq->err;
    }
    const struct db_result *room = rq_ask(rq, &sql_phone_room, RQ_ARGS(phone));
    if (room == NULL) {
        return rq->err;
    }
    if (str_eq(db_text(room, 0, "phone"), number)) {
        return show(rq);
    }
    if (check_room(rq, room) != ERR_NONE) {
        return rq->err;
    }
    const struct db_result *r =
        rq_query(rq, &sql_phone_want,
                 RQ_ARGS(phone, ARG_TEXT("code_sealed", phone_code_make(rq->arena, rq->user_id, number)),
                         ARG_INT("life", PHONE_CODE_LIFE), TRIES));
    enqueue_code(rq);
    return rq_run(rq) == ERR_NONE ? rq_reply_row(rq, r, 0) : rq->err;
}

/* Digits only: people type blanks and hyphens, or don't. */
static const char *bare(struct arena *a, const char *code)
{
    char *to = arena_strdup(a, code), *p = to;
    for (; *code != '\0'; code++) {
        if (strchr(" -", *code) == NULL) {
            *p++ = *code;
        }
    }
    *p = '\0';
    return to;
}

static enum err handle_confirm(struct request *rq)
{
    const struct code_input *in = rq->input;
    const struct db_result *held = rq_ask(rq, &sql_phone_waiting, RQ_ARGS(TRIES));
    if (held == NULL) {
        return rq->err;
    }
    if (db_rows(held) == 0) {
        return rq_fail_words(rq, ERR_GONE, "There is no number that waits for a code, or its time is over: ask for a new one.");
    }
    const char *code = phone_code_open(rq->arena, rq->user_id, db_text(held, 0, "wanted"), db_text(held, 0, "code_sealed"));
    if (code == NULL || !str_eq(bare(rq->arena, in->code), code)) {
        rq_query(rq, &sql_phone_tried, NULL);
        if (rq_run(rq) != ERR_NONE) {
            return rq->err;
        }
        field_error_add(&rq->errors, "code", "isn't the one that was sent");
        return rq_fail_keep(rq, ERR_VALIDATION_FAILED, NULL);
    }
    const struct db_result *r = rq_ask(rq, &sql_phone_confirm, RQ_ARGS(TRIES));
    return r != NULL ? rq_reply_row(rq, r, 0) : rq->err;
}

static enum err handle_forget(struct request *rq)
{
    return rq_ask(rq, &sql_phone_forget, NULL) != NULL ? rq_reply_null(rq) : rq->err;
}

/* ---- rows ---- */

static const char want_doc[] =
    "Sends a code of six digits by SMS, good for ten minutes and five tries; `/notifications/phone/confirm` takes it. The "
    "number that is "
    "in use stays until then. A number that is confirmed already is answered as it is, and nothing is sent. 422 where the "
    "installation has no gateway; 429 `rate_limited` when too many were asked for within a day.";
static const char confirm_doc[] = "A wrong code is 422, and 410 `gone` once its time or its tries are over.";

#define OWN .permission = PERM_SIGNED_IN, .flags = ROUTE_NO_STORE | ROUTE_SESSION_ONLY

static const struct route rows[] = {
    { .method = HTTP_GET,
      .path = "/notifications/phone",
      OWN,
      .output = &phone_schema,
      .reply = REPLY_ONE,
      .tx = TX_READ,
      .handler = show,
      .summary = "The number that SMS go to" },
    { .method = HTTP_PUT,
      .path = "/notifications/phone",
      OWN,
      .input = &phone_input_schema,
      .output = &phone_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_want,
      .event = "phone.asked",
      .rate = RATE_AUTH,
      .summary = "Give a number, and have a code sent to it",
      .doc = want_doc },
    { .method = HTTP_POST,
      .path = "/notifications/phone/confirm",
      OWN,
      .input = &code_schema,
      .output = &phone_schema,
      .reply = REPLY_ONE,
      .tx = TX_STEPS,
      .handler = handle_confirm,
      .event = "phone.confirmed",
      .rate = RATE_AUTH,
      .summary = "Confirm a number with its code",
      .doc = confirm_doc },
    { .method = HTTP_DELETE,
      .path = "/notifications/phone",
      OWN,
      .reply = REPLY_NULL,
      .tx = TX_STEPS,
      .handler = handle_forget,
      .event = "phone.removed",
      .summary = "Forget the number" },
};

const struct route_table phone_routes = ROUTE_TABLE("notifications", rows);
