/* mails.c - what goes out by mail, for the sysadmin. */
#include "ctl/ctl.h"

#include "core/arena.h"
#include "core/uuid.h"
#include "platform/db.h"
#include <stdio.h>

static const char list_mails[] =
    "select coalesce(string_agg(m.line, E'\\n' order by m.created_at desc, m.id desc), 'no mails') from ("
    "  select created_at, id, id::text || '  ' || to_char(created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '  '"
    "    || rpad(status, 7) || '  ' || rpad(template, 16) || '  ' || rpad(to_address, 32) || '  ' || subject as line"
    "  from karara.mails where ($1 = '' or lower(to_address) = lower($1)) and ($2 = '' or status = $2)"
    "  order by created_at desc, id desc limit 100) m";

static const char show_mail[] =
    "select coalesce((select 'To: ' || case when to_name = '' then to_address else to_name || ' <' || to_address || '>' end"
    "  || E'\\nSubject: ' || subject || E'\\nQueued: ' || created_at || E'\\nStatus: ' || status"
    "  || coalesce(', sent ' || sent_at, '') || coalesce(E'\\nLast error: ' || last_error, '')"
    "  || E'\\n\\n' || case when $2 = '' then text_body else html_body end"
    "  from karara.mails where id = $1::uuid), '')";

/* Prints what the statement answers; '' is nothing. */
static int print(struct ctl *c, const char *sql, const char *first, const char *second)
{
    struct db *d = ctl_admin(c, true);
    const char *text = d != NULL ? ctl_value(c, d, sql, first, second, NULL) : NULL;
    db_close(d);
    if (text == NULL) {
        return CTL_FAILED;
    }
    if (*text == 0) {
        return ctl_fail(c, "there is no mail %s; `kararactl mail list` shows the newest", first);
    }
    printf("%s\n", text);
    return CTL_OK;
}

static int mail_list(struct ctl *c)
{
    const char *to = ctl_option(c, "to");
    const char *status = ctl_option(c, "status");
    return print(c, list_mails, to != NULL ? to : "", status != NULL ? status : "");
}

static int mail_show(struct ctl *c)
{
    struct uuid id;
    if (!uuid_parse(c->operands[0], &id)) {
        return ctl_fail(c, "%s is no id; `kararactl mail list` shows them", c->operands[0]);
    }
    return print(c, show_mail, c->operands[0], ctl_option(c, "html") != NULL ? "html" : "");
}

static const struct ctl_option list_options[] = {
    { "to", "EMAIL", "Only those to this address." },
    { "status", "STATUS", "Only those that are queued, sending, sent or failed." },
    { NULL, NULL, NULL },
};

static const struct ctl_option show_options[] = {
    { "html", NULL, "The HTML body in place of the text." },
    { NULL, NULL, NULL },
};

static const struct ctl_command rows[] = {
    { .name = "mail list",
      .operands = "",
      .summary = "List the newest hundred mails: id, time, status, template, address, subject.",
      .options = list_options,
      .run = mail_list },
    { .name = "mail show",
      .operands = "ID",
      .least = 1,
      .most = 1,
      .summary = "Print a mail.",
      .doc = "Its links may open an account: mind who looks over your shoulder.",
      .options = show_options,
      .run = mail_show },
};

const struct ctl_group ctl_mails = CTL_GROUP(rows);
