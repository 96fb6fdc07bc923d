import { useState } from "react";
import { Link, useSearch } from "wouter";
import { ApiError, explain } from "../api/client";
import { signIn } from "../api/session";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Button, Notice, PasswordField, TextField } from "../ui/parts";
import { Outside } from "./outside";
import s from "./screens.module.css";

function words(error: unknown): string {
  if (error instanceof ApiError && error.code === "invalid_credentials") return t("The e-mail or the password is wrong.");
  if (error instanceof ApiError && error.code === "email_not_verified") return t("Please open the link in the e-mail that we sent you first.");
  return explain(error);
}

export default function SignIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const search = useSearch();
  const form = useForm(() => signIn(email.trim(), password), words);
  return (
    <Outside title={t("Sign in")}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField
          big label={t("E-mail")} type="email" name="email" autoComplete="username" required autoFocus
          error={form.of("email")} value={email} onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          big label={t("Password")} name="password" autoComplete="current-password" required
          error={form.of("password")} value={password} onChange={(event) => setPassword(event.target.value)}
        />
        <Button look="primary" size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("Signing in…") : t("Sign in")}</Button>
      </form>
      <p className={s.outsideMore}>
        {t("New here?")} <Link href={`/register${search ? `?${search}` : ""}`} className={s.link}>{t("Create an account")}</Link>
      </p>
    </Outside>
  );
}
