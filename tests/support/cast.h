/* cast.h - who plays in most tests of routes, and what all of them say of replies. On api.h.
 *
 *   static struct api_person owner, manager, client;
 *   static struct api_brand brand;
 *   brand = CAST("home", &owner, { &manager, "manager" }, { &client, "client" });
 *   struct api_reply r = api_delete(&client, …);
 *   refused(&r, 403, "permission_denied"); */
#pragma once

#include "api.h"

struct cast_role {
    struct api_person *who; /* NULL ends the array */
    const char *role; /* in the brand; behind a space the name, where they aren't called as their role is: "member worker" */
};

/* The group setup of tests that need nothing but api_begin(). */
int cast_begin(void **state);

/* A new brand that `owner` owns ("owner" is their name) and the others belong to. */
struct api_brand cast_brand(const char *slug, struct api_person *owner, const struct cast_role *others);
#define CAST(slug, owner, ...) cast_brand((slug), (owner), (const struct cast_role[]){ __VA_ARGS__, { NULL, NULL } })

/* Somebody new with this role in the brand. */
struct api_person joined(const struct api_brand *brand, const char *role);

/* Signs in by password, with the tokens in the reply. */
struct api_reply signed_in(const char *email, const char *password);

/* Fails the test, at its line and with the reply, unless that was refused in this way. */
void cast_refused(const struct api_reply *r, int status, const char *code, const char *file, int line);
#define refused(r, status, code) cast_refused((r), (status), (code), __FILE__, __LINE__)

/* The same for a field that isn't right. */
void cast_wrong_field(const struct api_reply *r, const char *field, const char *file, int line);
#define wrong_field(r, field) cast_wrong_field((r), (field), __FILE__, __LINE__)
