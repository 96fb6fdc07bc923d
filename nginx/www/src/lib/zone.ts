/** Wall-clock times in a person's time zone, by means of Intl alone. */
import { session } from "../api/session";

export interface Wall {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
}

export const deviceZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zone of the person's settings, else the device's. */
export function userZone(): string {
  const zone = session.get().user?.preferences?.timezone;
  return zone && isZone(zone) ? zone : deviceZone();
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsFormat(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
    });
    formats.set(zone, format);
  }
  return format;
}

export function toWall(time: Date, zone: string): Wall {
  const part: Record<string, number> = {};
  for (const { type, value } of partsFormat(zone).formatToParts(time)) part[type] = Number(value);
  return { year: part.year!, month: part.month!, day: part.day!, hour: part.hour!, minute: part.minute! };
}

const asUtc = (w: Wall) => Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute);

/**
 * The moment at which clocks in the zone show this. Two corrections are enough unless the time falls in a spring gap,
 * where it comes out an hour later, as calendars do.
 */
export function fromWall(wall: Wall, zone: string): Date {
  const wanted = asUtc(wall);
  let guess = wanted;
  for (let i = 0; i < 2; i++) guess += wanted - asUtc(toWall(new Date(guess), zone));
  return new Date(guess);
}
