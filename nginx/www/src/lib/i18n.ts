/**
 * Words. Every text that people read goes through `t`, whose first argument is the English message in ICU form. The build puts the messages
 * of all languages in its place, compiled (scripts/words.mjs): a part of the app brings its own words in each language, and another language
 * takes effect without a reload. So a constant of a module must not hold words: they would stay in the language of the first moment.
 */
import { keepLanguage, LANGUAGES, lastLanguage, SPEECH, type Language } from "./languages";
import { createStore } from "./store";

/** Text, "#" for the number that a plural is about, a value by its name, or words that depend on a value. */
type Piece = string | [name: string] | [name: string, kind: "plural" | "selectordinal" | "select", cases: Cases];
type Cases = { offset?: number } & Record<string, Piece[]>;
type Message = string | Piece[];
type Values = Record<string, unknown>;

export const language = createStore<Language>(lastLanguage());

let index = 0;
let plural: Record<"cardinal" | "ordinal", Intl.PluralRules>;
let numbers: Intl.NumberFormat;

/** For Intl: how the language writes dates and numbers. */
export const locale = (): string => SPEECH[language.get()].locale;

function follow(): void {
  index = LANGUAGES.indexOf(language.get());
  plural = { cardinal: new Intl.PluralRules(locale()), ordinal: new Intl.PluralRules(locale(), { type: "ordinal" }) };
  numbers = new Intl.NumberFormat(locale());
  if (typeof document !== "undefined") document.documentElement.lang = language.get();
}

follow();
language.subscribe(() => {
  follow();
  keepLanguage(language.get());
});

function chosen(kind: "plural" | "selectordinal" | "select", cases: Cases, value: unknown): Piece[] {
  const named = cases[String(value)];
  if (kind === "select" || named) return named ?? cases["other"] ?? [];
  const rule = plural[kind === "plural" ? "cardinal" : "ordinal"].select(Number(value) - (cases.offset ?? 0));
  return cases[rule] ?? cases["other"] ?? [];
}

function write(pieces: Piece[], values: Values, count: number | null): string {
  return pieces
    .map((piece) => {
      if (piece === "#" && count !== null) return numbers.format(count);
      if (typeof piece === "string") return piece;
      const [name, kind, cases] = piece;
      const value = values[name];
      if (!kind || !cases) return value === undefined || value === null ? "" : String(value);
      return write(chosen(kind, cases, value), values, kind === "select" ? count : Number(value) - (cases.offset ?? 0));
    })
    .join("");
}

export function t(message: string, values?: Values): string;
export function t(message: string | Message[], values: Values = {}): string {
  const said: Message = typeof message === "string" ? message : (message[index] ?? message[0]!);
  return typeof said === "string" ? said : write(said, values, null);
}
