/* mails.c - what goes out by mail, for the sysadmin. */
#include "ctl/ctl.h"

#include "api/job.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/uuid.h"
#include "domains/mail/mail_delivery.h"
#include <stddef.h>
#include <stdio.h>

static const char list_mails[] =
    "select coalesce(string_agg(m.line, E'\\n' order by m.created_at desc, m.id desc), 'no mails') from ("
    "  select created_at, id, id::text || '  ' || to_char(created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '  '"
    "    || rpad(status, 7) || '  ' || rpad(template, 16) || '  ' || rpad(to_address, 32) || '  ' || subject"
    "    || case when status <> 'sent' then coalesce(E'\\n    ' || last_error, '') else '' end as line"
    "  from karara.mails where ($1 = '' or lower(to_address) = lower($1)) and ($2 = '' or status = $2)"
    "  order by created_at desc, id desc limit 100) m";

/* Those that failed, or wait, and whose text is there: with all their attempts again. $1 an id, or '' for all that failed. */
static const char retry_mails[] =
    "with told as ("
    "  update karara.mails set status = 'queued', not_before = now(), ended_at = null where blanked_at is null"
    "    and (id = nullif($1, '')::uuid and status in ('queued', 'failed') or $1 = '' and status = 'failed') returning id"
    "), woken as ("
    "  update karara.jobs j set run_at = now(), parked_at = null, attempts = 0, cancel_requested = false"
    "  from told join karara.job_keys k on k.key = 'mail:' || told.id"
    "  where j.id = k.job_id and (j.lease_until is null or j.lease_until < now())"
    "), noted as ("
    "  insert into karara.audit_entries (platform, action, resource_type, resource_id)"
    "  select true, 'mail.retried', 'mail', id from told"
    "), " CTL_MAIL_JOB " select case when $1 <> '' and not exists (select from told) then ''"
    "  else (select count(*) from told) || ' will be sent' end, $2 || $3 || $4 || $5 || $6"; /* which CTL_MAIL_JOB leaves to others */

static const char show_mail[] =
    "select coalesce((select 'To: ' || case when to_name = '' then to_address else to_name || ' <' || to_address || '>' end"
    "  || E'\\nSubject: ' || subject || E'\\nQueued: ' || created_at || E'\\nStatus: ' || status"
    "  || coalesce(', sent ' || sent_at, '') || case when attempts > 0 then E'\\nAttempts: ' || attempts else '' end"
    "  || coalesce(E'\\nLast error: ' || last_error, '') || E'\\n\\n' || case when blanked_at is not null then 'Its text was "
    "removed.'"
    "     when $2 = '' then text_body else html_body end"
    "  from karara.mails where id = $1::uuid), '')";

const char *ctl_mail_job(const struct ctl *c, int n)
{
    const struct job_about *about = job_about(JOB_MAIL_SEND);
    return n == 0   ? about->name
           : n == 1 ? about->queue
                    : arena_printf(c->arena, "%d", n == 2 ? (int)about->priority : about->attempts);
}

static int mail_list(struct ctl *c)
{
    static const char *const statuses[] = { "queued", "sending", "sent", "failed", NULL };
    if (!ctl_one_of(c, "status", statuses)) {
        return CTL_USAGE;
    }
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

static int mail_retry(struct ctl *c)
{
    bool all = ctl_option(c, "failed") != NULL;
    if (all == (c->operand_count == 1)) {
        return ctl_misused(c, "say which: the id of a mail, or --failed for all that failed");
    }
    if (!all && !ctl_is_id(c, "mail list")) {
        return CTL_FAILED;
    }
    const char *text = ctl_ask(c, retry_mails, all ? "" : c->operands[0], "", "", "", "", "", CTL_MAIL_JOB_VALUES(c), NULL);
    if (text != NULL && *text == '\0') {
        return ctl_fail(c, "%s isn't there, is being sent, was sent, or its text was removed; see `kararactl mail list`",
                        c->operands[0]);
    }
    return ctl_print(text);
}

/* Speaks to the mail server itself, without queue and worker: what is wrong is seen at once. */
static int mail_test(struct ctl *c)
{
    char words[600] = "";
    struct uuid id = uuid_v7();
    const char *problem = mail_delivery_problem(c->arena);
    if (!mail_delivery_on() || problem != NULL) {
        return ctl_fail(c, "%s", problem != NULL ? problem : "mail_server is empty: nothing is sent");
    }
    const struct mail_letter letter = {
        .id = &id,
        .from_name = "Karara",
        .to_address = c->operands[0],
        .to_name = "",
        .subject = "A test from Karara",
        .text = arena_printf(c->arena, "Karara at %s can send mail.\n", config_text(CONF_PUBLIC_URL)),
        .html = arena_printf(c->arena, "<!DOCTYPE html>\n<html lang=\"en\"><p>Karara at %s can send mail.</p></html>\n",
                             config_text(CONF_PUBLIC_URL)),
        .date = clock_now(),
    };
    enum smtp_outcome outcome = mail_deliver(c->arena, &letter, words, sizeof words);
    if (outcome != SMTP_SENT) {
        return ctl_fail(c, "%s: %s",
                        outcome == SMTP_REFUSED ? "refused"
                        : outcome == SMTP_LATER ? "not now"
                                                : "to be mended",
                        words);
    }
    printf("%s has taken it from %s: %s\n", config_text(CONF_MAIL_SERVER), mail_delivery_from(c->arena), words);
    return CTL_OK;
}

static const struct ctl_option retry_options[] = {
    { "failed", NULL, "All that failed and whose text is still there." },
    { NULL, NULL, NULL },
};

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
    { .name = "mail retry",
      .operands = "[ID]",
      .least = 0,
      .most = 1,
      .summary = "Have a mail tried again now, or with --failed all that failed.",
      .doc = "It gets all its attempts again. A mail whose text has been removed can't be sent any more.",
      .options = retry_options,
      .run = mail_retry },
    { .name = "mail test",
      .operands = "ADDRESS",
      .least = 1,
      .most = 1,
      .summary = "Send a mail to this address now, and say what the mail server answers.",
      .doc = "As the settings say, past queue and worker. Run it as the account of the workers, which must be able to read "
             "mail_password_file.",
      .run = mail_test },
};

const struct ctl_group ctl_mails = CTL_GROUP(rows);
