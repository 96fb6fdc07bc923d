/** What the link of a mailed invitation opens: what one is invited to, and how to come in, as one stands. */
import { useEffect, useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useQuery } from "@tanstack/react-query";
import { api, ApiError, explain } from "../api/client";
import { accept, session, signOut } from "../api/session";
import type { SignIn } from "../api/types";
import type { InvitationPreview } from "../api/types.gen";
import { longDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { applyAccent } from "../lib/theme";
import { useForm } from "../lib/use-form";
import { BrokenLink, useMailedToken } from "../outside/mailed-link";
import { typedEmail } from "../outside/typed";
import { Outside } from "../screens/outside";
import { RowsSkeleton } from "../screens/page";
import out from "../screens/screens.module.css";
import { Button, Failed, Notice, PasswordField, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { roleMeaning, roleName } from "./words";
import s from "./brand.module.css";

const KEPT = "karara.invitation";

/** Kept in the tab while one signs in for it; never in an address that a server sees. */
function keptToken(): string | null {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(token: string | null): void {
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    else sessionStorage.removeItem(KEPT);
  } catch {
    /* the link in the mail opens again */
  }
}

const previewQuery = (token: string) => ({
  queryKey: ["invitation", token], retry: false, staleTime: Infinity,
  queryFn: () => api.post<InvitationPreview>("/invitations/preview", { token }, { anonymous: true }),
});

function goneTitle(reason: unknown): string {
  switch (reason) {
    case "accepted":
      return t("This invitation was accepted already");
    case "revoked":
      return t("This invitation was taken back");
    case "closed":
      return t("This brand is closed");
    case "inviter":
      return t("Who invited you may no longer do so");
    default:
      return t("This invitation has expired");
  }
}

function Gone({ error }: { error: ApiError }) {
  const signedIn = useStore(session, (x) => x.state === "signed-in");
  const reason = error.details["reason"];
  const found = error.status === 410;
  return (
    <Outside title={found ? goneTitle(reason) : t("There is no such invitation")}>
      <p>{!found ? t("A later mail may hold a newer link; the last one counts.")
        : reason === "accepted" ? t("If that was you, there is nothing left to do but to go in.")
        : reason === "inviter" ? t("Ask somebody else there to send the invitation again.")
        : t("Ask who invited you for another one.")}</p>
      <p className={out.outsideMore}><Link href={signedIn ? "/" : "/sign-in"} className={out.link}>{signedIn ? t("Go to the boards") : t("Sign in")}</Link></p>
    </Outside>
  );
}

function Terms({ preview }: { preview: InvitationPreview }) {
  return (
    <>
      {preview.inviter_name && <p>{t("{name} invites you to {brand}.", { name: preview.inviter_name, brand: preview.brand.name })}</p>}
      {preview.message && <blockquote className={s.quote}>{preview.message}</blockquote>}
      <dl className={s.terms}>
        <div><dt>{t("For")}</dt><dd>{preview.email}</dd></div>
        <div><dt>{t("As")}</dt><dd>{roleName(preview.role)}<span className={s.about}> {roleMeaning(preview.role)}</span></dd></div>
        {preview.access_expires_at && <div><dt>{t("Until")}</dt><dd>{longDate(preview.access_expires_at)}</dd></div>}
      </dl>
    </>
  );
}

interface StepProps {
  token: string;
  preview: InvitationPreview;
  /** In: the session knows the brand. */
  enter(answer: SignIn): void;
}

function words(error: unknown): string {
  if (error instanceof ApiError && error.code === "plan_limit_reached") return t("There is no place left in this brand just now. Tell who invited you.");
  if (error instanceof ApiError && error.code === "brand_suspended") return t("This brand is suspended: nobody can come in just now.");
  if (error instanceof ApiError && ["conflict", "permission_denied", "already_exists"].includes(error.code)) return error.message;
  return explain(error);
}

/** With the account of the address: one press. */
function Join({ token, preview, enter }: StepProps) {
  const form = useForm(async () => enter(await api.post<SignIn>("/invitations/accept", { token })), words);
  return (
    <form onSubmit={form.submit} className={out.form}>
      {form.failed && <Notice>{form.failed}</Notice>}
      <Button look="primary" size="large" wide autoFocus type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : t("Join {brand}", { brand: preview.brand.name })}</Button>
    </form>
  );
}

/** Signed in as somebody else: the invitation is for the address that it was mailed to. */
function OtherPerson({ token, preview }: { token: string; preview: InvitationPreview }) {
  const me = useStore(session, (x) => x.user?.email ?? "");
  const [busy, setBusy] = useState(false);
  const leave = async () => {
    setBusy(true);
    // Signing out forgets what lies in this tab; the invitation is wanted afterwards.
    await signOut().catch((error: unknown) => toast({ text: explain(error), tone: "danger" }));
    keep(token);
    setBusy(false);
  };
  return (
    <>
      <Notice>{t("You are signed in as {me}, and the invitation is for {email}.", { me, email: preview.email })}</Notice>
      <Button look="primary" size="large" wide disabled={busy} onClick={() => void leave()}>{t("Sign out and go on as {email}", { email: preview.email })}</Button>
      <p className={out.outsideMore}><Link href="/" className={out.link}>{t("Stay signed in, leave the invitation for later")}</Link></p>
    </>
  );
}

/** There is an account: sign in, with the second factor where there is one, and come back here. */
function SignInFirst({ token, preview }: { token: string; preview: InvitationPreview }) {
  const [, navigate] = useLocation();
  const go = () => {
    keep(token);
    typedEmail.set(preview.email);
    navigate("/sign-in?next=/invitation");
  };
  return (
    <>
      <p>{t("There is an account with this address. Sign in with it, and you are asked once more before you join.")}</p>
      <Button look="primary" size="large" wide autoFocus onClick={go}>{t("Sign in to join")}</Button>
    </>
  );
}

function NewPerson({ token, preview, enter }: StepProps) {
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const [password, setPassword] = useState("");
  const form = useForm(
    async () => enter(await api.post<SignIn>("/invitations/accept", { token, first_name: first.trim(), last_name: last.trim(), password }, { anonymous: true })),
    words,
    ["first_name", "last_name", "password"],
  );
  return (
    <form onSubmit={form.submit} className={out.form}>
      <p>{t("You have no account yet; this makes one. Your address counts as confirmed.")}</p>
      {form.failed && <Notice>{form.failed}</Notice>}
      <input className="visually-hidden" name="username" autoComplete="username" value={preview.email} readOnly tabIndex={-1} aria-hidden />
      <div className={out.twin}>
        <TextField big label={t("First name")} required maxLength={100} autoComplete="given-name" autoFocus error={form.of("first_name")} value={first} onChange={(event) => setFirst(event.target.value)} />
        <TextField big label={t("Last name")} maxLength={100} autoComplete="family-name" error={form.of("last_name")} value={last} onChange={(event) => setLast(event.target.value)} />
      </div>
      <PasswordField big label={t("Password")} hint={t("At least 8 characters. A short sentence is good.")} minLength={8} maxLength={128} required autoComplete="new-password" error={form.of("password")} value={password} onChange={(event) => setPassword(event.target.value)} />
      <Button look="primary" size="large" wide type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : t("Make the account and join {brand}", { brand: preview.brand.name })}</Button>
    </form>
  );
}

