/* templates.h - templates of tasks by the API, for tests of what they are and of what they make. On api.h.
 *
 *   const char *id = template_made(&ada, &demo, MONDAYS ",\"catch_up\":\"all\"");
 *   struct api_reply r = api_post(&ada, template_path(id, "/spawn"), "{}"); */
#pragma once

#include "api.h"

/* A rule whose first time is far enough not to come while a test runs. */
#define MONDAYS "\"rrule\":\"FREQ=WEEKLY;BYDAY=MO\",\"starts_at\":\"2099-01-05T09:00\",\"timezone\":\"Europe/Berlin\""

/* The setup of each test: no template, no schedule, no job, no task, no event. */
int template_clean(void **state);

/* Tries to make "Read the numbers" for the brand's team and board, with these further fields, a rule among them. */
struct api_reply template_make(const struct api_person *who, const struct api_brand *brand, const char *more);
/* The same, but fails the test unless it is made; the id, which lives as long as replies. */
const char *template_made(const struct api_person *who, const struct api_brand *brand, const char *more);
/* One that comes hourly, `n` times, all of which are over, the last half an hour ago, and none of which is due yet: by `template_catch_up`
 * all of them are. */
const char *template_late(const struct api_person *who, const struct api_brand *brand, int n, const char *more);
/* Schedules that have never run are to run from their first time on, at once; at most so many of them. */
void template_catch_up(int most);
/* Its address, with this behind it. */
const char *template_path(const char *id, const char *more);
