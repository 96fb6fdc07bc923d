import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bytes, milliseconds, number, span } from "../src/admin/words";
import { ago, shortDate, shortDay } from "../src/lib/dates";
import { language, t, within } from "../src/lib/i18n";
import { languageOf, weekStart, type Language } from "../src/lib/languages";
import { serverWords } from "../src/lib/server-words";
import { ruleWords } from "../src/templates/rule";

function speaking(one: Language, work: () => void): void {
  const before = language.get();
  language.set(one);
  try {
    work();
  } finally {
    language.set(before);
  }
}

const accounts = (count: number) => t("{count, plural, one {# account} other {# accounts}}", { count });
const unread = (count: number) => t("{count, plural, =0 {Nothing was unread.} one {# is marked as read.} other {# are marked as read.}}", { count });

test("a language is known by its tag, whatever the country", () => {
  assert.equal(languageOf("de-AT"), "de");
  assert.equal(languageOf("EN_us"), "en");
  for (const tag of ["fr", "deu", "", undefined, 7]) assert.equal(languageOf(tag), null);
});

test("words follow the number", () => {
  speaking("en", () => {
    assert.deepEqual([accounts(1), accounts(0), accounts(1200)], ["1 account", "0 accounts", "1,200 accounts"]);
    assert.equal(unread(0), "Nothing was unread.");
  });
  speaking("de", () => {
    assert.deepEqual([accounts(1), accounts(0), accounts(1200)], ["1 Konto", "0 Konten", "1.200 Konten"]);
    assert.deepEqual([unread(0), unread(1), unread(3)], ["Nichts war ungelesen.", "1 ist als gelesen markiert.", "3 sind als gelesen markiert."]);
  });
});

test("what is filled in stands as it was given, and what isn't known is left out", () => {
  speaking("de", () => {
    assert.equal(t("Nobody translates {name}", { name: "{x}" }), "Nobody translates {x}", "without German words it is said in English");
    assert.equal(t("Role of {name}", { name: "Ada {x} #" }), "Rolle von Ada {x} #");
    assert.equal(t("Role of {name}"), "Rolle von ");
  });
});

test("numbers are written as the language has it", () => {
  speaking("en", () => assert.deepEqual([number(1234.5), span(2_300_000), milliseconds(340), bytes(2_500_000)], ["1,234.5", "2.3 s", "0.3 ms", "2.5 MB"]));
  speaking("de", () => assert.deepEqual([number(1234.5), span(2_300_000), milliseconds(340), bytes(2_500_000)], ["1.234,5", "2,3 s", "0,3 ms", "2,5 MB"]));
  speaking("de", () => assert.equal(within("Boards"), "Boards"));
  speaking("en", () => assert.equal(within("Boards"), "boards"));
});

test("dates and times ago are said in the language", () => {
  const now = Date.now(), minutesAgo = (n: number) => new Date(now - n * 60_000).toISOString();
  speaking("de", () => {
    assert.equal(ago(minutesAgo(5)), "vor 5 Min.");
    assert.equal(ago(minutesAgo(0)), "gerade eben");
    assert.equal(shortDate("2019-12-24T12:00:00Z"), "24. Dez. 2019 13:00");
    assert.equal(shortDay("2019-12-24T12:00:00Z"), "Dienstag, 24. Dezember 2019");
  });
  speaking("en", () => assert.equal(shortDate("2019-12-24T12:00:00Z"), "24 Dec 2019 13:00"));
  assert.equal(weekStart("de-DE"), 1);
});

test("a recurrence is told in German as Germans say it", () => {
  const starts = "2026-11-23T09:00";
  const said: Record<string, string> = {
    "FREQ=DAILY": "Jeden Tag um 09:00",
    "FREQ=WEEKLY;BYDAY=MO,FR": "Jeden Montag und Freitag um 09:00",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO": "Alle 2 Wochen am Montag um 09:00",
    "FREQ=MONTHLY;BYMONTHDAY=23": "Monatlich am 23. um 09:00",
    "FREQ=MONTHLY;BYDAY=4MO": "Monatlich am vierten Montag um 09:00",
    "FREQ=YEARLY;COUNT=5": "Jedes Jahr am 23. November um 09:00, 5-mal",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": "Jeden Monat am letzten Werktag um 09:00",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2": "Jeden Monat am vorletzten Werktag um 09:00",
    "FREQ=MONTHLY;BYMONTHDAY=1,15": "Jeden Monat am 1. und 15. um 09:00",
    "FREQ=MONTHLY;BYMONTHDAY=1,-1;BYHOUR=9,17": "Jeden Monat am 1. und letzten Tag des Monats um 09:00 und 17:00",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13": "Jeden Monat am Freitag (nur am 13.) um 09:00",
    "FREQ=YEARLY;BYYEARDAY=100": "Jedes Jahr am 100. Tag des Jahres um 09:00",
    "FREQ=YEARLY;BYMONTH=1,7;BYDAY=1MO": "Jedes Jahr am ersten Montag im Januar und Juli um 09:00",
  };
  speaking("de", () => {
    for (const [rule, words] of Object.entries(said)) assert.equal(ruleWords(rule, starts), words);
  });
});

test("the server's refusals are said in German, with what they name", () => {
  const said: Record<string, string> = {
    "must be at most 255 characters": "darf höchstens 255 Zeichen haben",
    "must be at most 1 character": "darf höchstens 1 Zeichen haben",
    "must be at most 100": "darf höchstens 100 sein",
    "item 3 must be at least 2 characters": "Eintrag 3 muss mindestens 2 Zeichen haben",
    "must be one of: low, high": "muss eines davon sein: low, high",
    "There is no such board here.": "Das gibt es hier nicht.",
    "This invitation is for a+b@c.example. Sign in with that address to accept it.": "Diese Einladung ist für a+b@c.example. Melden Sie sich mit dieser Adresse an, um sie anzunehmen.",
    "Words that nobody knows (yet).": "Words that nobody knows (yet).",
  };
  for (const [english, german] of Object.entries(said)) assert.equal(serverWords(english, "de"), german);
  assert.equal(serverWords("Too many requests.", "en"), "Too many requests.");
});

test("each of the server's errors has German words", () => {
  const register = readFileSync(new URL("../../../../app/core/err.def", import.meta.url), "utf8");
  const messages = [...register.matchAll(/^ERR\(\w+, \d+, "(.+)"\)$/gm)].map((found) => found[1]!);
  assert.ok(messages.length > 20);
  for (const message of messages) assert.notEqual(serverWords(message, "de"), message);
});
