/** Dates as Germans type them, word for word in the English that parse-date.ts reads. Both are understood in either language. Pure. */

const WORDS: Record<string, string> = {
  heute: "today", morgen: "tomorrow", übermorgen: "in 2 days", gestern: "yesterday", mittag: "noon", mittags: "noon", mitternacht: "midnight",
  um: "at", ein: "1", einem: "1", einer: "1", nächste: "next", nächsten: "next", nächster: "next", nächstes: "next",
  tag: "day", tage: "days", tagen: "days", woche: "week", wochen: "weeks", monat: "month", monate: "months", monaten: "months",
  mo: "mon", montag: "mon", di: "tue", dienstag: "tue", mi: "wed", mittwoch: "wed", do: "thu", donnerstag: "thu",
  fr: "fri", freitag: "fri", sa: "sat", samstag: "sat", sonnabend: "sat", so: "sun", sonntag: "sun",
  januar: "jan", jänner: "jan", jan: "jan", februar: "feb", feb: "feb", märz: "mar", mär: "mar", mrz: "mar", april: "apr", apr: "apr", mai: "may",
  juni: "jun", jun: "jun", juli: "jul", jul: "jul", august: "aug", aug: "aug", september: "sep", sept: "sep", sep: "sep",
  oktober: "oct", okt: "oct", november: "nov", nov: "nov", dezember: "dec", dez: "dec",
};

/** `text` in small letters with single blanks. Words that aren't German stay as they are. */
export function fromGerman(text: string): string {
  return text
    .replace(/^(am|bis) /, "")
    .replace(/(\d\.)(?=[a-zäöü])/g, "$1 ")
    .replace(/(\d{1,2})(?:[:.](\d{2}))? ?uhr$/, (_, hour: string, minute: string | undefined) => `${hour}:${minute ?? "00"}`)
    .split(" ")
    .map((word) => WORDS[word.replace(/[.,]$/, "")] ?? word)
    .join(" ");
}