function Invited({ token, preview, onIn }: { token: string; preview: InvitationPreview; onIn(answer: SignIn): void }) {
  const state = useStore(session, (x) => x.state);
  const email = useStore(session, (x) => x.user?.email ?? "");
  let step: ReactNode;
  if (state === "restoring") step = <RowsSkeleton rows={1} />;
  else if (state === "signed-in") step = email.toLowerCase() === preview.email.toLowerCase() ? <Join token={token} preview={preview} enter={onIn} /> : <OtherPerson token={token} preview={preview} />;
  else step = preview.needs_account ? <NewPerson token={token} preview={preview} enter={onIn} /> : <SignInFirst token={token} preview={preview} />;
  const accent = (preview.brand.colours as { accent?: string | null }).accent;
  useEffect(() => {
    if (accent) applyAccent(accent);
  }, [accent]);
  return <Outside title={t("Join {brand}", { brand: preview.brand.name })}><Terms preview={preview} />{step}</Outside>;
}

export default function InvitationPage() {
  const [mailed, forget] = useMailedToken();
  const [, navigate] = useLocation();
  const token = mailed?.text ?? keptToken();
  const query = useQuery({ ...previewQuery(token ?? ""), enabled: token !== null });
  const onIn = (answer: SignIn) => {
    forget();
    keep(null);
    accept({ ...answer, brands: answer.brands ?? [] }, answer.current_brand_id);
    navigate("/", { replace: true });
    toast({ text: t("Welcome to {brand}.", { brand: query.data?.brand.name ?? "" }) });
  };
  if (token === null) return <BrokenLink>{null}</BrokenLink>;
  const { error } = query;
  if (error instanceof ApiError && (error.status === 410 || error.status === 404)) return <Gone error={error} />;
  if (error) return <Outside title={t("Invitation")}><Failed what={explain(error)} retry={() => void query.refetch()} /></Outside>;
  if (!query.data) return <Outside title={t("Invitation")}><RowsSkeleton rows={2} /></Outside>;
  return <Invited token={token} preview={query.data} onIn={onIn} />;
}
