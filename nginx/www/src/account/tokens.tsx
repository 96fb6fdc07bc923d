/** API tokens: what the person's own programs sign in with. */
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { api, explain } from "../api/client";
import { session } from "../api/session";
import type { ApiToken, NewApiToken } from "../api/types";
import { madeToken, tokensQuery } from "../data/account";
import { refetch } from "../data/resources";
import { ago, shortDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { useForm } from "../lib/use-form";
import { fromWall, toWall, userZone } from "../lib/zone";
import { RowsSkeleton } from "../screens/page";
import s from "../screens/screens.module.css";
import { Actions, Confirm, Dialog } from "../ui/overlays";
import { Badge, Button, cx, Empty, Failed, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import ui from "../ui/ui.module.css";
import { CopyButton } from "./copy";
import { Section } from "./parts";
import { Scopes, scopeWords } from "./scopes";
import a from "./account.module.css";

/* ---- a new one ---- */

const DAY_MS = 24 * 3600 * 1000;
const TERMS = ["7", "30", "90", "365", "date", "never"] as const;
type Term = (typeof TERMS)[number];

const termName = (term: Term): string =>
  ({ "7": t("In 7 days"), "30": t("In 30 days"), "90": t("In 90 days"), "365": t("In a year"), date: t("On a day of my choice"), never: t("Never") })[term];

/** The end of the chosen day where the person is. */
function endOf(term: Term, day: string): string | null {
  if (term === "never") return null;
  if (term !== "date") return new Date(Date.now() + Number(term) * DAY_MS).toISOString();
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return fromWall({ year, month, day: date, hour: 23, minute: 59 }, userZone()).toISOString();
}

function today(): string {
  const { year, month, day } = toWall(new Date(), userZone());
  return [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
}

function Expiry({ term, day, error, onTerm, onDay }: { term: Term; day: string; error: string | undefined; onTerm(next: Term): void; onDay(next: string): void }) {
  return (
    <div className={s.twin}>
      <Field label={t("Ends")} error={error} hint={term === "never" ? t("One that never ends is easily forgotten.") : undefined}>
        {(props) => (
          <select {...props} value={term} onChange={(event) => onTerm(event.target.value as Term)}>
            {TERMS.map((value) => <option key={value} value={value}>{termName(value)}</option>)}
          </select>
        )}
      </Field>
      {term === "date" && <TextField label={t("Last day")} type="date" required min={today()} value={day} onChange={(event) => onDay(event.target.value)} />}
    </div>
  );
}

function Where({ value, error, onChange }: { value: string; error: string | undefined; onChange(next: string): void }) {
  const brands = useStore(session, (x) => x.brands);
  return (
    <Field label={t("Valid in")} error={error}>
      {(props) => (
        <select {...props} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">{t("All my brands")}</option>
          {brands.map((brand) => <option key={brand.id} value={brand.id}>{brand.name}</option>)}
        </select>
      )}
    </Field>
  );
}

export function NewToken() {
  const [, navigate] = useLocation();
  const platform = useStore(session, (x) => x.user?.platform_role === "admin");
  const [name, setName] = useState("");
  const [brand, setBrand] = useState(session.get().brandId ?? "");
  const [term, setTerm] = useState<Term>("90");
  const [day, setDay] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const form = useForm(
    async () => {
      const body = { name: name.trim(), scopes, brand_id: brand || null, expires_at: endOf(term, day) };
      madeToken.set(await api.post<NewApiToken>("/auth/tokens", body));
      void refetch("tokens");
      navigate("/settings/tokens", { replace: true });
    },
    undefined,
    ["name", "scopes", "brand_id", "expires_at"],
  );
  return (
    <form onSubmit={form.submit} className={cx(s.form, s.section)}>
      {form.failed && <Notice>{form.failed}</Notice>}
      <TextField label={t("Name")} hint={t("What it is for, so that you know it again.")} required autoFocus autoComplete="off" maxLength={100} error={form.of("name")} value={name} onChange={(event) => setName(event.target.value)} />
      <Where value={brand} error={form.of("brand_id")} onChange={setBrand} />
      <Expiry term={term} day={day} error={form.of("expires_at")} onTerm={setTerm} onDay={setDay} />
      <Scopes value={scopes} platform={platform} error={form.of("scopes")} onChange={setScopes} />
      <div className={a.buttons}>
        <Button look="primary" type="submit" disabled={form.busy || scopes.length === 0}>{form.busy ? t("One moment…") : t("Make the token")}</Button>
        {scopes.length === 0 && <span className={s.muted}>{t("Tick at least one box first.")}</span>}
      </div>
    </form>
  );
}

/* ---- shown once ---- */

/** The secret of a token that was just made. It can't be shown again, so it stays until the person says so. */
function Made({ token }: { token: NewApiToken }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), [token]);
  return (
    <section className={cx(s.section, a.made)} aria-label={t("Your new token")}>
      <div className={a.sectionHead}>
        <h2>{t("“{name}” is made", { name: token.name })}</h2>
        <p className={s.muted}>{t("Copy it now, to where your program finds it. It can’t be shown again.")}</p>
      </div>
      <input ref={field} className={cx(ui.input, a.secret)} readOnly spellCheck={false} aria-label={t("Token")} value={token.token} onFocus={(event) => event.target.select()} />
      <div className={a.buttons}>
        <CopyButton text={token.token} label={t("Copy the token")} />
        <Button look="primary" onClick={() => madeToken.set(null)}>{t("I have kept it")}</Button>
      </div>
    </section>
  );
}

/* ---- those that there are ---- */

function Rename({ token, close }: { token: ApiToken; close(): void }) {
  const [name, setName] = useState(token.name);
  const form = useForm(
    async () => {
      await api.patch(`/auth/tokens/${token.id}`, { name: name.trim() });
      await refetch("tokens");
      close();
    },
    undefined,
    ["name"],
  );
  return (
    <Dialog title={t("Rename the token")} open onClose={close}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField label={t("Name")} required autoFocus maxLength={100} error={form.of("name")} value={name} onChange={(event) => setName(event.target.value)} />
        <Actions><Button onClick={close}>{t("Cancel")}</Button><Button look="primary" type="submit" disabled={form.busy}>{t("Rename")}</Button></Actions>
      </form>
    </Dialog>
  );
}

function facts(token: ApiToken): string {
  const brand = session.get().brands.find((row) => row.id === token.brand_id);
  const where = token.brand_id ? (brand ? t("in {brand}", { brand: brand.name }) : t("in a brand that you have left")) : t("in all brands");
  const ended = token.expires_at !== null && new Date(token.expires_at).getTime() <= Date.now();
  const end = token.expires_at === null ? t("never ends") : ended ? t("ended {when}", { when: shortDate(token.expires_at) }) : t("ends {when}", { when: shortDate(token.expires_at) });
  const used = token.last_used_at ? t("last used {when}", { when: ago(token.last_used_at) }) : t("never used");
  return [where, end, used].join(" · ");
}

function TokenRow({ token }: { token: ApiToken }) {
  const [doing, setDoing] = useState<"rename" | "revoke" | null>(null);
  const ended = token.expires_at !== null && new Date(token.expires_at).getTime() <= Date.now();
  const revoke = async () => {
    try {
      await api.delete(`/auth/tokens/${token.id}`);
      toast({ text: t("“{name}” is revoked.", { name: token.name }) });
      if (madeToken.get()?.id === token.id) madeToken.set(null);
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
    await refetch("tokens");
  };
  const close = () => setDoing(null);
  return (
    <li className={s.memberRow}>
      <div className={cx(s.memberWho, a.token)}>
        <span className={s.memberName}>{token.name}<code className={a.prefix}>{token.prefix}…</code>{ended && <Badge>{t("ended")}</Badge>}</span>
        <span className={s.memberMail}>{scopeWords(token.scopes)}</span>
        <span className={s.memberMail}>{facts(token)}</span>
      </div>
      <span className={s.memberActs}>
        <Button size="small" onClick={() => setDoing("rename")}>{t("Rename")}<span className="visually-hidden"> {token.name}</span></Button>
        <Button size="small" look="danger" onClick={() => setDoing("revoke")}>{ended ? t("Remove") : t("Revoke")}<span className="visually-hidden"> {token.name}</span></Button>
      </span>
      {doing === "rename" && <Rename token={token} close={close} />}
      <Confirm
        title={ended ? t("Remove “{name}”?", { name: token.name }) : t("Revoke “{name}”?", { name: token.name })}
        text={ended ? t("It has ended already; it only leaves this list.") : t("Programs that use {prefix}… are refused from their next request on. This can’t be undone: make a new one if you still need it.", { prefix: token.prefix })}
        yes={ended ? t("Remove") : t("Revoke")} open={doing === "revoke"} onClose={close} onYes={() => void revoke()}
      />
    </li>
  );
}

export function Tokens() {
  const tokens = useQuery(tokensQuery);
  const made = useStore(madeToken);
  const rows = [...(tokens.data ?? [])].sort((x, y) => y.created_at.localeCompare(x.created_at));
  const make = <Link href="/settings/tokens/new" className={cx(ui.button, ui.primary)}><Plus size={16} aria-hidden />{t("New token")}</Link>;
  return (
    <>
      {made && <Made token={made} />}
      <Section title={t("Your tokens")} about={t("A token lets a program of yours use the API in your name: a script, a report, another tool.")}>
        {tokens.isPending && <RowsSkeleton rows={2} />}
        {tokens.isError && !tokens.data && <Failed what={explain(tokens.error)} retry={() => void tokens.refetch()} />}
        {tokens.data?.length === 0 && <Empty icon={<KeyRound size={28} aria-hidden />} title={t("No tokens yet")} action={make}>{t("Each program gets one of its own, with no more rights than it needs, so that it can be revoked alone.")}</Empty>}
        {rows.length > 0 && <ul className={s.devices}>{rows.map((token) => <TokenRow key={token.id} token={token} />)}</ul>}
        {rows.length > 0 && <div>{make}</div>}
      </Section>
    </>
  );
}
