import assert from "node:assert/strict";
import { test } from "node:test";
import { newRule, ruleOf, ruleText, ruleWords } from "../src/templates/rule";

const MONDAY = "2026-11-23";

test("what is chosen is said as the RFC has it", () => {
  const said = (change: object) => ruleText({ ...newRule(), ...change }, MONDAY);
  assert.equal(said({ repeat: "daily", interval: 2 }), "FREQ=DAILY;INTERVAL=2");
  assert.equal(said({ repeat: "weekdays", interval: 3 }), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
  assert.equal(said({}), "FREQ=WEEKLY;BYDAY=MO");
  assert.equal(said({ days: ["FR", "TU"], end: "count", count: 5 }), "FREQ=WEEKLY;COUNT=5;BYDAY=TU,FR");
  assert.equal(said({ repeat: "date" }), "FREQ=MONTHLY;BYMONTHDAY=23");
  assert.equal(said({ repeat: "nth" }), "FREQ=MONTHLY;BYDAY=4MO");
  assert.equal(said({ repeat: "last", end: "until", until: "2027-12-31" }), "FREQ=MONTHLY;UNTIL=20271231;BYDAY=-1MO");
  assert.equal(said({ repeat: "custom", text: " FREQ=HOURLY " }), "FREQ=HOURLY");
});

test("what was said is chosen again", () => {
  for (const repeat of ["daily", "weekdays", "weekly", "date", "last-day", "nth", "last", "yearly"] as const) {
    for (const change of [{}, { end: "count" as const, count: 3 }, { end: "until" as const, until: "2027-01-31" }]) {
      const text = ruleText({ ...newRule(), repeat, ...change }, MONDAY);
      const again = ruleOf(text, MONDAY);
      assert.equal(again.repeat, repeat, text);
      assert.equal(ruleText(again, MONDAY), text);
    }
  }
});

test("what can't be chosen stays as it is", () => {
  for (const text of ["FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "FREQ=DAILY;BYHOUR=9,17", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "FREQ=DAILY;UNTIL=20270101T120000Z", "FREQ=MONTHLY;BYMONTHDAY=1"]) {
    assert.equal(ruleOf(text, MONDAY).repeat, "custom", text);
    assert.equal(ruleText(ruleOf(text, MONDAY), MONDAY), text);
  }
});

test("rules read as people say them", () => {
  const words = (text: string) => ruleWords(text, `${MONDAY}T09:00:00`);
  assert.equal(words("FREQ=WEEKLY;BYDAY=MO,FR"), "Every Monday and Friday at 09:00");
  assert.equal(words("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"), "Every 2 weeks on Monday at 09:00");
  assert.equal(words("FREQ=MONTHLY;BYDAY=4MO"), "Monthly on the fourth Monday at 09:00");
  assert.equal(words("FREQ=YEARLY"), "Every year on 23 November at 09:00");
  assert.equal(words("FREQ=DAILY;COUNT=3"), "Every day at 09:00, 3 times");
  assert.equal(words("FREQ=DAILY;UNTIL=20271231"), "Every day at 09:00, until 31 December 2027");
  assert.equal(words("FREQ=DAILY;BYHOUR=9,17"), "Every day at 09:00 and 17:00");
  assert.equal(words("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"), "Every month on the last weekday at 09:00");
  assert.equal(words("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,-1"), "Every month on the first and last of: Monday and Tuesday at 09:00");
  assert.equal(words("FREQ=MONTHLY;BYDAY=SA;BYSETPOS=2"), "Every month on the second Saturday at 09:00");
  assert.equal(words("FREQ=MONTHLY;BYDAY=2MO,-1FR;INTERVAL=3"), "Every 3 months on the second Monday and the last Friday at 09:00");
  assert.equal(words("FREQ=MONTHLY;BYMONTHDAY=1,15,-1"), "Every month on the days 1 and 15 and the last day of the month at 09:00");
  assert.equal(words("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR"), "Every month on Friday if it is day 13 at 09:00");
  assert.equal(words("FREQ=YEARLY;BYMONTH=1,7"), "Every year on day 23 in January and July at 09:00");
  assert.equal(words("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"), "Every year on Monday in week 20 at 09:00");
  assert.equal(words("FREQ=YEARLY;BYYEARDAY=100,-1"), "Every year on day 100 and the last day of the year at 09:00");
  assert.equal(words("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;INTERVAL=2"), "Every 2 weeks on weekdays at 09:00");
  assert.equal(words("FREQ=HOURLY;INTERVAL=2"), "Every 2 hours at minute 00");
  assert.equal(words("FREQ=DAILY;BYHOUR=9;UNTIL=20270101T120000Z"), "Every day at 09:00, until 1 January 2027");
  assert.equal(words("FREQ=MONTHLY;BYMONTHDAY=1;COUNT=4"), "Every month on day 1 at 09:00, 4 times");
  assert.equal(words("FREQ=DAILY;X-OTHER=1"), "By the rule FREQ=DAILY;X-OTHER=1");
});
