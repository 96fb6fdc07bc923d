/**
 * Words. Every text that people read goes through `t`, whose first argument is the English message in ICU form.
 * `npm run messages` collects them and compiles into locales/en.json those that have something to fill in; the others
 * are their own translation, so the English catalogue stays small.
 */
import { i18n, type Messages } from "@lingui/core";
import en from "../locales/en.json";

const catalogue = en as unknown as Messages;

i18n.load("en", catalogue);
i18n.activate("en");

export function t(message: string, values?: Record<string, unknown>): string {
  return message in catalogue ? i18n._(message, values) : message;
}
