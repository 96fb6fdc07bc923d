/** The second factor: how it stands, setting it up, new recovery codes, switching it off. */
import { ShieldCheck, ShieldOff } from "lucide-react";
import { useState } from "react";
import { Link, Redirect, useLocation } from "wouter";
import { api, ApiError } from "../api/client";
import { session } from "../api/session";
import type { RecoveryCodesAnswer, TwoFactorSetup, User } from "../api/types";
import { freshCodes, meQuery } from "../data/account";
import { queries } from "../data/cache";
import { askAgain } from "../data/two-factor";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { atField, useForm } from "../lib/use-form";
import s from "../screens/screens.module.css";
import { Badge, Button, cx, Notice, TextField } from "../ui/parts";
import ui from "../ui/ui.module.css";
import { toast } from "../ui/toasts";
import { CopyButton } from "./copy";
import { FormButtons, Opens, OwnPassword, Section, WhoseForm, wrongPassword } from "./parts";
import { RecoveryCodes } from "./recovery-codes";
import a from "./account.module.css";

const FEW_CODES = 3;

const freshMe = () => queries.fetchQuery(meQuery);

interface CodeFieldProps {
  label: string;
  hint?: string;
  error: string | undefined;
  value: string;
  digits?: boolean;
  onChange(next: string): void;
}

function CodeField({ digits = false, onChange, ...rest }: CodeFieldProps) {
  const kind = digits ? { inputMode: "numeric" as const, pattern: "[0-9 ]{6,9}", title: t("Six digits"), maxLength: 9 } : { maxLength: 40, autoCapitalize: "none", spellCheck: false };
  return <TextField {...rest} {...kind} name="code" autoComplete="one-time-code" required className={cx(ui.input, a.code)} onChange={(event) => onChange(event.target.value)} />;
}

/* ---- how it stands ---- */

interface ProofFormProps {
  about: string;
  yes: string;
  danger?: boolean;
  close(): void;
  send(proof: { password: string; code: string }): Promise<void>;
}

/** A refusal of one of the two, said at its field. */
function atProof(error: unknown): never {
  const code = error instanceof ApiError && error.details["reason"] === "code";
  return atField("invalid_credentials", code ? "code" : "password", code ? t("This code is wrong, or was used before.") : wrongPassword())(error);
}

function ProofForm({ about, yes, danger = false, close, send }: ProofFormProps) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const form = useForm(() => send({ password, code }).catch(atProof), undefined, ["password", "code"]);
  return (
    <form onSubmit={form.submit} className={s.form}>
      <p className={s.muted}>{about}</p>
      {form.failed && <Notice>{form.failed}</Notice>}
      <WhoseForm />
      <OwnPassword error={form.of("password")} value={password} onChange={setPassword} />
      <CodeField label={t("Code")} hint={t("Of the authenticator, or a recovery code.")} error={form.of("code")} value={code} onChange={setCode} />
      <FormButtons busy={form.busy} danger={danger} yes={yes} close={close} />
    </form>
  );
}

function codesWords(left: number): string {
  if (left === 0) return t("No recovery code is left: get new ones, so that a lost phone doesn’t lock you out.");
  return t("{count, plural, one {# recovery code is} other {# recovery codes are}} left.", { count: left });
}

function SwitchedOn({ user }: { user: User }) {
  const codes = useStore(freshCodes);
  const left = user.recovery_codes_left ?? 0;
  const renew = async (proof: object) => {
    freshCodes.set((await api.post<RecoveryCodesAnswer>("/auth/2fa/recovery-codes", proof)).recovery_codes);
    await freshMe();
  };
  const end = async (proof: object) => {
    await api.post("/auth/2fa/disable", proof);
    toast({ text: t("The second factor is off.") });
    await freshMe();
  };
  if (codes) return <RecoveryCodes codes={codes} done={() => freshCodes.set(null)} />;
  return (
    <>
      <p className={a.state}><ShieldCheck size={18} aria-hidden /><Badge>{t("on")}</Badge><span>{codesWords(left)}</span></p>
      {left > 0 && left <= FEW_CODES && <p className={s.muted}>{t("That is few. New ones replace those that are left.")}</p>}
      <Opens label={t("New recovery codes")}>
        {(close) => <ProofForm about={t("You get ten new ones. Those from before, used or not, are void.")} yes={t("Get new codes")} close={close} send={renew} />}
      </Opens>
      <Opens label={t("Switch it off")} look="danger">
        {(close) => (
          <ProofForm
            danger about={t("Your password alone then opens the account, and all recovery codes are void. Brands that ask for a second factor are closed to you until it is on again.")}
            yes={t("Switch the second factor off")} close={close} send={end}
          />
        )}
      </Opens>
    </>
  );
}

