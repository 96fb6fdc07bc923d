/** Recurrence as people choose it, to and from the text of RFC 5545, and in words. What can't be chosen stays as text. */
import { locale, t } from "../lib/i18n";
import { customWords } from "./custom-words";

export const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Day = (typeof DAYS)[number];
export type Repeat = "daily" | "weekdays" | "weekly" | "date" | "last-day" | "nth" | "last" | "yearly" | "custom";
export type End = "never" | "until" | "count";

export interface Rule {
  repeat: Repeat;
  interval: number;
  days: Day[];
  end: End;
  /** 2026-12-31 */
  until: string;
  count: number;
  /** The text, for `custom`. */
  text: string;
}

export const newRule = (): Rule => ({ repeat: "weekly", interval: 1, days: [], end: "never", until: "", count: 10, text: "" });

/** A local day, 2026-11-23, looked at without any zone. */
function dayOf(date: string) {
  const at = new Date(`${date}T00:00:00Z`);
  const day = at.getUTCDate();
  return { day, month: at.getUTCMonth(), weekday: DAYS[(at.getUTCDay() + 6) % 7]!, nth: Math.ceil(day / 7) };
}

const WEEKDAYS = "MO,TU,WE,TH,FR";

/** What the choice says; days and numbers that it leaves open are those of the first date. */
export function ruleText(rule: Rule, date: string): string {
  if (rule.repeat === "custom") return rule.text.trim();
  const first = dayOf(date);
  const days = rule.days.length > 0 ? DAYS.filter((day) => rule.days.includes(day)).join(",") : first.weekday;
  const by: Record<Exclude<Repeat, "custom">, string[]> = {
    daily: ["FREQ=DAILY"],
    weekdays: ["FREQ=WEEKLY", `BYDAY=${WEEKDAYS}`],
    weekly: ["FREQ=WEEKLY", `BYDAY=${days}`],
    date: ["FREQ=MONTHLY", `BYMONTHDAY=${first.day}`],
    "last-day": ["FREQ=MONTHLY", "BYMONTHDAY=-1"],
    nth: ["FREQ=MONTHLY", `BYDAY=${first.nth}${first.weekday}`],
    last: ["FREQ=MONTHLY", `BYDAY=-1${first.weekday}`],
    yearly: ["FREQ=YEARLY"],
  };
  const [freq, ...rest] = by[rule.repeat];
  const parts = [freq];
  if (rule.interval > 1 && rule.repeat !== "weekdays") parts.push(`INTERVAL=${rule.interval}`);
  if (rule.end === "count") parts.push(`COUNT=${rule.count}`);
  if (rule.end === "until" && rule.until) parts.push(`UNTIL=${rule.until.replaceAll("-", "")}`);
  return [...parts, ...rest].join(";");
}

function repeatOf(freq: string | undefined, byDay: string | undefined, byMonthDay: string | undefined, first: ReturnType<typeof dayOf>): Repeat {
  if (freq === "DAILY" && !byDay && !byMonthDay) return "daily";
  if (freq === "YEARLY" && !byDay && !byMonthDay) return "yearly";
  if (freq === "WEEKLY" && !byMonthDay && byDay) return byDay === WEEKDAYS ? "weekdays" : "weekly";
  if (freq !== "MONTHLY" || (byDay && byMonthDay)) return "custom";
  if (byMonthDay === "-1") return "last-day";
  if (byMonthDay === String(first.day)) return "date";
  if (byDay === `-1${first.weekday}`) return "last";
  return byDay === `${first.nth}${first.weekday}` ? "nth" : "custom";
}

