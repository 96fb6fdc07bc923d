/* unsubscribe.c - see unsubscribe.h. */
#include "domains/notifications/unsubscribe.h"

#include "core/arena.h"
#include "platform/seal.h"
#include <string.h>

static const char purpose[] = "unsubscribe";

/* Sixteen bytes of who, then what. */
const char *unsubscribe_token(struct arena *a, struct uuid user_id, const char *what)
{
    size_t n = strlen(what);
    char *plain = arena_alloc(a, sizeof user_id.b + n + 1);
    memcpy(plain, user_id.b, sizeof user_id.b);
    memcpy(plain + sizeof user_id.b, what, n + 1);
    return seal(a, purpose, plain, sizeof user_id.b + n);
}

struct unsubscribe_link unsubscribe_link(struct arena *a, const char *home, struct uuid user_id, const char *what)
{
    const char *token = unsubscribe_token(a, user_id, what);
    struct mail_header *headers = arena_zalloc(a, sizeof *headers * 3);
    const char *address = arena_printf(a, "api/v1/unsubscribe?token=%s", token);
    headers[0] = (struct mail_header){ "List-Unsubscribe", arena_printf(a, "<%s>", mail_link(a, home, address, NULL)) };
    headers[1] = (struct mail_header){ "List-Unsubscribe-Post", "List-Unsubscribe=One-Click" };
    return (struct unsubscribe_link){ mail_link(a, home, "unsubscribe", token), headers };
}

bool unsubscribe_open(struct arena *a, const char *token, struct uuid *ret_user_id, const char **ret_what)
{
    size_t n = 0;
    const char *plain = token != NULL ? seal_open(a, purpose, token, &n) : NULL;
    if (plain == NULL || n <= sizeof ret_user_id->b) {
        return false;
    }
    memcpy(ret_user_id->b, plain, sizeof ret_user_id->b);
    *ret_what = plain + sizeof ret_user_id->b; /* seal_open puts a NUL behind it */
    return true;
}
