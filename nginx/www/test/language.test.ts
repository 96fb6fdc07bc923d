import assert from "node:assert/strict";
import { test } from "node:test";
import { language, t } from "../src/lib/i18n";
import { languageOf } from "../src/lib/languages";

test("a language is known by its tag, whatever the country", () => {
  assert.equal(languageOf("de-AT"), "de");
  assert.equal(languageOf("EN_us"), "en");
  for (const tag of ["fr", "deu", "", undefined, 7]) assert.equal(languageOf(tag), null);
});

test("words follow the number and the value, in English", () => {
  language.set("en");
  assert.equal(t("{count, plural, one {# account} other {# accounts}}", { count: 1 }), "1 account");
  assert.equal(t("{count, plural, one {# account} other {# accounts}}", { count: 1200 }), "1,200 accounts");
  assert.equal(t("{count, plural, =0 {Nothing was unread.} one {# is marked as read.} other {# are marked as read.}}", { count: 0 }), "Nothing was unread.");
});
