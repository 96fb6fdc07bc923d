import assert from "node:assert/strict";
import { test } from "node:test";
import { editable, parseDate } from "../src/lib/parse-date";
import { fromWall, toWall } from "../src/lib/zone";

const zone = "Europe/Berlin";
/** A Saturday, 10:30 in Berlin. */
const now = new Date("2026-11-21T09:30:00Z");
const read = (text: string) => {
  const date = parseDate(text, now, zone);
  return date && editable(date.toISOString(), zone);
};

const CASES: Record<string, string | null> = {
  "fri 14:00": "2026-11-27 14:00",
  "Friday": "2026-11-27",
  "sat": "2026-11-21",
  "next sat": "2026-11-28",
  "today": "2026-11-21",
  "tomorrow 9am": "2026-11-22 09:00",
  "tom at 12pm": "2026-11-22 12:00",
  "12am": "2026-11-22 00:00",
  "11:00": "2026-11-21 11:00",
  "10:00": "2026-11-22 10:00",
  "noon": "2026-11-21 12:00",
  "in 3 days": "2026-11-24",
  "+2w": "2026-12-05",
  "1 month": "2026-12-21",
  "next week": "2026-11-23",
  "24 dec": "2026-12-24",
  "dec 24th, 2027": "2027-12-24",
  "3 march": "2027-03-03",
  "24.12.": "2026-12-24",
  "Fr 14:00": "2026-11-27 14:00",
  "am Freitag": "2026-11-27",
  "nächsten Samstag": "2026-11-28",
  "heute": "2026-11-21",
  "morgen um 9 Uhr": "2026-11-22 09:00",
  "übermorgen": "2026-11-23",
  "in 3 Tagen": "2026-11-24",
  "in einer Woche": "2026-11-28",
  "nächste Woche": "2026-11-23",
  "24. Dez. 14.30 Uhr": "2026-12-24 14:30",
  "3.März": "2027-03-03",
  "5. Mai 2027": "2027-05-05",
  "Mittag": "2026-11-21 12:00",
  "24.12.27 8:30": "2027-12-24 08:30",
  "2026-12-24 08:05": "2026-12-24 08:05",
  "2026-12-24": "2026-12-24",
  "2026-02-30": null,
  "31 nov": null,
  "25:00": null,
  "13pm": null,
  "soon": null,
  "": null,
};

for (const [text, expected] of Object.entries(CASES)) {
  test(`“${text}” is ${expected ?? "no date"}`, () => assert.equal(read(text), expected));
}

test("wall-clock times survive the way through UTC, across summer time", () => {
  for (const wall of [
    { year: 2026, month: 3, day: 29, hour: 3, minute: 30 },
    { year: 2026, month: 10, day: 25, hour: 4, minute: 0 },
    { year: 2026, month: 7, day: 1, hour: 23, minute: 59 },
  ]) assert.deepEqual(toWall(fromWall(wall, zone), zone), wall);
});
