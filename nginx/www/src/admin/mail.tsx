/** One mail, as its recipient reads it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { explain } from "../api/client";
import type { Mail } from "../api/types.gen";
import { NotFound } from "../app/not-found";
import { exactTime } from "../audit/log";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { Choice, Failed } from "../ui/parts";
import { State } from "../ui/table";
import { isMissing, mailQuery } from "./data";
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
        <Fact name={t("State")}><State tone={mailStatusTone(mail.status)}>{mailStatusName(mail.status)}</State>{mail.last_error && `: ${mail.last_error}`}</Fact>
        <Fact name={t("Written")}>{exactTime(mail.created_at)}</Fact>
        {mail.sent_at && <Fact name={t("Handed over")}>{exactTime(mail.sent_at)}</Fact>}
        {mail.user_id && <Fact name={t("Account")}><Link href={`/admin/users/${mail.user_id}`} className={s.link}>{t("See the account")}</Link></Fact>}
        {mail.brand_id && <Fact name={t("Brand")}><Link href={`/admin/brands/${mail.brand_id}`} className={s.link}>{t("See the brand")}</Link></Fact>}
      </dl>
    </section>
  );
}

export function AdminMail({ id }: { id: string }) {
  const mail = useQuery(mailQuery(id));
  if (mail.isPending) return <Page title={t("Mail")} narrow><RowsSkeleton /></Page>;
  if (!mail.data) return isMissing(mail.error) ? <NotFound what={t("This mail")} /> : <Failed what={explain(mail.error)} retry={() => void mail.refetch()} />;
  const readable = mail.data.text_body != null || mail.data.html_body != null;
  return (
    <Page title={mail.data.subject} narrow>
      <Head mail={mail.data} />
      {readable ? <Body mail={mail.data} /> : <Forbidden id={id} />}
    </Page>
  );
}
