/* told.h - brands whose people are told of things by a real worker, and what they were told. On api.h and workers.h.
 *
 *   struct told_place p = told_place();                      // Ada's brand, where Linus is a member
 *   assign(&p, &p.ada, &p.linus);                            // by the API, as people do it
 *   assert_string_equal(told_of(&p, &p.linus), "task.assigned");
 *   time_passes(&p);                                         // what waits to be sent goes out now
 *   assert_string_equal(delivery(&p, &p.linus, "email"), "sent");
 *
 * What is told is said in these words, so that tests read as sentences. Texts that are returned live as long as replies. */
#pragma once

#include "api.h"

/* A brand of its own for each test: its owner, a manager and two members of its team, and a guest who is in no team. */
struct told_place {
    int number; /* of this one among all of the program, for names that nothing else has */
    struct api_person ada, grace, linus, mary, guest;
    struct api_brand brand;
    char task[UUID_TEXT_SIZE]; /* "Write the story", which Ada made and nobody works on */
};

/* The group setup: services and the first worker, with mails that are sent when a test says so. Its end is workers_end. */
int told_begin(void **state);
struct told_place told_place(void);
/* Somebody who is in no brand yet, with their name for a first name. */
struct api_person told_person(const struct told_place *p, const char *name);
/* The address of the brand's notifications, with this behind it. */
const char *told_at(const struct told_place *p, const char *more);

/* ---- what people do; each fails the test unless it is done ---- */

/* Gives the task to somebody alone, or to nobody (NULL). */
void assign(const struct told_place *p, const struct api_person *by, const struct api_person *to);
/* Changes fields of the task. */
void change(const struct told_place *p, const struct api_person *by, const char *body);
/* Changes what somebody wants to be told of. */
void prefer(const struct told_place *p, const struct api_person *who, const char *body);

/* ---- what comes of it ---- */

/* Waits until everything that has happened is decided; fails, with the worker's reason, when something can't be. */
void decided(void);
/* Decides, and makes what waits to be sent due; waits until that is done. */
void time_passes(const struct told_place *p);
/* Decides; the types of what somebody was told, the oldest first: "task.assigned task.status". */
const char *told_of(const struct told_place *p, const struct api_person *who);
/* Why they were told the newest of it: "assigned". */
const char *because(const struct told_place *p, const struct api_person *who);
/* Its id, as the API has it. */
const char *newest(const struct told_place *p, const struct api_person *who);
/* How a way of it stands, and why: "skipped read before". "" when it doesn't go this way. */
const char *delivery(const struct told_place *p, const struct api_person *who, const char *way);
/* How many mails were made for somebody. */
long long mails(const struct api_person *who);
