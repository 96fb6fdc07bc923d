/* sign.c - see sign.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sign.h"

#include "cast.h"
#include "core/config.h"
#include <stdio.h>

int sign_defaults(void **state)
{
    (void)state;
    config_set(CONF_REGISTRATION, "on");
    config_set(CONF_EMAIL_VERIFICATION, "off");
    config_set(CONF_LOGIN_ATTEMPTS, "10");
    config_set(CONF_LOGIN_LOCK, "60");
    config_set(CONF_REFRESH_OVERLAP, "10");
    config_set(CONF_PASSWORD_PASSES, "1");
    return 0;
}

const char *sign_email(const char *name)
{
    return api_f("%s@auth.example", name);
}

struct api_reply sign_up(const char *name)
{
    struct api_reply r =
        api_post(NULL, "/api/v1/auth/register",
                 api_f("{\"email\":\"%s\",\"password\":\"" SIGN_PASSWORD "\",\"first_name\":\"Ada\",\"last_name\":\"Byron\","
                       "\"token_delivery\":\"body\"}",
                       sign_email(name)));
    assert_int_equal(r.status, 201);
    return r;
}

struct api_reply sign_in(const char *name, const char *password)
{
    return signed_in(sign_email(name), password);
}

struct api_reply sign_in_to(const char *name, const char *brand)
{
    return api_post(NULL, "/api/v1/auth/login",
                    api_f("{\"email\":\"%s\",\"password\":\"" SIGN_PASSWORD "\",\"brand\":\"%s\"}", sign_email(name), brand));
}

struct api_reply sign_refresh(const char *token)
{
    return api_post(NULL, "/api/v1/auth/refresh", api_f("{\"refresh_token\":\"%s\"}", token));
}

struct api_person sign_person(const struct api_reply *r)
{
    struct api_person p = { 0 };
    snprintf(p.id, sizeof p.id, "%s", api_text(r, "data.user.id"));
    snprintf(p.token, sizeof p.token, "%s", api_text(r, "data.access_token"));
    return p;
}

struct api_person sign_account(const char *name)
{
    struct api_reply r = sign_up(name);
    return sign_person(&r);
}

int sign_status(const struct api_person *p)
{
    return api_get(p, "/api/v1/users/me").status;
}
