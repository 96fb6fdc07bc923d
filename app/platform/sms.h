/* sms.h - short messages to phones, through an HTTP gateway that the settings describe (SMS_URL and its neighbours). Only karara-worker and kararactl
 * link it; whether there is a gateway, and what is a number, is for everybody (platform/phone.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sms_message {
    const char *to;   /* E.164: "+4915112345678" */
    const char *text; /* UTF-8 */
    const char *id;   /* the same at every attempt, so that a gateway that knows it sends it once */
};

enum sms_verdict {
    SMS_TAKEN,
    SMS_LATER,    /* the gateway asks us to wait */
    SMS_REFUSED,  /* it won't send this: another try goes no better */
    SMS_FAILED,   /* no answer, or trouble on its side: try again */
    SMS_UNSETTLED /* the settings are not right, or it doesn't know us: for who runs the installation */
};

struct sms_result {
    enum sms_verdict verdict;
    int64_t wait; /* s, SMS_LATER */
    char words[400];
};

/* Whether the settings can be worked with; false with words. True where there is no gateway. */
bool sms_settings_fit(char *err, unsigned err_size);

void sms_send(const struct sms_message *message, struct sms_result *ret);
