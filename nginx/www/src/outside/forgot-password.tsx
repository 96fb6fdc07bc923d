/** Asks for the mail that leads to a new password. Never says whether the address has an account. */
import { useState } from "react";
import { api } from "../api/client";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { useForm } from "../lib/use-form";
import { Outside } from "../screens/outside";
import s from "../screens/screens.module.css";
import { Button, Notice, TextField } from "../ui/parts";
import { MailSteps } from "./parts";
import { typedEmail } from "./typed";

export default function ForgotPassword() {
  const email = useStore(typedEmail);
  const [asked, setAsked] = useState(false);
  const form = useForm(
    async () => {
      await api.post("/auth/forgot-password", { email: email.trim() }, { anonymous: true });
      setAsked(true);
    },
    undefined,
    ["email"],
  );
  const back = { href: "/sign-in", name: t("Sign-in") };
  if (asked) {
    return (
      <Outside title={t("Check your mail")} back={back}>
        <Notice good>{t("If there is an account with {email}, a mail is on its way there.", { email: email.trim() })}</Notice>
        <MailSteps subject={t("Set a new password")} then={t("Choose the new password. The link works once, for an hour.")} />
        <p className={s.outsideMore}>{t("Nothing there after some minutes? Perhaps your account has another address. At most one such mail is sent every five minutes.")}</p>
        <Button size="large" wide onClick={() => setAsked(false)}>{t("Try another address")}</Button>
      </Outside>
    );
  }
  return (
    <Outside title={t("Set a new password")} back={back}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField
          big label={t("E-mail")} type="email" name="email" autoComplete="username" required autoFocus hint={t("Of your account. We mail you a link.")}
          error={form.of("email")} value={email} onChange={(event) => typedEmail.set(event.target.value)}
        />
        <Button look="primary" size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : t("Send the link")}</Button>
      </form>
    </Outside>
  );
}
