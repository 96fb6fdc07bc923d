import { useState } from "react";
import { Link, useSearch } from "wouter";
import { ApiError, explain } from "../api/client";
import { register } from "../api/session";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Outside } from "../screens/outside";
import s from "../screens/screens.module.css";
import { Button, Notice, PasswordField, TextField } from "../ui/parts";
import { MailAgain, MailSteps } from "./parts";
import { typedEmail } from "./typed";

const SHOWN = ["email", "password", "first_name", "last_name"];

function words(error: unknown): string {
  if (error instanceof ApiError && error.code === "already_exists") return t("There is an account with this e-mail already. You can sign in.");
  return explain(error);
}

/** The answer is the same for an address that has an account; its owner is told so by mail. */
function Mailed({ email, back }: { email: string; back(): void }) {
  return (
    <Outside title={t("Check your mail")}>
      <Notice good>{t("One step is left: confirm that {email} is your address.", { email })}</Notice>
      <MailSteps subject={t("Confirm your e-mail address")} then={t("Sign in with your password. The link works once, for 24 hours.")} />
      <MailAgain address="/auth/resend-verification" email={email} label={t("Send it again")} />
      <p className={s.outsideMore}>
        {t("A typing mistake?")} <button type="button" className={s.link} onClick={back}>{t("Change the address")}</button>
      </p>
    </Outside>
  );
}

export default function Register() {
  const [fields, setFields] = useState({ first_name: "", last_name: "", email: typedEmail.get(), password: "" });
  const [mailed, setMailed] = useState(false);
  const search = useSearch();
  const form = useForm(async () => setMailed(!(await register({ ...fields, email: fields.email.trim() }))), words, SHOWN);
  const set = (name: keyof typeof fields) => (event: React.ChangeEvent<HTMLInputElement>) => {
    setFields({ ...fields, [name]: event.target.value });
    if (name === "email") typedEmail.set(event.target.value);
  };
  if (mailed) return <Mailed email={fields.email.trim()} back={() => setMailed(false)} />;
  return (
    <Outside title={t("Create an account")}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <div className={s.twin}>
          <TextField big label={t("First name")} name="given-name" autoComplete="given-name" required autoFocus maxLength={100} error={form.of("first_name")} value={fields.first_name} onChange={set("first_name")} />
          <TextField big label={t("Last name")} name="family-name" autoComplete="family-name" required maxLength={100} error={form.of("last_name")} value={fields.last_name} onChange={set("last_name")} />
        </div>
        <TextField big label={t("E-mail")} type="email" name="email" autoComplete="username" required error={form.of("email")} value={fields.email} onChange={set("email")} />
        <PasswordField
          big label={t("Password")} name="new-password" autoComplete="new-password" required minLength={8} maxLength={128}
          hint={t("At least 8 characters; a sentence is good.")} error={form.of("password")} value={fields.password} onChange={set("password")}
        />
        <Button look="primary" size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("Creating…") : t("Create the account")}</Button>
      </form>
      <p className={s.outsideMore}>
        {t("Have an account already?")} <Link href={`/sign-in${search ? `?${search}` : ""}`} className={s.link}>{t("Sign in")}</Link>
      </p>
    </Outside>
  );
}
