/* phone_code.c - see phone_code.h. */
#include "domains/notifications/phone_code.h"

#include "core/arena.h"
#include "core/str.h"
#include "platform/phone.h"
#include "platform/seal.h"
#include <stdio.h>
#include <string.h>

struct kept {
    struct uuid person;
    char number[PHONE_SIZE];
    char code[PHONE_CODE];
};

/* Each of the million is as likely as any other. */
static uint32_t draw(void)
{
    enum { CODES = 1000000 };
    uint32_t n;
    do {
        seal_random(&n, sizeof n);
    } while (n >= UINT32_MAX / CODES * CODES);
    return n % CODES;
}

const char *phone_code_make(struct arena *a, struct uuid person, const char *number)
{
    struct kept k;
    memset(&k, 0, sizeof k); /* padding is sealed as well */
    k.person = person;
    snprintf(k.number, sizeof k.number, "%s", number);
    snprintf(k.code, sizeof k.code, "%06u", draw());
    return seal(a, "phone", &k, sizeof k);
}

const char *phone_code_open(struct arena *a, struct uuid person, const char *number, const char *sealed)
{
    size_t n = 0;
    const struct kept *k = sealed != NULL ? seal_open(a, "phone", sealed, &n) : NULL;
    bool fits = k != NULL && n == sizeof *k && uuid_eq(&k->person, &person) && str_eq(k->number, number);
    return fits ? k->code : NULL;
}
