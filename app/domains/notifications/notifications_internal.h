/* notifications_internal.h - people as the domain's jobs look at them: from rows of fragment notification_person_columns. */
#pragma once

#include "api/request.h"
#include "domains/notifications/notifications.h"

/* What a notification is about, as far as it decides who may see it. */
struct notification_subject {
    const char *type; /* "task" */
    struct uuid id;
    struct uuid team_id;        /* of a task's board, or a template; nil: everybody in the brand may know */
    struct uuid_list assignees; /* of a task */
};

struct notification_person {
    struct uuid id;
    const char *name, *email, *language, *brand_name, *role;
    struct zone *zone; /* the arena closes it */
    bool sees_all;
    bool lacks_two_factor; /* and so sees nothing outside the app, nor within it, until they have one */
    struct uuid_list teams;
    unsigned reach; /* bits: the ways by which they can be reached, the app among them */
    struct notification_preferences wants;
};

void notification_person_read(struct arena *a, const struct db_result *r, int row, struct notification_person *ret);

bool notification_may_see(const struct notification_person *p, const struct notification_subject *s);

/* The ways of a type for this person: bits. */
unsigned notification_ways_of(const struct notification_person *p, enum notification_type type);

/* Whether, going these ways, its mail is gathered into a digest. */
bool notification_gathers(const struct notification_person *p, enum notification_type type, unsigned ways);

/* When each of these ways is due, from `now` on (µs): [{"way":"email","digest":false,"due_at":"…"}]. */
const char *notification_plan(struct arena *a, const struct notification_person *p, enum notification_type type, unsigned ways,
                              int64_t now);
