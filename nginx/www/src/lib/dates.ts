/** Dates as people read them, in their own zone. */
import { differenceInCalendarDays } from "date-fns";
import { locale, t } from "./i18n";
import { DAY_END } from "./parse-date";
import { deviceZone, toWall, userZone } from "./zone";

/** Today and the other day as local dates, so that calendar arithmetic is in the person's zone. */
function localDay(time: Date, zone: string): Date {
  const w = toWall(time, zone);
  return new Date(w.year, w.month - 1, w.day);
}

export function daysFromToday(iso: string, zone = userZone()): number {
  return differenceInCalendarDays(localDay(new Date(iso), zone), localDay(new Date(), zone));
}

function dayWords(iso: string, zone: string): string {
  const days = daysFromToday(iso, zone);
  if (days === 0) return t("today");
  if (days === 1) return t("tomorrow");
  if (days === -1) return t("yesterday");
  const time = new Date(iso);
  if (days > 1 && days < 7) return new Intl.DateTimeFormat(locale(), { weekday: "short", timeZone: zone }).format(time);
  const year = toWall(time, zone).year !== toWall(new Date(), zone).year ? ({ year: "numeric" } as const) : {};
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", timeZone: zone, ...year }).format(time);
}

function clock(iso: string, zone: string): string {
  const { hour, minute } = toWall(new Date(iso), zone);
  if (hour === DAY_END.hour && minute === DAY_END.minute) return "";
  return ` ${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** "today 14:00", "Fri", "24 Dec 2027"; with the zone where it isn't the device's. */
export function shortDate(iso: string): string {
  const zone = userZone();
  return dayWords(iso, zone) + clock(iso, zone);
}

/** "today", "Fri", "24 Dec 2027": where the time of day is of no matter. */
export const onlyDay = (iso: string): string => dayWords(iso, userZone());

/** "today", "yesterday", "Friday 13 November": the heading of a day. */
export function shortDay(iso: string): string {
  const zone = userZone();
  const days = daysFromToday(iso, zone);
  if (days === 0) return t("Today");
  if (days === -1) return t("Yesterday");
  const year = toWall(new Date(iso), zone).year !== toWall(new Date(), zone).year ? ({ year: "numeric" } as const) : {};
  return new Intl.DateTimeFormat(locale(), { weekday: "long", day: "numeric", month: "long", timeZone: zone, ...year }).format(new Date(iso));
}

export function longDate(iso: string): string {
  const zone = userZone();
  const day = new Intl.DateTimeFormat(locale(), { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: zone }).format(new Date(iso));
  return day + clock(iso, zone) + zoneNote();
}

/** Said only when times are shown in another zone than the device's. */
export function zoneNote(): string {
  const zone = userZone();
  return zone === deviceZone() ? "" : ` (${zone})`;
}

export type DueState = "none" | "overdue" | "today" | "soon" | "later" | "done";

export function dueState(due: string | null, completed: boolean): DueState {
  if (!due) return "none";
  if (completed) return "done";
  if (new Date(due).getTime() < Date.now()) return "overdue";
  const days = daysFromToday(due);
  return days === 0 ? "today" : days <= 2 ? "soon" : "later";
}

export function dueWords(due: string, state: DueState): string {
  const date = shortDate(due);
  if (state === "overdue") return t("Overdue: {date}", { date });
  if (state === "done") return t("Was due {date}", { date });
  return t("Due {date}", { date });
}

/** Of something that stands below its day: how long ago today, else the time of day. */
export function agoWithin(iso: string): string {
  const zone = userZone();
  if (daysFromToday(iso, zone) === 0) return ago(iso);
  const { hour, minute } = toWall(new Date(iso), zone);
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

export function ago(iso: string): string {
  const minutes = Math.round((Date.now() - new Date(iso).getTime()) / 60_000);
  if (minutes < 1) return t("just now");
  if (minutes < 60) return t("{minutes} min ago", { minutes });
  if (minutes < 60 * 24) return t("{hours} h ago", { hours: Math.round(minutes / 60) });
  return shortDate(iso);
}
