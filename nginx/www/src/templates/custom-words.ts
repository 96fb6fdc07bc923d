/** What a rule of RFC 5545 means, in words, where it is more than can be chosen. A part that isn't known here leaves it unsaid. */
import { locale, t } from "../lib/i18n";
import { DAYS, dayName, listed, nthName, type Day } from "./rule";

type Parts = Map<string, string>;

const numbers = (text: string | undefined): number[] => (text ? text.split(",").map(Number) : []);

function everyWords(freq: string, n: number): string | null {
  const words: Record<string, string> = {
    HOURLY: n === 1 ? t("Every hour") : t("Every {n} hours", { n }),
    DAILY: n === 1 ? t("Every day") : t("Every {n} days", { n }),
    WEEKLY: n === 1 ? t("Every week") : t("Every {n} weeks", { n }),
    MONTHLY: n === 1 ? t("Every month") : t("Every {n} months", { n }),
    YEARLY: n === 1 ? t("Every year") : t("Every {n} years", { n }),
  };
  return words[freq] ?? null;
}

/** 1 → "first", -1 → "last", -2 → "second from the end" */
function placeWords(n: number): string {
  if (n > 0) return nthName(n);
  return n === -1 ? t("last") : t("{nth} from the end", { nth: nthName(-n) });
}

/** MO,TU,WE,TH,FR → "weekday"; 2MO,-1FR → "the second Monday and the last Friday" */
function byDayWords(text: string): string | null {
  if (text.split(",").sort().join() === "FR,MO,TH,TU,WE") return t("a weekday");
  const words: string[] = [];
  for (const one of text.split(",")) {
    const [, n, day] = /^([+-]?\d+)?([A-Z]{2})$/.exec(one) ?? [];
    if (!DAYS.includes(day as Day)) return null;
    words.push(n ? t("the {nth} {day}", { nth: placeWords(Number(n)), day: dayName(day as Day) }) : dayName(day as Day));
  }
  return listed(words);
}

function byMonthDayWords(days: number[]): string {
  const above = days.filter((day) => day > 0), below = days.filter((day) => day < 0);
  const words = below.map((day) => (day === -1 ? t("the last day of the month") : t("the {nth} day of the month", { nth: placeWords(day) })));
  if (above.length > 0) words.unshift(t("{count, plural, one {day} other {the days}} {days}", { count: above.length, days: listed(above.map((day) => t("{day}", { day }))) }));
  return listed(words);
}

const monthName = (month: number) => new Intl.DateTimeFormat(locale(), { month: "long", timeZone: "UTC" }).format(new Date(Date.UTC(2026, month - 1, 1)));

/** What the first date says where the rule leaves it open. */
function implied(freq: string, parts: Parts, date: string): string | null {
  const first = new Date(`${date}T00:00:00Z`);
  if (freq === "WEEKLY") return t("on {days}", { days: dayName(DAYS[(first.getUTCDay() + 6) % 7]!) });
  if (freq === "MONTHLY" || (freq === "YEARLY" && parts.has("BYMONTH"))) return t("on {days}", { days: byMonthDayWords([first.getUTCDate()]) });
  if (freq === "YEARLY" && !parts.has("BYWEEKNO")) return t("on {days}", { days: new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", timeZone: "UTC" }).format(first) });
  return null;
}

/** The days, in the order in which the RFC takes them in: those of months, of years, of weeks. */
function onWords(freq: string, parts: Parts, date: string): string[] | null {
  const days = parts.get("BYDAY"), positions = numbers(parts.get("BYSETPOS"));
  const words: string[] = [];
  if (days !== undefined) {
    const said = byDayWords(days);
    if (said === null) return null;
    const plain = said === t("a weekday") ? t("weekday") : said;
    if (positions.length > 0) words.push(days.includes(",") && plain !== t("weekday") ? t("on the {nth} of: {days}", { nth: listed(positions.map(placeWords)), days: said }) : t("on the {nth} {day}", { nth: listed(positions.map(placeWords)), day: plain }));
    else words.push(plain === t("weekday") ? t("on weekdays") : t("on {days}", { days: said }));
  }
  if (parts.has("BYMONTHDAY")) {
    const said = byMonthDayWords(numbers(parts.get("BYMONTHDAY")));
    words.push(days ? t("if it is {days}", { days: said }) : t("on {days}", { days: said }));
  }
  if (parts.has("BYYEARDAY")) words.push(t("on {days} of the year", { days: listed(numbers(parts.get("BYYEARDAY")).map((n) => (n > 0 ? t("day {n}", { n }) : t("the {nth} day", { nth: placeWords(n) })))) }));
  if (words.length === 0) words.push(...[implied(freq, parts, date)].filter((x) => x !== null));
  if (positions.length > 0 && !days) return null;
  if (parts.has("BYWEEKNO")) words.push(t("in week {weeks}", { weeks: listed(numbers(parts.get("BYWEEKNO")).map(String)) }));
  if (parts.has("BYMONTH")) words.push(t("in {months}", { months: listed(numbers(parts.get("BYMONTH")).map(monthName)) }));
  return words;
}

/** "09:00 and 17:00": the hours and minutes of the rule, else those of the first date. */
function timeWords(freq: string, parts: Parts, start: string): string {
  const [hour, minute] = [start.slice(0, 2), start.slice(3, 5)];
  const minutes = parts.has("BYMINUTE") ? numbers(parts.get("BYMINUTE")) : [Number(minute)];
  const two = (n: number) => String(n).padStart(2, "0");
  if (freq === "HOURLY" && !parts.has("BYHOUR")) return t("at minute {minutes}", { minutes: listed(minutes.map(two)) });
  const hours = parts.has("BYHOUR") ? numbers(parts.get("BYHOUR")) : [Number(hour)];
  return t("at {time}", { time: listed(hours.flatMap((h) => minutes.map((m) => `${two(h)}:${two(m)}`))) });
}

const KNOWN = new Set(["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYHOUR", "BYMINUTE", "BYSECOND"]);

/** "Every month on the last weekday at 09:00"; null when it can't be said. Its end isn't told. */
export function customWords(text: string, startsAt: string): string | null {
  const parts: Parts = new Map(text.toUpperCase().split(";").filter(Boolean).map((part) => part.split("=", 2) as [string, string]));
  const freq = parts.get("FREQ") ?? "";
  const every = everyWords(freq, Number(parts.get("INTERVAL") ?? 1));
  const on = every && [...parts.keys()].every((name) => KNOWN.has(name)) ? onWords(freq, parts, startsAt.slice(0, 10)) : null;
  return on && [every, ...on, timeWords(freq, parts, startsAt.slice(11))].join(" ");
}
