/**
 * Words. Every text that people read goes through `t`, whose first argument is the English message in ICU form. The build puts the messages
 * of all languages in its place, compiled (scripts/words.mjs): a part of the app brings its own words in each language, and another language
 * takes effect without a reload. So a constant of a module must not hold words: they would stay in the language of the first moment.
 */
import { i18n } from "@lingui/core";
import { keepLanguage, LANGUAGES, lastLanguage, SPEECH, type Language } from "./languages";
import { createStore } from "./store";

/** As compiled: text, or pieces of which some are filled in. */
type Message = string | readonly unknown[];
type Values = Record<string, unknown>;

export const language = createStore<Language>(lastLanguage());

let index = 0;

/** For Intl: how the language writes dates and numbers. */
export const locale = (): string => SPEECH[language.get()].locale;

function follow(): void {
  index = LANGUAGES.indexOf(language.get());
  i18n.loadAndActivate({ locale: language.get(), locales: locale(), messages: {} });
  if (typeof document !== "undefined") document.documentElement.lang = language.get();
}

follow();
language.subscribe(() => {
  follow();
  keepLanguage(language.get());
});

/** A name as it stands within a sentence: "Boards" → "boards"; German nouns keep their capital. */
export const within = (name: string): string => (language.get() === "de" ? name : name.toLowerCase());

export function t(message: string, values?: Values): string;
export function t(message: string | Message[], values: Values = {}): string {
  const said: Message = typeof message === "string" ? message : (message[index] ?? message[0]!);
  return typeof said === "string" ? said : i18n._("", values, { message: said as unknown as string }); // compiled: it fills in what is missing
}
