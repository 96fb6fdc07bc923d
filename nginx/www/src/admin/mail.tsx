/** One mail, as its recipient reads it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { api, explain } from "../api/client";
import type { Mail } from "../api/types.gen";
import { NotFound } from "../app/not-found";
import { exactTime } from "../audit/log";
import { asLeft } from "../lib/address";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { Button, Choice, Failed } from "../ui/parts";
import { State } from "../ui/table";
import { toast } from "../ui/toasts";
import { isMissing, mailQuery, refetchAdmin } from "./data";
import { MailFrame, MailLinks, safeMail } from "./mail-frame";
import { Fact } from "./overview";
import { mailKindName, mailStatusName, mailStatusTone } from "./words";
import s from "./admin.module.css";

function Forbidden({ id }: { id: string }) {
  return (
    <section className={s.section}>
      <h2>{t("What it says can't be read here")}</h2>
      <p>{t("A mail may hold a link that opens an account, so this installation keeps its mails closed: the setting mail_readable is off.")}</p>
      <p>{t("Who may sign in to the server can read it there:")} <code className={s.code}>kararactl mail show {id}</code></p>
    </section>
  );
}

function Blanked() {
  return (
    <section className={s.section}>
      <h2>{t("What it said is gone")}</h2>
      <p>{t("A mail’s texts are removed some time after it was sent or failed, since its links may open accounts.")}</p>
    </section>
  );
}

/** Why it isn't sent, and a way to have it tried at once. */
function Trouble({ mail }: { mail: Mail }) {
  const [busy, setBusy] = useState(false);
  const again = (mail.status === "failed" || (mail.status === "queued" && mail.attempts > 0)) && !mail.blanked_at;
  const retry = async () => {
    setBusy(true);
    try {
      await api.post(`/admin/mails/${mail.id}/retry`);
      toast({ text: t("It is tried now.") });
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
    await refetchAdmin();
    setBusy(false);
  };
  if (!mail.last_error && !again) return null;
  return (
    <section className={s.section}>
      <h2>{mail.status === "failed" ? t("Why it was not sent") : t("Why it is not sent yet")}</h2>
      {mail.last_error && <pre className={s.mailText} tabIndex={0} aria-label={t("What went wrong")}>{mail.last_error}</pre>}
      <p className={s.muted}>{mail.status === "failed" ? t("It is not tried again by itself.") : t("It is tried again by itself, for two days at growing intervals.")}</p>
      {again && <div><Button disabled={busy} onClick={() => void retry()}>{t("Try now")}</Button></div>}
    </section>
  );
}

type Look = "html" | "text";

function Body({ mail }: { mail: Mail }) {
  const [look, setLook] = useState<Look>("html");
  const safe = useMemo(() => safeMail(mail.html_body ?? ""), [mail.html_body]);
  return (
    <>
      <div><Choice<Look> label={t("Show the mail as")} value={look} options={[{ value: "html", label: t("As it looks") }, { value: "text", label: t("As text") }]} onChange={setLook} /></div>
      {look === "html" ? (
        <MailFrame mail={safe} title={t("The mail: {subject}", { subject: mail.subject })} />
      ) : (
        <pre className={s.mailText} tabIndex={0} aria-label={t("The mail as text")}>{mail.text_body}</pre>
      )}
      {safe.pictures > 0 && look === "html" && <p className={s.muted}>{t("{count, plural, one {# picture} other {# pictures}} of other servers left out.", { count: safe.pictures })}</p>}
      <MailLinks links={safe.links} />
    </>
  );
}

function Head({ mail }: { mail: Mail }) {
  return (
    <section className={s.section}>
      <dl className={s.facts}>
        <Fact name={t("To")}>{mail.to_name ? `${mail.to_name} (${mail.to_address})` : mail.to_address}</Fact>
        <Fact name={t("Kind")}>{mailKindName(mail.template)}, {mail.language}</Fact>
        <Fact name={t("State")}><State tone={mailStatusTone(mail.status)}>{mailStatusName(mail.status)}</State>{mail.attempts > 0 && <span className={s.muted}>, {t("{count, plural, one {# attempt} other {# attempts}}", { count: mail.attempts })}</span>}</Fact>
        <Fact name={t("Written")}>{exactTime(mail.created_at)}</Fact>
        {mail.tried_at && mail.status !== "sent" && <Fact name={t("Last tried")}>{exactTime(mail.tried_at)}</Fact>}
        {mail.sent_at && <Fact name={t("Handed over")}>{exactTime(mail.sent_at)}</Fact>}
        {mail.user_id && <Fact name={t("Account")}><Link href={`/admin/users/${mail.user_id}`} className={s.link}>{t("See the account")}</Link></Fact>}
        {mail.brand_id && <Fact name={t("Brand")}><Link href={`/admin/brands/${mail.brand_id}`} className={s.link}>{t("See the brand")}</Link></Fact>}
      </dl>
    </section>
  );
}

export function AdminMail({ id }: { id: string }) {
  const back = { href: asLeft("/admin/mails"), name: t("Mails") };
  const mail = useQuery(mailQuery(id));
  if (mail.isPending) return <Page title={t("Mail")} narrow back={back}><RowsSkeleton /></Page>;
  if (!mail.data) return isMissing(mail.error) ? <NotFound what={t("This mail")} /> : <Failed what={explain(mail.error)} retry={() => void mail.refetch()} />;
  const readable = mail.data.text_body != null || mail.data.html_body != null;
  return (
    <Page title={mail.data.subject} narrow back={back}>
      <Head mail={mail.data} />
      <Trouble mail={mail.data} />
      {readable ? <Body mail={mail.data} /> : mail.data.blanked_at ? <Blanked /> : <Forbidden id={id} />}
    </Page>
  );
}