export function TwoFactor({ user }: { user: User }) {
  return (
    <Section title={t("Second factor")} about={t("A code from your phone, asked for beside the password: a stolen password alone opens nothing.")}>
      {user.two_factor_enabled ? <SwitchedOn user={user} /> : (
        <>
          <p className={a.state}><ShieldOff size={18} aria-hidden /><Badge>{t("off")}</Badge><span>{t("Your password alone opens the account.")}</span></p>
          <div><Link href="/settings/security/two-factor" className={cx(ui.button, ui.primary)}>{t("Set it up")}</Link></div>
        </>
      )}
    </Section>
  );
}

/* ---- setting it up ---- */

function Begin({ next }: { next(setup: TwoFactorSetup): void }) {
  const [password, setPassword] = useState("");
  const form = useForm(
    async () => next(await api.post<TwoFactorSetup>("/auth/2fa/enable", { password }).catch(atField("invalid_credentials", "password", wrongPassword()))),
    undefined,
    ["password"],
  );
  return (
    <Section title={t("1. It is you")} about={t("You need an authenticator: an app on your phone, or a password manager that makes codes.")}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <WhoseForm />
        <OwnPassword error={form.of("password")} value={password} onChange={setPassword} />
        <div><Button look="primary" type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : t("Go on")}</Button></div>
      </form>
    </Section>
  );
}

/** In groups of four, so that it can be typed. */
const grouped = (secret: string) => secret.match(/.{1,4}/g)?.join(" ") ?? secret;

function Confirm({ setup, next }: { setup: TwoFactorSetup; next(codes: string[]): void }) {
  const [code, setCode] = useState("");
  const form = useForm(
    async () => {
      const answer = await api.post<RecoveryCodesAnswer>("/auth/2fa/verify", { code }).catch(atField("invalid_credentials", "code", t("This code is wrong, or has run out. Enter the one that is shown now.")));
      next(answer.recovery_codes);
      await freshMe();
    },
    undefined,
    ["code"],
  );
  return (
    <Section follows title={t("2. Your authenticator")} about={t("Scan the picture with the authenticator, or type the key in. It then shows a code that changes every half minute.")}>
      <div className={a.setup}>
        <img className={a.qr} src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(setup.qr_svg)}`} alt={t("QR code for the authenticator; the key beside it says the same")} />
        <div className={s.form}>
          <div className={s.line}>
            <span className={s.lineName}>{t("Key")}</span>
            <code className={a.key}>{grouped(setup.secret)}</code>
          </div>
          <div className={a.buttons}>
            <CopyButton text={setup.secret} label={t("Copy the key")} />
            <a className={cx(ui.button, ui.plain)} href={setup.otpauth_uri}>{t("Open it on this device")}</a>
          </div>
        </div>
      </div>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <CodeField digits label={t("Code")} hint={t("The six digits that it shows now.")} error={form.of("code")} value={code} onChange={setCode} />
        <div><Button look="primary" type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : t("Switch it on")}</Button></div>
      </form>
    </Section>
  );
}

/** Password, authenticator, recovery codes. Who was sent here by a brand goes on to it. */
export function SetUpTwoFactor() {
  const on = useStore(session, (x) => x.user?.two_factor_enabled === true);
  const [setup, setSetup] = useState<TwoFactorSetup | null>(null);
  const codes = useStore(freshCodes);
  const [, navigate] = useLocation();
  const wanted = new URLSearchParams(location.search).has("wanted");
  const finish = () => {
    freshCodes.set(null);
    toast({ text: t("The second factor is on.") });
    navigate(wanted ? "/" : "/settings/security", { replace: true });
  };
  const enabled = (next: string[]) => {
    freshCodes.set(next);
    void askAgain();
  };
  if (codes) return <RecoveryCodes codes={codes} done={finish} />;
  if (on) return <Redirect to="/settings/security" replace />;
  return setup ? <Confirm setup={setup} next={enabled} /> : <Begin next={setSetup} />;
}
