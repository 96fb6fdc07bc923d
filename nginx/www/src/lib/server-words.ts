/**
 * What the server says in English, in another language. The server knows no language of those who ask, and its words are a small and slow set;
 * what is missing here stays as it says it. A chunk of its own, fetched with the first refusal.
 */
import german from "../locales/server.de.json";
import type { Language } from "./languages";

const WORDS: Partial<Record<Language, Record<string, string>>> = { de: german };

type Pattern = [test: RegExp, words: string];

/** "{}" stands for anything, "{*}" for words that are looked up in their turn. */
function patterns(all: Record<string, string>): Pattern[] {
  return Object.entries(all)
    .filter(([english]) => english.includes("{"))
    .sort(([a], [b]) => b.length - a.length)
    .map(([english, words]) => [new RegExp(`^${english.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{(?:\\\*)?\}/g, "(.+?)")}$`, "s"), words]);
}

const known = new Map<Language, Pattern[]>();

export function serverWords(message: string, language: Language): string {
  const all = WORDS[language];
  if (!all) return message;
  const exact = all[message];
  if (exact !== undefined) return exact;
  if (!known.has(language)) known.set(language, patterns(all));
  for (const [test, words] of known.get(language)!) {
    const found = test.exec(message);
    if (!found) continue;
    let at = 1;
    return words.replace(/\{(\*)?\}/g, (_, again: string | undefined) => (again ? serverWords(found[at++] ?? "", language) : (found[at++] ?? "")));
  }
  return message;
}
