/* ways.h - the ways by which notifications leave the app. A way is a file way_<name>.c in this folder, which only karara-worker links, and a
 * row of notification_ways (notifications_jobs.c).
 *
 * A way is asked when a notification is due and its person hasn't read it, may still see what it is about, and still wants it that way. It
 * runs within a job (api/job.h): what it writes to the database commits with the delivery's new state, once. What it does elsewhere it may do
 * again, if the worker dies in between: `key` is what such a repetition is known by. To return an error is to be asked again after a pause. */
#pragma once

#include "api/job.h"
#include "domains/notifications/notifications.h"

struct notification_message {
    struct uuid id, brand_id, user_id;
    enum notification_type type;
    enum notification_reason reason;
    const char *key;             /* "<id>:push": the same for each attempt */
    const char *language;        /* "de" */
    const char *title, *message; /* in that language */
    const char *because;         /* why the person gets it, a sentence */
    const char *url;             /* whole address of the page */
    const char *path;            /* the same within the web app: "/b/…" */
    const char *subject_type;
    struct uuid subject_id;
    const char *data;                                          /* JSON object: notifications.data */
    const char *person_name, *email, *brand_name, *brand_home; /* brand_home: "https://…", without a slash behind */
    const char *actor_name;                                    /* "" without an actor */
    int64_t created_at, expires_at;                            /* µs */
};

/* What became of it; `words` (for whoever looks why; may be NULL) lives in the arena. */
struct notification_outcome {
    enum { NOTIFICATION_SENT, NOTIFICATION_SKIPPED, NOTIFICATION_FAILED } status;
    const char *words;
};

struct notification_way {
    enum notification_way_id way;
    /* *ret is NOTIFICATION_SENT before it is asked. */
    enum err (*send)(struct request *rq, const struct notification_message *message, struct notification_outcome *ret);
};

extern const struct notification_way way_email, way_push, way_sms;
