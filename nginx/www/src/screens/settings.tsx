/** The person's own settings: name, appearance, time zone, shortcuts, password, devices. */
import { useQuery } from "@tanstack/react-query";
import { Monitor, Moon, Sun } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { api, ApiError, explain } from "../api/client";
import { session, signOut } from "../api/session";
import type { SessionRow, User } from "../api/types";
import { saveProfile, saveTheme } from "../data/profile";
import { refetch, sessionsQuery } from "../data/resources";
import { ago } from "../lib/dates";
import { t } from "../lib/i18n";
import { setSingleKeys, singleKeys } from "../lib/keys";
import { useStore } from "../lib/store";
import { storedTheme } from "../lib/theme";
import { useForm } from "../lib/use-form";
import { deviceZone, isZone } from "../lib/zone";
import { Confirm } from "../ui/overlays";
import { Badge, Button, Choice, Failed, Field, Notice, PasswordField, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { Page, RowsSkeleton } from "./page";
import s from "./screens.module.css";

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={s.section} aria-label={title}>
      <h2>{title}</h2>
      <div className={s.sectionBody}>{children}</div>
    </section>
  );
}

function Profile({ user }: { user: User }) {
  const [first, setFirst] = useState(user.first_name);
  const [last, setLast] = useState(user.last_name);
  const form = useForm(
    async () => {
      await saveProfile({ first_name: first.trim(), last_name: last.trim() });
      toast({ text: t("Saved.") });
    },
    undefined,
    ["first_name", "last_name"],
  );
  return (
    <Section title={t("Profile")}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <div className={s.twin}>
          <TextField label={t("First name")} required maxLength={100} autoComplete="given-name" error={form.of("first_name")} value={first} onChange={(event) => setFirst(event.target.value)} />
          <TextField label={t("Last name")} required maxLength={100} autoComplete="family-name" error={form.of("last_name")} value={last} onChange={(event) => setLast(event.target.value)} />
        </div>
        <p className={s.muted}>{t("E-mail: {email}", { email: user.email })}</p>
        <div><Button look="primary" type="submit" disabled={form.busy}>{t("Save name")}</Button></div>
      </form>
    </Section>
  );
}

const zones = (): string[] => (Intl as { supportedValuesOf?(kind: string): string[] }).supportedValuesOf?.("timeZone") ?? ["UTC", deviceZone()];

