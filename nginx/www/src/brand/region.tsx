/** Where and when the brand works: zone, notation, working hours, holidays. */
import { Plus, X } from "lucide-react";
import { useMemo } from "react";
import type { Brand } from "../api/types";
import { locale, t } from "../lib/i18n";
import { LANGUAGES } from "../lib/languages";
import { deviceZone } from "../lib/zone";
import { Button, ErrorText, Field } from "../ui/parts";
import { FormCard } from "./card";
import { useBrandForm } from "./save";
import { useDraft } from "../lib/use-draft";
import s from "./brand.module.css";

type Intls = { supportedValuesOf?(kind: string): string[] };
const supported = (kind: string): string[] => (Intl as Intls).supportedValuesOf?.(kind) ?? [];

const DATE_FORMATS = ["YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "D MMM YYYY"];
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
type Day = (typeof DAYS)[number];

const dayName = (day: Day): string =>
  ({ monday: t("Monday"), tuesday: t("Tuesday"), wednesday: t("Wednesday"), thursday: t("Thursday"), friday: t("Friday"), saturday: t("Saturday"), sunday: t("Sunday") })[day];

/** The 31st of December of this year in a notation, as an example that can't be misread. */
function dateLike(format: string): string {
  const year = new Date().getFullYear();
  return format.replace("YYYY", String(year)).replace("MMM", "Dec").replace("MM", "12").replace("DD", "31").replace(/\bD\b/, "31");
}

function named(kind: "currency" | "language", code: string): string {
  try {
    const name = new Intl.DisplayNames(locale(), { type: kind }).of(code);
    return name && name !== code ? `${name} (${code})` : code;
  } catch {
    return code;
  }
}

const withOwn = (all: string[], own: string): string[] => (own && !all.includes(own) ? [own, ...all] : all);

export function Region({ brand, locked }: { brand: Brand; locked: boolean }) {
  const { timezone, date_format, currency, language } = brand.settings;
  const draft = useDraft(`${brand.id}/region`, {
    timezone: timezone ?? "", date_format: date_format ?? "", currency: currency ?? "", language: language ?? "",
  });
  const v = draft.value;
  const form = useBrandForm(
    brand,
    () => ({ settings: { timezone: v.timezone || null, date_format: v.date_format || null, currency: v.currency || null, language: v.language || null } }),
    draft.reset,
  );
  const zones = useMemo(() => withOwn(supported("timeZone"), v.timezone), [v.timezone]);
  const currencies = useMemo(() => withOwn(supported("currency"), v.currency).map((code) => [code, named("currency", code)] as const), [v.currency]);
  return (
    <FormCard title={t("Region")} about={t("For everything that belongs to the brand as a whole. People choose their own time zone and language in their settings.")} form={form} draft={draft} locked={locked}>
      <div className={s.twin}>
        <Field label={t("Time zone")} hint={t("This device is in {zone}.", { zone: deviceZone() })} error={form.within("timezone")}>
          {(props) => (
            <select {...props} value={v.timezone} onChange={(event) => draft.set({ timezone: event.target.value })}>
              <option value="">{t("Not set")}</option>
              {zones.map((zone) => <option key={zone} value={zone}>{zone}</option>)}
            </select>
          )}
        </Field>
        <Field label={t("Dates are written")} error={form.within("date_format")}>
          {(props) => (
            <select {...props} value={v.date_format} onChange={(event) => draft.set({ date_format: event.target.value })}>
              <option value="">{t("Not set")}</option>
              {withOwn(DATE_FORMATS, v.date_format).map((format) => <option key={format} value={format}>{`${dateLike(format)} (${format})`}</option>)}
            </select>
          )}
        </Field>
        <Field label={t("Currency")} error={form.within("currency")}>
          {(props) => (
            <select {...props} value={v.currency} onChange={(event) => draft.set({ currency: event.target.value })}>
              <option value="">{t("Not set")}</option>
              {currencies.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
            </select>
          )}
        </Field>
        <Field label={t("Language")} hint={t("Of mails and of the app, for people who haven’t chosen one.")} error={form.within("language")}>
          {(props) => (
            <select {...props} value={v.language} onChange={(event) => draft.set({ language: event.target.value })}>
              <option value="">{t("Not set")}</option>
              {withOwn([...LANGUAGES], v.language).map((code) => <option key={code} value={code}>{named("language", code)}</option>)}
            </select>
          )}
        </Field>
      </div>
    </FormCard>
  );
}

// ---- working hours

type Hours = { from: string; to: string };
type Week = Partial<Record<Day, Hours>>;

/** What isn't a day of ours (older brands have other keys) is left as it is. */
function weekOf(brand: Brand): Week {
  const all = (brand.settings.working_hours ?? {}) as Record<string, unknown>;
  const week: Week = {};
  for (const day of DAYS) {
    const hours = all[day] as Partial<Hours> | null | undefined;
    if (hours?.from && hours.to) week[day] = { from: hours.from, to: hours.to };
  }
  return week;
}

/** A day ends at 24:00, which a time field shows as 00:00. */
const ending = (time: string) => (time === "00:00" ? "24:00" : time);

interface DayRowProps {
  day: Day;
  hours: Hours | undefined;
  error: string | undefined;
  onChange(hours: Hours | undefined): void;
}

function DayRow({ day, hours, error, onChange }: DayRowProps) {
  const errorId = `hours-${day}-error`;
  const field = (key: keyof Hours, label: string) => (
    <input
      type="time" className={s.time} aria-label={label} required value={hours![key] === "24:00" ? "00:00" : hours![key]}
      aria-invalid={Boolean(error)} aria-describedby={error ? errorId : undefined}
      onChange={(event) => onChange({ ...hours!, [key]: key === "to" ? ending(event.target.value) : event.target.value })}
    />
  );
  return (
    <div className={s.dayRow} role="group" aria-label={dayName(day)}>
      <label className={s.dayName}>
        <input type="checkbox" checked={hours !== undefined} onChange={(event) => onChange(event.target.checked ? { from: "09:00", to: "17:00" } : undefined)} />
        {dayName(day)}
      </label>
      {hours ? (
        <span className={s.dayTimes}>
          {field("from", t("{day} from", { day: dayName(day) }))}
          <span aria-hidden>–</span>
          {field("to", t("{day} until", { day: dayName(day) }))}
        </span>
      ) : <span className={s.muted}>{t("Closed")}</span>}
      {error && <ErrorText id={errorId}>{error}</ErrorText>}
    </div>
  );
}

export function WorkingHours({ brand, locked }: { brand: Brand; locked: boolean }) {
  const draft = useDraft<Record<Day, Hours | undefined>>(`${brand.id}/hours`, weekOf(brand) as Record<Day, Hours | undefined>);
  const week = draft.value;
  const before = weekOf(brand);
  const form = useBrandForm(
    brand,
    () => ({ settings: { working_hours: Object.fromEntries(DAYS.filter((day) => week[day] ?? before[day]).map((day) => [day, week[day] ?? null])) } }),
    draft.reset,
  );
  const copy = () => {
    const first = week.monday;
    if (first) draft.set({ tuesday: first, wednesday: first, thursday: first, friday: first });
  };
  return (
    <FormCard title={t("Working hours")} about={t("On the clocks of the brand's time zone.")} form={form} draft={draft} locked={locked}>
      <div>
        {DAYS.map((day) => (
          <DayRow key={day} day={day} hours={week[day]} error={form.within(`working_hours.${day}`)} onChange={(hours) => draft.set({ [day]: hours })} />
        ))}
      </div>
      {week.monday && !locked && <div><Button size="small" onClick={copy}>{t("Monday to Friday like Monday")}</Button></div>}
    </FormCard>
  );
}

// ---- holidays

interface Holiday {
  date: string;
  name?: string | null;
}

export function Holidays({ brand, locked }: { brand: Brand; locked: boolean }) {
  const draft = useDraft(`${brand.id}/holidays`, { list: (brand.settings.holidays ?? []) as Holiday[] });
  const { list } = draft.value;
  const form = useBrandForm(
    brand,
    () => ({ settings: { holidays: [...list].sort((a, b) => a.date.localeCompare(b.date)).map((day) => (day.name?.trim() ? { date: day.date, name: day.name.trim() } : { date: day.date })) } }),
    draft.reset,
  );
  const change = (at: number, part: Partial<Holiday>) => draft.set({ list: list.map((day, i) => (i === at ? { ...day, ...part } : day)) });
  return (
    <FormCard title={t("Holidays")} about={t("Days on which nobody is expected to work.")} form={form} draft={draft} locked={locked}>
      {list.length === 0 && <p className={s.muted}>{t("None yet.")}</p>}
      {list.length > 0 && (
        <ul className={s.editRows}>
          {list.map((day, i) => (
            <li key={i} className={s.holiday}>
              <Field label={t("Date of holiday {n}", { n: i + 1 })} hideLabel error={form.within(`holidays.${i}.date`)}>
                {(props) => <input {...props} type="date" required value={day.date} onChange={(event) => change(i, { date: event.target.value })} />}
              </Field>
              <Field label={t("Name of holiday {n}", { n: i + 1 })} hideLabel error={form.within(`holidays.${i}.name`)}>
                {(props) => <input {...props} maxLength={100} placeholder={t("Name, if it has one")} value={day.name ?? ""} onChange={(event) => change(i, { name: event.target.value })} />}
              </Field>
              <Button look="quiet" icon aria-label={t("Take holiday {n} away", { n: i + 1 })} onClick={() => draft.set({ list: list.filter((_, at) => at !== i) })}><X size={17} /></Button>
            </li>
          ))}
        </ul>
      )}
      {form.within("holidays") && list.length === 0 && <ErrorText>{form.within("holidays")}</ErrorText>}
      <div><Button size="small" disabled={list.length >= 400} onClick={() => draft.set({ list: [...list, { date: "", name: "" }] })}><Plus size={15} aria-hidden />{t("Add a holiday")}</Button></div>
    </FormCard>
  );
}
