/* push.c - web push and SMS from the command line. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/str.h"
#include "platform/db.h"
#include "platform/https.h"
#include "platform/phone.h"
#include "platform/push_service.h"
#include "platform/sms.h"
#include <stdio.h>
#include <string.h>

/* Browsers of whoever has this address, with all that it takes to tell them something. */
static const char list_browsers[] = "select coalesce(string_agg(line, E'\\n'), 'no browsers') from (select p.id || '  ' || "
                                    "to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')"
                                    "  || '  ' || rpad(coalesce(to_char(p.last_used_at at time zone 'UTC', 'YYYY-MM-DD "
                                    "HH24:MI'), 'never'), 16) || '  ' || rpad(p.device, 24)"
                                    "  || '  ' || split_part(p.endpoint, '/', 3) || case when p.failures > 0 then format('  %s "
                                    "failed: %s', p.failures, p.last_error) else '' end"
                                    "  as line from karara.push_subscriptions p join karara.users u on u.id = p.user_id where "
                                    "$1 = '' or lower(u.email) = lower($1)"
                                    "  order by p.created_at desc, p.id limit 500) l";

static const char find_browsers[] =
    "select coalesce(string_agg(concat_ws(' ', p.key_id, encode(p.p256dh, 'hex'), encode(p.auth, 'hex'), p.endpoint, p.id), "
    "E'\\n'), '')"
    "  from karara.push_subscriptions p join karara.users u on u.id = p.user_id where lower(u.email) = lower($1)";

static bool load_keys(const struct ctl *c)
{
    char err[512];
    if (webpush_load_keys(config_text(CONF_KEYS_DIR), err, sizeof err)) {
        return true;
    }
    ctl_fail(c, "%s (`kararactl setup` makes it)", err);
    return false;
}

static int push_key(struct ctl *c)
{
    return load_keys(c) ? ctl_print(webpush_public(NULL)) : CTL_FAILED;
}

static int push_list(struct ctl *c)
{
    if (c->operand_count > 0 && !ctl_account(c, c->operands[0])) {
        return CTL_FAILED;
    }
    return ctl_print(ctl_ask(c, list_browsers, c->operand_count > 0 ? c->operands[0] : "", NULL));
}

/* One line of find_browsers. */
static bool test_browser(struct ctl *c, const char *line)
{
    static const char text[] = "{\"title\":\"Karara\",\"body\":\"This is a test.\",\"url\":\"/\",\"tag\":\"test\"}";
    static const char *const words[] = { "taken", "gone: the browser has ended it", "the service asks us to wait", "refused",
                                         "failed" };
    struct push_result became;
    size_t n = 0;
    char **part = str_split(c->arena, line, ' ', &n);
    struct push_message m = {
        .kid = part[0], .endpoint = part[3], .text = text, .size = sizeof text - 1, .life = 60, .urgency = "high"
    };
    str_hex_decode(part[1], strlen(part[1]), m.reader.key, sizeof m.reader.key);
    str_hex_decode(part[2], strlen(part[2]), m.reader.secret, sizeof m.reader.secret);
    push_send(&m, clock_now() / 1000000, &became);
    printf("%s  %s (%s)\n", part[4], words[became.verdict], became.words);
    return became.verdict == PUSH_TAKEN;
}

static int push_test(struct ctl *c)
{
    size_t n = 0;
    bool all = true;
    char *found = load_keys(c) && ctl_account(c, c->operands[0]) ? ctl_ask(c, find_browsers, c->operands[0], NULL) : NULL;
    if (found == NULL) {
        return CTL_FAILED;
    }
    char **lines = str_split(c->arena, found, '\n', &n);
    if (n == 0) {
        return ctl_fail(c, "%s is told in no browser", c->operands[0]);
    }
    for (size_t i = 0; i < n; i++) {
        all = test_browser(c, lines[i]) && all;
    }
    https_close();
    return all ? CTL_OK : CTL_FAILED;
}

static int sms_test(struct ctl *c)
{
    char number[PHONE_SIZE];
    struct sms_result became;
    const char *text = ctl_option(c, "text");
    if (!phone_parse(c->operands[0], number)) {
        return ctl_fail(c, "%s is no number with its country, like +4915112345678", c->operands[0]);
    }
    sms_send(
        &(struct sms_message){ .to = number, .text = text != NULL ? text : "This is a test of Karara.", .id = ctl_fresh_id(c) },
        &became);
    https_close();
    if (became.verdict != SMS_TAKEN) {
        return ctl_fail(c, "the gateway didn't take it: %s", became.words);
    }
    printf("The gateway took it: %s\n", became.words);
    return CTL_OK;
}

static const struct ctl_option sms_options[] = {
    { "text", "TEXT", "What to send; else a few words." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "push key",
      .operands = "",
      .summary = "Print the public key that browsers subscribe to web push with.",
      .doc = "The first of keys_dir/push.keys. Browsers are bound to the key that they subscribed with: put a new one before "
             "it, and\n"
             "keep the old one for them.",
      .run = push_key },
    { .name = "push list",
      .operands = "[EMAIL]",
      .most = 1,
      .summary = "List browsers that are told by web push: id, since when, last used, name, push service, what failed.",
      .run = push_list },
    { .name = "push test",
      .operands = "EMAIL",
      .least = 1,
      .most = 1,
      .summary = "Send a message to all browsers of a person, and say what their push services answer.",
      .run = push_test },
    { .name = "sms test",
      .operands = "NUMBER",
      .least = 1,
      .most = 1,
      .summary = "Send an SMS through the gateway that the settings describe, and say what it answers.",
      .options = sms_options,
      .run = sms_test },
};

const struct ctl_group ctl_push = CTL_GROUP(rows);
