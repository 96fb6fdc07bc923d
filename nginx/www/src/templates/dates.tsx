/** When it comes: the builder of the rule, and its next five dates before it is kept. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError, explain, type FieldErrors } from "../api/client";
import { useBrandId } from "../data/resources";
import { t } from "../lib/i18n";
import { userZone } from "../lib/zone";
import screens from "../screens/screens.module.css";
import { cx, ErrorText, Field, Skeleton, TextField } from "../ui/parts";
import { previewQuery, type When } from "./data";
import { DAYS, dayName, momentWords, repeatWords, ruleWords, timeWords, type Day, type End, type Repeat, type Rule } from "./rule";
import s from "./templates.module.css";

const REPEATS: Repeat[] = ["daily", "weekdays", "weekly", "date", "last-day", "nth", "last", "yearly", "custom"];
const UNITS: Partial<Record<Repeat, () => string>> = {
  daily: () => t("days"), weekly: () => t("weeks"), date: () => t("months"), "last-day": () => t("months"), nth: () => t("months"), last: () => t("months"), yearly: () => t("years"),
};

interface BuilderProps {
  rule: Rule;
  date: string;
  error: string | undefined;
  onChange(rule: Rule): void;
}

function DaysOfWeek({ rule, onChange }: Pick<BuilderProps, "rule" | "onChange">) {
  const toggle = (day: Day) => onChange({ ...rule, days: rule.days.includes(day) ? rule.days.filter((d) => d !== day) : [...rule.days, day] });
  return (
    <fieldset className={s.days}>
      <legend>{t("Days")}</legend>
      {DAYS.map((day) => (
        <label key={day}>
          <input type="checkbox" checked={rule.days.includes(day)} onChange={() => toggle(day)} aria-label={dayName(day)} />
          <span aria-hidden>{dayName(day).slice(0, 2)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Ending({ rule, onChange }: Pick<BuilderProps, "rule" | "onChange">) {
  return (
    <div className={cx(screens.twin, s.pair)}>
      <Field label={t("Ends")}>
        {(props) => (
          <select {...props} value={rule.end} onChange={(event) => onChange({ ...rule, end: event.target.value as End })}>
            <option value="never">{t("Never")}</option>
            <option value="until">{t("On a day")}</option>
            <option value="count">{t("After a number of times")}</option>
          </select>
        )}
      </Field>
      {rule.end === "until" && <TextField label={t("Last day")} type="date" required value={rule.until} onChange={(event) => onChange({ ...rule, until: event.target.value })} />}
      {rule.end === "count" && <TextField label={t("Times")} type="number" required min={1} max={10000} value={rule.count} onChange={(event) => onChange({ ...rule, count: Number(event.target.value) })} />}
    </div>
  );
}

export function RuleBuilder({ rule, date, error, onChange }: BuilderProps) {
  const unit = UNITS[rule.repeat];
  return (
    <>
      <div className={cx(screens.twin, s.pair)}>
        <Field label={t("Repeats")} error={rule.repeat === "custom" ? undefined : error}>
          {(props) => (
            <select {...props} value={rule.repeat} onChange={(event) => onChange({ ...rule, repeat: event.target.value as Repeat })}>
              {REPEATS.map((repeat) => <option key={repeat} value={repeat}>{repeatWords(repeat, date)}</option>)}
            </select>
          )}
        </Field>
        {unit && (
          <TextField label={t("Every so many {units}", { units: unit() })} type="number" required min={1} max={1000} value={rule.interval} onChange={(event) => onChange({ ...rule, interval: Number(event.target.value) })} />
        )}
      </div>
      {rule.repeat === "weekly" && <DaysOfWeek rule={rule} onChange={onChange} />}
      {rule.repeat === "custom" ? (
        <TextField
          label={t("Rule (RFC 5545)")} required maxLength={1000} spellCheck={false} autoCapitalize="characters" error={error} value={rule.text}
          hint={t("For example FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1: the last weekday of each month.")}
          onChange={(event) => onChange({ ...rule, text: event.target.value })}
        />
      ) : <Ending rule={rule} onChange={onChange} />}
    </>
  );
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(text) as T), 350);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** The next dates of what is being chosen, and what the server finds wrong with it. */
export function usePreview(when: When) {
  const brand = useBrandId() ?? "none";
  const asked = useSettled(when);
  const complete = asked.rrule !== "" && asked.starts_at.length >= 16 && asked.timezone !== "";
  const found = useQuery({ ...previewQuery(brand, asked), enabled: complete, placeholderData: (old) => old });
  const errors: FieldErrors = found.error instanceof ApiError ? found.error.fieldErrors : {};
  return { found, errors, settled: JSON.stringify(asked) === JSON.stringify(when) && !found.isPlaceholderData };
}

export function NextDates({ preview, zone, startsAt }: { preview: ReturnType<typeof usePreview>; zone: string; startsAt: string }) {
  const { found, settled } = preview;
  const mine = userZone();
  const dates = found.error ? [] : (found.data?.occurrences ?? []);
  const failed = found.error && Object.keys(preview.errors).length === 0 ? explain(found.error) : null;
  return (
    <div className={cx(s.dates, !settled && s.stale)} role="status" aria-label={t("The next dates")}>
      <h3>{t("The next dates")}</h3>
      {found.data && !found.error && <p className={s.meaning}>{ruleWords(found.data.rrule, startsAt)}</p>}
      {found.isPending && <Skeleton height={92} />}
      {failed && <ErrorText>{failed}</ErrorText>}
      {found.error && !failed && <p className={s.yours}>{t("None, until what is marked above is right.")}</p>}
      {found.data && !found.error && dates.length === 0 && <p>{t("None is left: all of its dates are over.")}</p>}
      <ol>
        {dates.map(({ at }) => (
          <li key={at}>
            <span>{momentWords(at, zone)}</span>
            {mine !== zone && <span className={s.yours}>{t("{time} for you", { time: timeWords(at, mine) })}</span>}
          </li>
        ))}
      </ol>
      {mine !== zone && dates.length > 0 && <p className={s.yours}>{t("Times are those of {zone}.", { zone })}</p>}
    </div>
  );
}
