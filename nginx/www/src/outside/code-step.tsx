/** The second step of signing in: a code of the authenticator, or a recovery code. */
import { useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { signInWithCode } from "../api/session";
import { t } from "../lib/i18n";
import { atField, useForm } from "../lib/use-form";
import { Outside } from "../screens/outside";
import s from "../screens/screens.module.css";
import { Button, Notice, TextField } from "../ui/parts";
import ui from "../ui/ui.module.css";
import { typedEmail } from "./typed";
import { signInWords } from "./words";

/** What the server gave for a right password: it stands for the person for some minutes. */
export interface Challenge {
  text: string;
  until: number;
}

export function challengeOf(error: unknown): Challenge | null {
  if (!(error instanceof ApiError) || error.code !== "two_factor_required") return null;
  return { text: String(error.details["challenge"]), until: Date.now() + Number(error.details["expires_in"] ?? 300) * 1000 };
}

interface CodeStepProps {
  challenge: Challenge;
  /** Back to the password, with the words why. */
  again(words: string | null): void;
}

function CodeForm({ challenge, again, recovery }: CodeStepProps & { recovery: boolean }) {
  const [code, setCode] = useState("");
  const form = useForm(
    async () => {
      try {
        await signInWithCode(challenge.text, code).catch(atField("invalid_credentials", "code", t("This code is wrong, or was used before.")));
        typedEmail.set("");
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "invalid_token") throw error;
        again(t("This sign-in is no longer good: it took too long, or too many codes were wrong. Please sign in once more."));
      }
    },
    signInWords,
    ["code"],
  );
  const shared = { className: `${ui.input} ${s.code}`, big: true, required: true, autoFocus: true, error: form.of("code"), value: code, onChange: (event: React.ChangeEvent<HTMLInputElement>) => setCode(event.target.value) };
  return (
    <form onSubmit={form.submit} className={s.form}>
      {form.failed && <Notice>{form.failed}</Notice>}
      {recovery
        ? <TextField {...shared} label={t("Recovery code")} name="recovery-code" autoComplete="off" autoCapitalize="none" spellCheck={false} maxLength={40} placeholder="xxxx-xxxx-xxxx-xxxx" />
        : <TextField {...shared} label={t("Code")} name="code" autoComplete="one-time-code" inputMode="numeric" pattern="[0-9 ]{6,9}" title={t("Six digits")} maxLength={9} />}
      <Button look="primary" size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("Signing in…") : t("Sign in")}</Button>
    </form>
  );
}

export function CodeStep({ challenge, again }: CodeStepProps) {
  const [recovery, setRecovery] = useState(false);
  const [email] = useState(() => typedEmail.get().trim());
  const over = useRef(again);
  over.current = again;
  useEffect(() => {
    const timer = setTimeout(() => over.current(t("That took too long. Please sign in once more.")), challenge.until - Date.now());
    return () => clearTimeout(timer);
  }, [challenge]);
  return (
    <Outside title={t("One more step")} back={{ name: t("Sign-in"), onBack: () => again(null) }}>
      <p>{recovery ? t("Enter one of the recovery codes that you kept. It works once.") : t("Open your authenticator and enter the code that it shows for {email}.", { email })}</p>
      <CodeForm key={String(recovery)} challenge={challenge} again={again} recovery={recovery} />
      <div className={s.outsideMore}>
        <p><button type="button" className={s.link} onClick={() => setRecovery(!recovery)}>{recovery ? t("Use the authenticator") : t("Use a recovery code")}</button></p>
      </div>
      <p className={s.outsideFoot}>{t("Neither at hand? Those who run this installation can end the second factor of your account.")}</p>
    </Outside>
  );
}
