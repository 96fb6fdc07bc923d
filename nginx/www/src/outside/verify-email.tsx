/** Confirms an address: that of a new account, or the new one of an account that moves to it. */
import { useState } from "react";
import { Link } from "wouter";
import { api } from "../api/client";
import { session, setUser } from "../api/session";
import type { User } from "../api/types";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { useForm } from "../lib/use-form";
import s from "../screens/screens.module.css";
import { Button, Notice, TextField } from "../ui/parts";
import { MailedLink } from "./mailed-link";
import { Onward } from "./parts";
import { typedEmail } from "./typed";

function Again() {
  const [email, setEmail] = useState(typedEmail.get());
  const [sent, setSent] = useState(false);
  const form = useForm(
    async () => {
      await api.post("/auth/resend-verification", { email: email.trim() }, { anonymous: true });
      setSent(true);
    },
    undefined,
    ["email"],
  );
  return (
    <>
      <p>{t("If the address is confirmed already, you can simply sign in. For a new account, we send another link:")}</p>
      {sent && <Notice good>{t("If an account waits for {email} to be confirmed, a new link is on its way there.", { email: email.trim() })}</Notice>}
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField big label={t("E-mail")} type="email" name="email" autoComplete="username" required error={form.of("email")} value={email} onChange={(event) => setEmail(event.target.value)} />
        <Button size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : t("Send a new link")}</Button>
      </form>
      <div className={s.outsideMore}>
        <p>{t("To change the address of an account, ask for it again in its settings.")}</p>
        <p><Link href="/sign-in" className={s.link}>{t("Sign in")}</Link></p>
      </div>
    </>
  );
}

export default function VerifyEmail() {
  const signedIn = useStore(session, (x) => x.state === "signed-in");
  const after = async () => {
    if (session.get().state === "signed-in") setUser(await api.get<User>("/users/me"));
  };
  return (
    <MailedLink
      title={t("Confirm your e-mail address")} button={t("Confirm the address")} address="/auth/verify-email" after={after}
      doneTitle={t("The address is confirmed")} again={<Again />}
      done={signedIn
        ? <Onward href="/">{t("Go to the boards")}</Onward>
        : <><p>{t("Your account is open: sign in with the address and your password.")}</p><Onward href="/sign-in">{t("Sign in")}</Onward><p className={s.outsideMore}><Link href="/forgot-password" className={s.link}>{t("No password yet, or forgotten?")}</Link></p></>}
    >
      <p>{t("This says that the address is yours and that your account is to use it.")}</p>
    </MailedLink>
  );
}
