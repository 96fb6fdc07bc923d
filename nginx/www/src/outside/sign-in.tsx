import { useState } from "react";
import { Link, useSearch } from "wouter";
import { ApiError, explain } from "../api/client";
import { signIn } from "../api/session";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { useForm } from "../lib/use-form";
import { Outside } from "../screens/outside";
import s from "../screens/screens.module.css";
import { Button, Notice, PasswordField, TextField } from "../ui/parts";
import { MailAgain } from "./parts";
import { greeting, typedEmail } from "./typed";

const clock = (time: number) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(time);

function lockWords(seconds: number | null): string {
  const minutes = Math.ceil((seconds ?? 60) / 60);
  return t("Too many wrong passwords: signing in is locked until {time}, for {minutes, plural, one {# minute} other {# minutes}}.", {
    time: clock(Date.now() + (seconds ?? 60) * 1000), minutes,
  });
}

function words(error: unknown): string {
  if (!(error instanceof ApiError)) return explain(error);
  if (error.code === "invalid_credentials") return t("The e-mail or the password is wrong.");
  if (error.code === "email_not_verified") return t("The address isn’t confirmed yet. Open the link in the mail “Confirm your e-mail address” that we sent to it.");
  if (error.code === "account_suspended") return t("This account was suspended. Please ask those who run this installation.");
  if (error.code === "account_locked") return lockWords(error.retryAfter);
  return explain(error);
}

/** What can be done about a refusal, beyond trying again. */
function WayOut({ problem, email }: { problem: unknown; email: string }) {
  const code = problem instanceof ApiError ? problem.code : null;
  if (code === "email_not_verified") return <MailAgain key={email} address="/auth/resend-verification" email={email} label={t("Send the link again")} />;
  if (code !== "account_locked") return null;
  return <p className={s.outsideMore}>{t("If the account is yours, a mail “Sign-in to your account is locked for a while” has come to you. Its link unlocks at once; so does a new password.")}</p>;
}

export default function SignIn() {
  const email = useStore(typedEmail);
  const greets = useStore(greeting);
  const [password, setPassword] = useState("");
  const search = useSearch();
  const form = useForm(async () => {
    await signIn(email.trim(), password);
    greeting.set(null);
    typedEmail.set("");
  }, words);
  return (
    <Outside title={t("Sign in")}>
      {greets && !form.failed && <Notice good>{greets}</Notice>}
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <WayOut problem={form.problem} email={email.trim()} />
        <TextField
          big label={t("E-mail")} type="email" name="email" autoComplete="username" required autoFocus
          error={form.of("email")} value={email} onChange={(event) => typedEmail.set(event.target.value)}
        />
        <PasswordField
          big label={t("Password")} name="password" autoComplete="current-password" required
          error={form.of("password")} value={password} onChange={(event) => setPassword(event.target.value)}
        />
        <Button look="primary" size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("Signing in…") : t("Sign in")}</Button>
      </form>
      <div className={s.outsideMore}>
        <p><Link href="/forgot-password" className={s.link}>{t("Forgot the password?")}</Link></p>
        <p>{t("New here?")} <Link href={`/register${search ? `?${search}` : ""}`} className={s.link}>{t("Create an account")}</Link></p>
      </div>
    </Outside>
  );
}
