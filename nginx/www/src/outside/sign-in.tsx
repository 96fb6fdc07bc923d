import { useEffect, useRef, useState } from "react";
import { Link, useSearch } from "wouter";
import { ApiError } from "../api/client";
import { signIn } from "../api/session";
import { branding } from "../lib/branding";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { useForm } from "../lib/use-form";
import { Outside } from "../screens/outside";
import s from "../screens/screens.module.css";
import { Button, Notice, PasswordField, TextField } from "../ui/parts";
import { challengeOf, CodeStep, type Challenge } from "./code-step";
import { MailAgain } from "./parts";
import { greeting, typedEmail } from "./typed";
import { signInWords } from "./words";

/** What can be done about a refusal, beyond trying again. */
function WayOut({ problem, email }: { problem: unknown; email: string }) {
  const code = problem instanceof ApiError ? problem.code : null;
  if (code === "email_not_verified") return <MailAgain key={email} address="/auth/resend-verification" email={email} label={t("Send the link again")} />;
  if (code !== "account_locked") return null;
  return <p className={s.outsideMore}>{t("If the account is yours, a mail “Sign-in to your account is locked for a while” has come to you. Its link unlocks at once; so does a new password.")}</p>;
}

interface PasswordStepProps {
  password: string;
  setPassword(next: string): void;
  next(challenge: Challenge): void;
}

function PasswordStep({ password, setPassword, next }: PasswordStepProps) {
  const email = useStore(typedEmail);
  const greets = useStore(greeting);
  const mayRegister = useStore(branding, (b) => b?.registration !== false);
  const search = useSearch();
  // Who comes with an address goes on with the password.
  const [knownEmail] = useState(email !== "");
  const form = useForm(async () => {
    try {
      await signIn(email.trim(), password);
      greeting.set(null);
      typedEmail.set("");
    } catch (error) {
      const challenge = challengeOf(error);
      if (!challenge) throw error;
      greeting.set(null);
      next(challenge);
    }
  }, signInWords);
  const secret = useRef<HTMLInputElement>(null);
  // Most often it is the password that was mistyped: what comes now takes its place.
  useEffect(() => {
    if (!(form.problem instanceof ApiError) || form.problem.code !== "invalid_credentials") return;
    secret.current?.focus();
    secret.current?.select();
  }, [form.problem]);
  return (
    <Outside title={t("Sign in")}>
      {greets && !form.failed && <Notice good>{greets}</Notice>}
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <WayOut problem={form.problem} email={email.trim()} />
        <TextField
          big label={t("E-mail")} type="email" name="email" autoComplete="username" required autoFocus={!knownEmail}
          error={form.of("email")} value={email} onChange={(event) => typedEmail.set(event.target.value)}
        />
        <PasswordField
          ref={secret} big label={t("Password")} name="password" autoComplete="current-password" required autoFocus={knownEmail}
          error={form.of("password")} value={password} onChange={(event) => setPassword(event.target.value)}
        />
        <Button look="primary" size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("Signing in…") : t("Sign in")}</Button>
      </form>
      <div className={s.outsideMore}>
        <p><Link href="/forgot-password" className={s.link}>{t("Forgot the password?")}</Link></p>
        {mayRegister && <p>{t("New here?")} <Link href={`/register${search ? `?${search}` : ""}`} className={s.link}>{t("Create an account")}</Link></p>}
      </div>
    </Outside>
  );
}

/** What was typed is kept when the second step leads back to the first. */
export default function SignIn() {
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const again = (words: string | null) => {
    greeting.set(words);
    setChallenge(null);
  };
  if (challenge) return <CodeStep challenge={challenge} again={again} />;
  return <PasswordStep password={password} setPassword={setPassword} next={setChallenge} />;
}
