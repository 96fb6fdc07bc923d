/** Dates as people type them: "fri 14:00", "tomorrow 9am", "in 3 days", "24 dec", "2026-12-24", "24.12. 8:30", "übermorgen um 9 Uhr". Pure. */
import { fromGerman } from "./german-dates";
import { fromWall, toWall, type Wall } from "./zone";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** A day without a time ends with that day. */
export const DAY_END = { hour: 23, minute: 59 };

interface Day {
  year: number;
  month: number;
  day: number;
}

const pad = (n: number) => String(n).padStart(2, "0");

function shift(day: Day, days: number): Day {
  const date = new Date(Date.UTC(day.year, day.month - 1, day.day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function exists({ year, month, day }: Day): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= 1970 && year < 3000;
}

const weekday = (day: Day) => new Date(Date.UTC(day.year, day.month - 1, day.day)).getUTCDay();

/** Without a year, the next such day that is not past. */
function nextSuch(month: number, day: number, year: number | undefined, today: Day): Day {
  const guess = { year: year ?? today.year, month, day };
  const past = month < today.month || (month === today.month && day < today.day);
  return year === undefined && past ? { ...guess, year: today.year + 1 } : guess;
}

const fullYear = (text: string | undefined) => (text ? (text.length === 2 ? 2000 + Number(text) : Number(text)) : undefined);

function relativeDay(text: string, today: Day): Day | null {
  if (text === "today" || text === "tod") return today;
  if (text === "tomorrow" || text === "tom" || text === "tmr") return shift(today, 1);
  if (text === "yesterday") return shift(today, -1);
  if (text === "next week") return shift(today, ((8 - weekday(today)) % 7) || 7);
  const count = /^(?:in |\+)?(\d{1,3}) ?(d|days?|w|weeks?|m|months?)$/.exec(text);
  if (count) {
    const n = Number(count[1]);
    if (count[2]!.startsWith("m")) {
      const total = today.year * 12 + today.month - 1 + n;
      const first = { year: Math.floor(total / 12), month: (total % 12) + 1, day: 1 };
      const last = shift({ year: first.month === 12 ? first.year + 1 : first.year, month: (first.month % 12) + 1, day: 1 }, -1).day;
      return { ...first, day: Math.min(today.day, last) };
    }
    return shift(today, n * (count[2]!.startsWith("w") ? 7 : 1));
  }
  const named = /^(next )?(sun|mon|tue|wed|thu|fri|sat)[a-z]*$/.exec(text);
  if (!named) return null;
  const ahead = (DAYS.indexOf(named[2]!) - weekday(today) + 7) % 7;
  return shift(today, named[1] && ahead === 0 ? 7 : ahead);
}

function calendarDay(text: string, today: Day): Day | null {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) };
  const dotted = /^(\d{1,2})\.(\d{1,2})\.?(\d{4}|\d{2})?$/.exec(text);
  if (dotted) return nextSuch(Number(dotted[2]), Number(dotted[1]), fullYear(dotted[3]), today);
  const month = (word: string) => MONTHS.indexOf(word.slice(0, 3)) + 1;
  const dayFirst = /^(\d{1,2})(?:st|nd|rd|th|\.)? ([a-z]{3,9})(?:,? (\d{4}))?$/.exec(text);
  if (dayFirst && month(dayFirst[2]!)) return nextSuch(month(dayFirst[2]!), Number(dayFirst[1]), fullYear(dayFirst[3]), today);
  const monthFirst = /^([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?$/.exec(text);
  if (monthFirst && month(monthFirst[1]!)) return nextSuch(month(monthFirst[1]!), Number(monthFirst[2]), fullYear(monthFirst[3]), today);
  return null;
}

const TIME = /(?:^|[ t,]|at )(?:at )?(?:(\d{1,2}):(\d{2})|(\d{1,2})(?::(\d{2}))? ?(am|pm)|(noon|midnight))$/;

/** Takes a time of day off the end of the text. */
function splitTime(text: string): { rest: string; time: { hour: number; minute: number } | null } | null {
  const found = TIME.exec(text);
  if (!found) return { rest: text, time: null };
  const rest = text.slice(0, found.index).trim();
  if (found[6]) return { rest, time: { hour: found[6] === "noon" ? 12 : 0, minute: 0 } };
  let hour = Number(found[1] ?? found[3]);
  const minute = Number(found[2] ?? found[4] ?? 0);
  if (found[5]) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (found[5] === "pm" ? 12 : 0);
  }
  return hour > 23 || minute > 59 ? null : { rest, time: { hour, minute } };
}

/** The moment that was meant, or null if the text means none. A time alone means today, or tomorrow if it has passed. */
export function parseDate(input: string, now: Date, zone: string): Date | null {
  const text = fromGerman(input.trim().toLowerCase().replace(/\s+/g, " ").replace(/^(on|by) /, ""));
  if (!text) return null;
  const split = splitTime(text);
  if (!split) return null;
  const wallNow = toWall(now, zone);
  const today: Day = { year: wallNow.year, month: wallNow.month, day: wallNow.day };
  const { rest, time } = split;
  let day = rest === "" && time ? today : (relativeDay(rest, today) ?? calendarDay(rest, today));
  if (!day || !exists(day)) return null;
  if (rest === "" && time && time.hour * 60 + time.minute <= wallNow.hour * 60 + wallNow.minute) day = shift(today, 1);
  return fromWall({ ...day, ...(time ?? DAY_END) }, zone);
}

/** What to put into the field so that it can be edited and read again; `dotted` as Germans write it, 24.12.2026. */
export function editable(iso: string | null, zone: string, dotted = false): string {
  if (!iso) return "";
  const w: Wall = toWall(new Date(iso), zone);
  const day = dotted ? `${pad(w.day)}.${pad(w.month)}.${w.year}` : `${w.year}-${pad(w.month)}-${pad(w.day)}`;
  return w.hour === DAY_END.hour && w.minute === DAY_END.minute ? day : `${day} ${pad(w.hour)}:${pad(w.minute)}`;
}