function Appearance({ user }: { user: User }) {
  const [theme, setThemeState] = useState(storedTheme());
  const [zone, setZone] = useState(user.preferences?.timezone ?? "");
  const all = useMemo(zones, []);
  const keys = useStore(singleKeys);
  const saveZone = async (next: string) => {
    setZone(next);
    try {
      await saveProfile({ preferences: { timezone: next || deviceZone() } });
      toast({ text: t("Times are now shown for {zone}.", { zone: next || deviceZone() }) });
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
  };
  return (
    <Section title={t("Appearance and time")}>
      <div className={s.line}>
        <span className={s.lineName}>{t("Theme")}</span>
        <Choice
          label={t("Theme")} value={theme}
          options={[
            { value: "light", label: t("Light"), icon: <Sun size={15} aria-hidden /> },
            { value: "dark", label: t("Dark"), icon: <Moon size={15} aria-hidden /> },
            { value: "auto", label: t("Automatic"), icon: <Monitor size={15} aria-hidden /> },
          ]}
          onChange={(next) => {
            setThemeState(next);
            saveTheme(next);
          }}
        />
      </div>
      <Field label={t("Time zone")} hint={t("This device is in {zone}.", { zone: deviceZone() })}>
        {(props) => (
          <select {...props} value={zone} onChange={(event) => void saveZone(event.target.value)}>
            <option value="">{t("As this device")}</option>
            {zone && !all.includes(zone) && isZone(zone) && <option value={zone}>{zone}</option>}
            {all.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        )}
      </Field>
      <Field label={t("Language")}>
        {(props) => <select {...props} defaultValue="en"><option value="en">English</option></select>}
      </Field>
      <label className={s.checkLine}>
        <input type="checkbox" checked={keys} onChange={(event) => setSingleKeys(event.target.checked)} />
        {t("Single-letter shortcuts, such as C for a new card")}
      </label>
    </Section>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const words = (error: unknown) =>
    error instanceof ApiError && error.code === "invalid_credentials" ? t("The current password is wrong.") : explain(error);
  const form = useForm(
    async () => {
      await api.post("/auth/change-password", { current_password: current, new_password: next });
      setCurrent("");
      setNext("");
      toast({ text: t("The password is changed.") });
      void refetch("sessions");
    },
    words,
    ["current_password", "new_password"],
  );
  return (
    <Section title={t("Password")}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <input className="visually-hidden" name="username" autoComplete="username" value={session.get().user?.email ?? ""} readOnly tabIndex={-1} aria-hidden />
        <PasswordField label={t("Current password")} autoComplete="current-password" required error={form.of("current_password")} value={current} onChange={(event) => setCurrent(event.target.value)} />
        <PasswordField label={t("New password")} autoComplete="new-password" required minLength={8} hint={t("At least 8 characters; a sentence is good.")} error={form.of("new_password")} value={next} onChange={(event) => setNext(event.target.value)} />
        <div><Button look="primary" type="submit" disabled={form.busy}>{t("Change password")}</Button></div>
      </form>
    </Section>
  );
}

/** "Firefox on Linux" says more to people than a user agent's text. */
export function deviceName(agent: string | null): string {
  if (!agent) return t("Unknown device");
  const browser = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox" : /Chrome\//.test(agent) ? "Chrome" : /Safari\//.test(agent) ? "Safari" : agent.slice(0, 40);
  const system = /iPhone|iPad/.test(agent) ? "iOS" : /Android/.test(agent) ? "Android" : /Windows/.test(agent) ? "Windows" : /Mac OS/.test(agent) ? "macOS" : /Linux/.test(agent) ? "Linux" : "";
  return system ? t("{browser} on {system}", { browser, system }) : browser;
}

function Devices() {
  const sessions = useQuery(sessionsQuery);
  const [asking, setAsking] = useState(false);
  const complain = (error: unknown) => void toast({ text: explain(error), tone: "danger" });
  const end = (row: SessionRow) => {
    if (row.current) return void signOut().catch(complain);
    api.delete(`/auth/sessions/${row.id}`).then(() => refetch("sessions"), complain);
  };
  return (
    <Section title={t("Devices")}>
      {sessions.isPending && <RowsSkeleton rows={2} />}
      {sessions.isError && <Failed what={explain(sessions.error)} retry={() => void sessions.refetch()} />}
      <ul className={s.devices}>
        {(sessions.data ?? []).map((row) => (
          <li key={row.id} className={s.memberRow}>
            <div className={s.memberWho}>
              <span className={s.memberName}>{deviceName(row.user_agent)}{row.current && <Badge>{t("this device")}</Badge>}</span>
              <span className={s.memberMail}>{[row.ip, t("last seen {when}", { when: ago(row.last_seen_at) })].filter(Boolean).join(" · ")}</span>
            </div>
            <Button size="small" onClick={() => end(row)}>{row.current ? t("Sign out") : t("End")}<span className="visually-hidden"> {deviceName(row.user_agent)}</span></Button>
          </li>
        ))}
      </ul>
      <div><Button look="danger" onClick={() => setAsking(true)}>{t("Sign out everywhere")}</Button></div>
      <Confirm
        title={t("Sign out everywhere?")} text={t("Every device, this one too, has to sign in again.")} yes={t("Sign out everywhere")}
        open={asking} onClose={() => setAsking(false)} onYes={() => void signOut(true).catch(complain)}
      />
    </Section>
  );
}

export default function Settings() {
  const user = useStore(session, (x) => x.user);
  if (!user) return null;
  return (
    <Page title={t("Settings")} narrow>
      <Profile user={user} />
      <Appearance user={user} />
      <Password />
      <Devices />
    </Page>
  );
}
