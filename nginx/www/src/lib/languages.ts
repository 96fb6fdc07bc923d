/**
 * The languages that the app speaks, and which one a browser gets. Knows no words and nothing of React: theme-boot.ts sets `<html lang>` with
 * it before the first paint.
 */
import { readLocal, writeLocal } from "./storage";

/** In the order of the words that scripts/words.mjs puts into the code. The first is the one that the sources are written in. */
export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** As those say who speak them, and how they write dates and numbers. */
export const SPEECH: Record<Language, { name: string; locale: string }> = {
  en: { name: "English", locale: "en-GB" },
  de: { name: "Deutsch", locale: "de-DE" },
};

/** What the page spoke last: the next one begins with it. */
const LAST = "karara.language";
/** What was chosen on this device before sign-in. */
const HERE = "karara.language.here";

/** "de-AT" → "de"; null for what isn't spoken here. */
export function languageOf(tag: unknown): Language | null {
  const first = typeof tag === "string" ? tag.toLowerCase().split(/[-_]/)[0] : "";
  return LANGUAGES.find((language) => language === first) ?? null;
}

/** The first of the browser's languages that is spoken here. */
export function browserLanguage(): Language | null {
  for (const tag of typeof navigator === "undefined" ? [] : (navigator.languages ?? [])) {
    const found = languageOf(tag);
    if (found) return found;
  }
  return null;
}

/** With which day weeks begin, 0 for Sunday: as the language has it, where the browser knows, else Monday. */
export function weekStart(locale: string): 0 | 1 | 2 | 3 | 4 | 5 | 6 {
  const known = new Intl.Locale(locale) as Intl.Locale & { weekInfo?: { firstDay: number }; getWeekInfo?(): { firstDay: number } };
  const first = (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
  return (first % 7) as 0 | 1 | 2 | 3 | 4 | 5 | 6;
}

export const lastLanguage = (): Language => languageOf(readLocal(LAST)) ?? browserLanguage() ?? LANGUAGES[0];
export const keepLanguage = (language: Language): void => writeLocal(LAST, language);
export const languageHere = (): Language | null => languageOf(readLocal(HERE));
export const keepLanguageHere = (language: Language): void => writeLocal(HERE, language);
