/* cast.c - see cast.h. */
#include "cast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

int cast_begin(void **state)
{
    (void)state;
    api_begin();
    return 0;
}

struct api_brand cast_brand(const char *slug, struct api_person *owner, const struct cast_role *others)
{
    *owner = api_person("owner");
    struct api_brand brand = api_brand(slug, owner);
    for (const struct cast_role *r = others; r->who != NULL; r++) {
        char role[16] = "", name[64] = "";
        int words = sscanf(r->role, "%15s %63s", role, name);
        *r->who = api_person(words > 1 ? name : role);
        api_join(&brand, r->who, role);
    }
    return brand;
}

struct api_person joined(const struct api_brand *brand, const char *role)
{
    static int count;
    struct api_person p = api_person(api_f("%s%d", role, ++count));
    api_join(brand, &p, role);
    return p;
}

struct api_reply signed_in(const char *email, const char *password)
{
    return api_post(NULL, "/api/v1/auth/login",
                    api_f("{\"email\":\"%s\",\"password\":\"%s\",\"token_delivery\":\"body\"}", email, password));
}

void cast_refused(const struct api_reply *r, int status, const char *code, const char *file, int line)
{
    if (r->status != status || strcmp(api_error(r), code) != 0) {
        print_error("ERROR: not %d %s: %d %s\n", status, code, r->status, r->body != NULL ? r->body : "");
        _fail(file, line);
    }
}

void cast_wrong_field(const struct api_reply *r, const char *field, const char *file, int line)
{
    cast_refused(r, 422, "validation_failed", file, line);
    if (api_json(r, api_f("error.field_errors.%s", field)) == NULL) {
        print_error("ERROR: %s isn't the field that is wrong: %s\n", field, r->body);
        _fail(file, line);
    }
}
