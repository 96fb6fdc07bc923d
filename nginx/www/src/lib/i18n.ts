/**
 * Words. Every text that people read goes through `t`, whose first argument is the English message in ICU form;
 * `npm run messages` collects them and compiles those that need it into locales/<language>.json.
 */
import { i18n, type Messages } from "@lingui/core";
import en from "../locales/en.json";

i18n.load("en", en as unknown as Messages);
i18n.activate("en");

export function t(message: string, values?: Record<string, unknown>): string {
  return i18n._(message, values);
}
