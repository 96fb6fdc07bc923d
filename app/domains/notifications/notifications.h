/* notifications.h - the register of what people are told (notification.def), and the rules that decide about it. Knows neither HTTP nor
 * SQL.
 *
 * An event happens; the relay enqueues a job that decides (notifications_jobs.c): who has a reason to be told, who of these may see the
 * subject, who wants to hear of it, and in which ways. Each person gets one notification per event, of the type that concerns them most, in
 * their language. Each way but the app itself is a job of its own, at its time.
 *
 * A new type is a row of notification.def, its words (notifications_words.c), and whoever decides on it. */
#pragma once

#include "core/uuid.h"
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct zone;

/* ---- the register ---- */

enum notification_way_id { WAY_IN_APP, WAY_EMAIL, WAY_PUSH, WAY_SMS, WAY_COUNT };

enum notification_type {
#define NOTIFICATION(name, type, subject, ways, urgent, days, label) NOTIFICATION_##name,
#include "domains/notifications/notification.def"
#undef NOTIFICATION
    NOTIFICATION_COUNT
};

struct notification_about {
    const char *type;    /* "task.assigned" */
    const char *subject; /* kind of thing: "task" */
    unsigned ways;       /* 1 << enum notification_way_id: where it goes unless the person says otherwise */
    bool urgent;         /* isn't gathered into digests */
    int days;            /* until it goes */
    const char *label;   /* for a list of preferences, in English */
};

const struct notification_about *notification_about(enum notification_type type);
enum notification_type notification_parse(const char *type); /* NOTIFICATION_COUNT when there is none */
extern const char *const notification_types[];               /* NULL-terminated: for enum fields */

const char *notification_way_name(enum notification_way_id way); /* "in_app" */
enum notification_way_id notification_way_parse(const char *name);
extern const char *const notification_way_names[]; /* NULL-terminated */

/* Why somebody is told, the one that concerns them most first. */
enum notification_reason {
    REASON_YOU,
    REASON_ASSIGNED,
    REASON_CREATOR,
    REASON_WATCHING,
    REASON_MANAGER,
    REASON_ADMIN,
    REASON_MEMBER,
    REASON_COUNT
};
const char *notification_reason_name(enum notification_reason reason); /* "assigned" */
enum notification_reason notification_reason_parse(const char *name);  /* REASON_COUNT when there is none */
extern const char *const notification_reason_names[];                  /* NULL-terminated */

/* ---- who is told of what (notifications_rules.c) ---- */

/* What happened to a task, and who has to do with it. */
struct task_news {
    bool created, by_template;
    bool has_actor;
    struct uuid actor_id;
    struct uuid_list added, removed; /* by this event */
    const char *status;              /* which it changed to; NULL: it didn't */
    bool date_or_priority;           /* one of these changed */
    struct uuid_list assignees;      /* now */
    struct uuid created_by;          /* nil: not known */
};

struct notification_candidate {
    struct uuid user_id;
    enum notification_type type;
    enum notification_reason reason;
};

/* Who has a reason to be told, each once, with the type and the reason that concern them most; never the actor. Fills `out`, which has room
 * for all of added, removed and assignees and one more; how many. */
int notification_candidates(const struct task_news *news, struct notification_candidate *out);

/* ---- what a person wants ---- */

enum notification_digest { DIGEST_OFF, DIGEST_HOURLY, DIGEST_DAILY, DIGEST_WEEKLY, DIGEST_COUNT };
extern const char *const notification_digest_names[]; /* NULL-terminated */

struct notification_preferences {
    unsigned ways[NOTIFICATION_COUNT]; /* bits */
    enum notification_digest digest;
    int digest_minute;  /* of the day */
    int digest_weekday; /* 1 is Monday, 7 Sunday */
    bool quiet, quiet_weekends;
    int quiet_from,
        quiet_to; /* minutes of the day; from may be later than to: over midnight. The minute of `to` isn't quiet any more. */
};

/* As the register has it. */
void notification_preferences_default(struct notification_preferences *ret);
/* Lays what a person has changed ({"task.assigned": {"email": false}}; NULL: nothing) over `ways`. What isn't known is left out. */
void notification_preferences_read(struct arena *a, const char *json, struct notification_preferences *p);
/* "08:30" as 510; -1 when it is no time of day. */
int notification_minute(const char *text);

/* ---- when (notifications_times.c); moments in µs since 1970 ---- */

/* The first moment from `at` on that isn't quiet. */
int64_t notification_quiet_end(const struct notification_preferences *p, const struct zone *z, int64_t at);
/* When the next digest after `at` goes out, quiet hours counted; `at` itself without digests. */
int64_t notification_digest_at(const struct notification_preferences *p, const struct zone *z, int64_t at);

/* ---- words (notifications_words.c) ---- */

/* What the words are made of; NULL where there is none. */
struct notification_facts {
    const char *actor;     /* name of who did it */
    const char *reference; /* "WEB-42" */
    const char *title;     /* of the subject */
    const char *brand;     /* name of the brand that it is about */
    const char *status;    /* a task's, as the API has it */
    const char *role;      /* as the API has it */
    const char *due;       /* local date and time, in words */
};

/* Title and message, in the arena; the title at most 255 characters. Any language tag; English for what we don't have. */
struct notification_words {
    const char *title, *message;
};
void notification_words(struct arena *a, enum notification_type type, const char *language,
                        const struct notification_facts *facts, struct notification_words *ret);
/* A sentence on why somebody gets it. */
const char *notification_because(enum notification_type type, enum notification_reason reason, const char *language);
/* A path of the web app, "/b/…", that opens in this brand wherever its reader was last: "b/…?in=<id>", without the first slash. */
const char *notification_page(struct arena *a, const char *path, struct uuid brand_id);
/* Subject of a digest of so many, of which this is the title of the first. */
const char *notification_digest_title(struct arena *a, const char *language, const char *first, int count);
/* "Mon 23 Nov, 17:00" of a local time (seconds since 1970 of what clocks show). */
const char *notification_day(struct arena *a, const char *language, int64_t local);
