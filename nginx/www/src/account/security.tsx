/** What guards the account: its address, the password, the second factor, where it is signed in. */
import { useQuery } from "@tanstack/react-query";
import { MailQuestion } from "lucide-react";
import { useEffect, useState } from "react";
import { api, explain } from "../api/client";
import type { User } from "../api/types";
import { keepWaiting, meQuery, seenWaiting } from "../data/account";
import { queries } from "../data/cache";
import { refetch } from "../data/resources";
import { shortDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { atField, useForm } from "../lib/use-form";
import s from "../screens/screens.module.css";
import { Button, Notice, PasswordField, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { Devices } from "./devices";
import { TwoFactor } from "./two-factor";
import { FormButtons, Opens, OwnPassword, Section, WhoseForm, wrongPassword } from "./parts";
import a from "./account.module.css";

const freshMe = () => queries.fetchQuery(meQuery);

function EmailForm({ close, email: first = "" }: { close(): void; email?: string }) {
  const [email, setEmail] = useState(first);
  const [password, setPassword] = useState("");
  const form = useForm(
    async () => {
      const body = { email: email.trim(), password };
      await api.post("/users/me/email", body).catch(atField("invalid_credentials", "password", wrongPassword()));
      await freshMe();
      close();
    },
    undefined,
    ["email", "password"],
  );
  return (
    <form onSubmit={form.submit} className={s.form}>
      {form.failed && <Notice>{form.failed}</Notice>}
      <WhoseForm />
      <TextField
        label={t("New e-mail")} type="email" name="email" autoComplete="email" required maxLength={254} error={form.of("email")}
        hint={t("Nothing changes until you open the link that we mail there. Your old address is told, too.")}
        value={email} onChange={(event) => setEmail(event.target.value)}
      />
      <OwnPassword error={form.of("password")} value={password} onChange={setPassword} />
      <FormButtons busy={form.busy} yes={t("Mail the link")} close={close} />
    </form>
  );
}

/** The change that waits for its link to be opened, if there is one. */
function Waiting({ user }: { user: User }) {
  const waiting = user.pending_email ?? null;
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const seen = seenWaiting();
    if (!waiting && seen?.userId === user.id && seen.email.toLowerCase() === user.email.toLowerCase()) toast({ text: t("Your account uses {email} now.", { email: user.email }) });
    keepWaiting(waiting ? { userId: user.id, email: waiting } : null);
  }, [waiting, user.id, user.email]);
  const cancel = async () => {
    setBusy(true);
    try {
      await api.delete("/users/me/email");
      toast({ text: t("Your address stays {email}.", { email: user.email }) });
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
    // Also after a refusal: the link may have been opened a moment ago.
    await freshMe().catch(() => undefined);
    setBusy(false);
  };
  if (!waiting) return null;
  return (
    <div className={a.waiting} role="status">
      <MailQuestion size={18} aria-hidden />
      <div className={a.partText}>
        <strong>{t("Waiting for {email} to be confirmed", { email: waiting })}</strong>
        <span>{t("Open the mail “Confirm your new e-mail address” there, until {when}. Till then you sign in with {old}.", { when: shortDate(user.pending_email_until!), old: user.email })}</span>
      </div>
      <Button size="small" disabled={busy} onClick={() => void cancel()}>{t("Cancel the change")}</Button>
    </div>
  );
}

function EmailAddress({ user }: { user: User }) {
  useQuery(meQuery);
  return (
    <Section title={t("E-mail address")} about={<>{t("You sign in with")} <strong className={s.whole}>{user.email}</strong></>}>
      <Waiting user={user} />
      <Opens label={t("Change the address")}>{(close) => <EmailForm close={close} />}</Opens>
    </Section>
  );
}

function PasswordForm({ close }: { close(): void }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const form = useForm(
    async () => {
      const body = { current_password: current, new_password: next };
      await api.post("/auth/change-password", body).catch(atField("invalid_credentials", "current_password", wrongPassword()));
      toast({ text: t("The password is changed. Your other devices are signed out.") });
      void refetch("sessions");
      close();
    },
    undefined,
    ["current_password", "new_password"],
  );
  return (
    <form onSubmit={form.submit} className={s.form}>
      {form.failed && <Notice>{form.failed}</Notice>}
      <WhoseForm />
      <OwnPassword label={t("Current password")} error={form.of("current_password")} value={current} onChange={setCurrent} />
      <PasswordField
        label={t("New password")} name="new-password" autoComplete="new-password" required minLength={8} maxLength={128}
        hint={t("At least 8 characters; a sentence is good.")} error={form.of("new_password")} value={next} onChange={(event) => setNext(event.target.value)}
      />
      <FormButtons busy={form.busy} yes={t("Change password")} close={close} />
    </form>
  );
}

function Password() {
  return (
    <Section title={t("Password")} about={t("A new one signs out all your other devices.")}>
      <Opens label={t("Change the password")}>{(close) => <PasswordForm close={close} />}</Opens>
    </Section>
  );
}

export function Security({ user }: { user: User }) {
  return (
    <>
      <EmailAddress user={user} />
      <Password />
      <TwoFactor user={user} />
      <Devices user={user} />
    </>
  );
}
