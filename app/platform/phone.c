/* phone.c - see phone.h. */
#include "platform/phone.h"

#include "core/config.h"
#include "core/str.h"
#include <string.h>

enum { LEAST = 8, MOST = 15 };

bool phone_parse(const char *typed, char ret[PHONE_SIZE])
{
    char digits[MOST + 1] = "";
    size_t n = 0;
    typed += strspn(typed, " \t");
    if (*typed == '+') {
        typed++;
    } else if (str_starts(typed, "00")) {
        typed += 2;
    } else {
        return false;
    }
    for (; *typed != '\0'; typed++) {
        if (*typed >= '0' && *typed <= '9') {
            if (n == MOST) {
                return false;
            }
            digits[n++] = *typed;
        } else if (strchr(" \t-./()", *typed) == NULL) {
            return false;
        }
    }
    if (n < LEAST || digits[0] == '0') {
        return false;
    }
    ret[0] = '+';
    memcpy(ret + 1, digits, n);
    ret[n + 1] = '\0';
    return true;
}

bool phone_sms_available(void)
{
    return !str_empty(config_text(CONF_SMS_URL));
}
