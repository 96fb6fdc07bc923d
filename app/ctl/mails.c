/* mails.c - what goes out by mail, for the sysadmin. */
#include "ctl/ctl.h"

#include <stddef.h>

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

static int mail_list(struct ctl *c)
{
    return ctl_print(ctl_ask(c, list_mails, ctl_given(c, "to"), ctl_given(c, "status"), NULL));
}

static int mail_show(struct ctl *c)
{
    const char *body = ctl_option(c, "html") != NULL ? "html" : "";
    const char *text = ctl_is_id(c, "mail list") ? ctl_ask(c, show_mail, c->operands[0], body, NULL) : NULL;
    if (text != NULL && *text == '\0') {
        return ctl_fail(c, "there is no mail %s; `kararactl mail list` shows the newest", c->operands[0]);
    }
    return ctl_print(text);
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
