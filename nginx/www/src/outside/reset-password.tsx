/** Sets the new password that a mailed link allows. It is no sign-in: whoever has a second factor is asked for it there. */
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { api } from "../api/client";
import { outlived } from "../api/session";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Outside } from "../screens/outside";
import s from "../screens/screens.module.css";
import { Button, Notice, PasswordField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { BrokenLink, linkIsSpent, useMailedToken } from "./mailed-link";
import { Onward } from "./parts";
import { greeting, typedEmail } from "./typed";

export default function ResetPassword() {
  const [token, forget] = useMailedToken();
  const [password, setPassword] = useState("");
  const [spent, setSpent] = useState(false);
  const [, navigate] = useLocation();
  useEffect(() => setSpent(false), [token]);
  const form = useForm(
    async () => {
      try {
        await api.post("/auth/reset-password", { token: token?.text, password }, { anonymous: true });
      } catch (error) {
        if (!linkIsSpent(error)) throw error;
        forget();
        return setSpent(true);
      }
      forget();
      // Somebody else may be signed in here: then the new password is for later.
      const other = await outlived();
      if (other) toast({ text: t("The new password is set.") });
      else greeting.set(t("The new password is set, and all devices are signed out. Sign in with it."));
      navigate(other ? "/" : "/sign-in", { replace: true });
    },
    undefined,
    ["password"],
  );
  const anew = <Onward href="/forgot-password">{t("Ask for a new link")}</Onward>;
  if (spent) {
    return (
      <Outside title={t("This link is no longer good")}>
        <p role="status">{t("It works once, for an hour, and a later one takes its place. The password is as it was.")}</p>
        {anew}
      </Outside>
    );
  }
  if (token === null) return <BrokenLink>{anew}</BrokenLink>;
  return (
    <Outside title={t("Choose a new password")} back={{ href: "/sign-in", name: t("Sign-in") }}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        {typedEmail.get() && <input className="visually-hidden" name="username" autoComplete="username" value={typedEmail.get()} readOnly tabIndex={-1} aria-hidden />}
        <PasswordField
          big label={t("New password")} name="new-password" autoComplete="new-password" required autoFocus minLength={8} maxLength={128}
          hint={t("At least 8 characters; a sentence is good. All your devices are signed out.")} error={form.of("password")}
          value={password} onChange={(event) => setPassword(event.target.value)}
        />
        <Button look="primary" size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : t("Set the password")}</Button>
      </form>
    </Outside>
  );
}
