/** Who one is to others, and how the app looks and tells the time. */
import { Monitor, Moon, Sun } from "lucide-react";
import { useMemo, useState } from "react";
import { explain } from "../api/client";
import type { User } from "../api/types";
import { saveProfile, saveTheme } from "../data/profile";
import { t } from "../lib/i18n";
import { LANGUAGES, SPEECH } from "../lib/languages";
import { setSingleKeys, singleKeys } from "../lib/keys";
import { useStore } from "../lib/store";
import { storedTheme } from "../lib/theme";
import { useDraft } from "../lib/use-draft";
import { useForm } from "../lib/use-form";
import { deviceZone, isZone } from "../lib/zone";
import s from "../screens/screens.module.css";
import { Avatar, Button, Choice, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import ui from "../ui/ui.module.css";
import { Section } from "./parts";
import a from "./account.module.css";

const SHOWN = ["first_name", "last_name", "username", "wip_limit"];

function Names({ user }: { user: User }) {
  const draft = useDraft(`${user.id}/names`, {
    first_name: user.first_name, last_name: user.last_name, username: user.username ?? "", wip_limit: String(user.wip_limit),
  });
  const fields = draft.value;
  const set = (name: keyof typeof fields) => (event: React.ChangeEvent<HTMLInputElement>) => draft.set({ [name]: event.target.value });
  const form = useForm(
    async () => {
      await saveProfile({
        first_name: fields.first_name.trim(), last_name: fields.last_name.trim(),
        username: fields.username.trim() || null, wip_limit: Number(fields.wip_limit),
      });
      draft.reset();
      toast({ text: t("Saved.") });
    },
    undefined,
    SHOWN,
  );
  return (
    <Section title={t("Who you are")}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <div className={a.who}>
          <Avatar person={user} size={44} />
          <div className={s.memberWho}><span className={s.memberName}>{user.name}</span><span className={s.memberMail}>{user.email}</span></div>
        </div>
        <div className={s.twin}>
          <TextField label={t("First name")} required maxLength={100} autoComplete="given-name" error={form.of("first_name")} value={fields.first_name} onChange={set("first_name")} />
          <TextField label={t("Last name")} required maxLength={100} autoComplete="family-name" error={form.of("last_name")} value={fields.last_name} onChange={set("last_name")} />
        </div>
        <TextField
          label={t("Username")} hint={t("A short name of your own, without blanks. It may stay empty.")} maxLength={64} pattern="\S+" title={t("Without blanks")}
          autoComplete="nickname" autoCapitalize="none" spellCheck={false} error={form.of("username")} value={fields.username} onChange={set("username")}
        />
        <TextField
          label={t("Cards in progress at once")} type="number" inputMode="numeric" min={1} max={100} step={1} required className={`${ui.input} ${a.short}`}
          hint={t("Your own limit. A card that would exceed it can’t be moved to a list in progress.")}
          error={form.of("wip_limit")} value={fields.wip_limit} onChange={set("wip_limit")}
        />
        <div><Button look="primary" type="submit" disabled={form.busy}>{t("Save")}</Button></div>
      </form>
    </Section>
  );
}

/** Saved as soon as it is chosen; what could not be saved goes back to what it was. */
function useSaved(initial: string, name: "timezone" | "language", words: (value: string) => string): [string, (next: string) => void] {
  const [value, setValue] = useState(initial);
  const save = (next: string) => {
    setValue(next);
    saveProfile({ preferences: { [name]: next || null } }).then(
      () => toast({ text: words(next) }),
      (error: unknown) => {
        setValue(value);
        toast({ text: explain(error), tone: "danger" });
      },
    );
  };
  return [value, save];
}

const zones = (): string[] => (Intl as { supportedValuesOf?(kind: string): string[] }).supportedValuesOf?.("timeZone") ?? ["UTC", deviceZone()];

function TimeZone({ user }: { user: User }) {
  const all = useMemo(zones, []);
  const [zone, save] = useSaved(user.preferences?.timezone ?? "", "timezone", (next) => t("Times are now shown for {zone}.", { zone: next || deviceZone() }));
  return (
    <Field label={t("Time zone")} hint={t("This device is in {zone}.", { zone: deviceZone() })}>
      {(props) => (
        <select {...props} value={zone} onChange={(event) => save(event.target.value)}>
          <option value="">{t("As this device")}</option>
          {zone && !all.includes(zone) && isZone(zone) && <option value={zone}>{zone}</option>}
          {all.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      )}
    </Field>
  );
}

/** Takes effect at once: all is said anew, with what was typed and not saved (app/app.tsx). */
function Language({ user }: { user: User }) {
  const [language, save] = useSaved(user.preferences?.language ?? "", "language", () => t("Saved."));
  return (
    <Field label={t("Language")} hint={t("Of the app, and of what is sent to you.")}>
      {(props) => (
        <select {...props} value={language} onChange={(event) => save(event.target.value)}>
          <option value="">{t("As the brand, else this browser")}</option>
          {LANGUAGES.map((code) => <option key={code} value={code} lang={code}>{SPEECH[code].name}</option>)}
        </select>
      )}
    </Field>
  );
}

function Appearance({ user }: { user: User }) {
  const [theme, setThemeState] = useState(storedTheme());
  const keys = useStore(singleKeys);
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
      <TimeZone user={user} />
      <Language user={user} />
      <label className={s.checkLine}>
        <input type="checkbox" checked={keys} onChange={(event) => setSingleKeys(event.target.checked)} />
        {t("Single-letter shortcuts, such as C for a new card")}
      </label>
    </Section>
  );
}

export function Profile({ user }: { user: User }) {
  return (
    <>
      <Names user={user} />
      <Appearance user={user} />
    </>
  );
}