/** The choice that says this text; `custom` for what can't be chosen. */
export function ruleOf(text: string, date: string): Rule {
  const parts = new Map(text.split(";").map((part) => part.split("=", 2) as [string, string]));
  const take = (name: string) => {
    const value = parts.get(name);
    parts.delete(name);
    return value;
  };
  const freq = take("FREQ"), interval = take("INTERVAL"), count = take("COUNT"), until = take("UNTIL"), byDay = take("BYDAY"), byMonthDay = take("BYMONTHDAY");
  const days = (byDay?.split(",") ?? []).filter((day): day is Day => DAYS.includes(day as Day));
  const rule: Rule = {
    repeat: repeatOf(freq, byDay, byMonthDay, dayOf(date)),
    interval: Number(interval ?? 1),
    days,
    end: count ? "count" : until ? "until" : "never",
    until: until ? `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}` : "",
    count: Number(count ?? 10),
    text,
  };
  // Said again it must be the same, whatever its order; else it is more than can be chosen.
  const same = (a: string, b: string) => a.split(";").sort().join() === b.split(";").sort().join();
  return parts.size > 0 || rule.repeat === "custom" || !same(ruleText(rule, date), text) ? { ...rule, repeat: "custom" } : rule;
}

const NAMES = (): Record<Day, string> => ({ MO: t("Monday"), TU: t("Tuesday"), WE: t("Wednesday"), TH: t("Thursday"), FR: t("Friday"), SA: t("Saturday"), SU: t("Sunday") });
export const dayName = (day: Day) => NAMES()[day];

export const nthName = (n: number) => [t("first"), t("second"), t("third"), t("fourth"), t("fifth")][n - 1] ?? String(n);

/** The options for a first date, in words. */
export function repeatWords(repeat: Repeat, date: string): string {
  const first = dayOf(date), day = dayName(first.weekday);
  const words: Record<Repeat, string> = {
    daily: t("Every day"),
    weekdays: t("Every weekday"),
    weekly: t("On days of the week"),
    date: t("Monthly on day {day}", { day: first.day }),
    "last-day": t("Monthly on the last day"),
    nth: t("Monthly on the {nth} {day}", { nth: nthName(first.nth), day }),
    last: t("Monthly on the last {day}", { day }),
    yearly: t("Every year"),
    custom: t("By a rule of your own"),
  };
  return words[repeat];
}

export const listed = (words: string[]) => new Intl.ListFormat(locale(), { type: "conjunction" }).format(words);

function everyWords(rule: Rule, date: string): string {
  const n = rule.interval, first = dayOf(date);
  switch (rule.repeat) {
    case "daily": return n === 1 ? t("Every day") : t("Every {n} days", { n });
    case "weekdays": return t("Every weekday");
    case "weekly": {
      const days = listed((rule.days.length ? DAYS.filter((d) => rule.days.includes(d)) : [first.weekday]).map(dayName));
      return n === 1 ? t("Every {days}", { days }) : t("Every {n} weeks on {days}", { n, days });
    }
    case "yearly": {
      const day = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
      return n === 1 ? t("Every year on {day}", { day }) : t("Every {n} years on {day}", { n, day });
    }
    case "custom": return rule.text;
    default: return n === 1 ? repeatWords(rule.repeat, date) : t("{what}, every {n} months", { what: repeatWords(rule.repeat, date), n });
  }
}

/** "Every Monday at 09:00, 5 times" */
export function ruleWords(text: string, startsAt: string): string {
  const date = startsAt.slice(0, 10), rule = ruleOf(text, date);
  const every = rule.repeat === "custom" ? customWords(text, startsAt) : t("{every} at {time}", { every: everyWords(rule, date), time: startsAt.slice(11, 16) });
  if (every === null) return t("By the rule {rule}", { rule: text });
  if (rule.end === "count") return t("{every}, {count, plural, one {once} other {# times}}", { every, count: rule.count });
  if (rule.end === "until") return t("{every}, until {date}", { every, date: dateWords(rule.until) });
  return every;
}

const dateWords = (date: string) =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));

/** "Monday, 23 November 2026, 09:00" where the template's clocks are. */
export function momentWords(iso: string, zone: string): string {
  const at = new Date(iso);
  const day = new Intl.DateTimeFormat(locale(), { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: zone }).format(at);
  return `${day}, ${timeWords(iso, zone)}`;
}

export const timeWords = (iso: string, zone: string) =>
  new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(iso));
