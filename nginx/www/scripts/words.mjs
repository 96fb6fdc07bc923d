// The messages of t("…"): finds them in the sources, and puts the compiled words of all languages in their place while the code is built.
import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const src = fileURLToPath(new URL("../src/", import.meta.url));

/** Besides English, in the order of LANGUAGES in src/lib/languages.ts. */
export const TRANSLATIONS = ["de"];

export const cataloguePath = (language) => join(src, `locales/${language}.json`);
export const readCatalogue = async (language) => JSON.parse(await readFile(cataloguePath(language), "utf8"));

/** True inside of a function: what stands outside of all is said once, when the module is loaded, in the language of that moment. */
function isLate(node) {
  for (let at = node.parent; at; at = at.parent) if (ts.isFunctionLike(at)) return true;
  return false;
}

/** The messages of a file: their text, where they stand, and whether they are said anew each time. */
export function messagesOf(path, text) {
  const found = [];
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const visit = (node) => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "t") {
      const [first] = node.arguments;
      if (!first || !ts.isStringLiteralLike(first)) throw new Error(`${path}: t() needs a literal, got ${first?.getText()}`);
      found.push({ message: first.text, from: first.getStart(), to: first.getEnd(), late: isLate(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Text without places to fill in stays text; apostrophes quote in ICU, so they are only looked at where something is filled in. */
export function compiled(message) {
  return message.includes("{") ? compileMessageOrThrow(message) : message;
}

/** The names of the values that a message takes, sorted, each once. */
export function placesOf(message) {
  const names = new Set();
  const walk = (pieces) => {
    for (const piece of pieces) {
      if (typeof piece === "string") continue;
      names.add(piece[0]);
      for (const [key, inner] of Object.entries(piece[2] ?? {})) if (key !== "offset") walk(inner);
    }
  };
  const pieces = compiled(message);
  if (typeof pieces !== "string") walk(pieces);
  return [...names].sort();
}

export async function sources(dir = src) {
  const found = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...(await sources(path)));
    else if (/\.tsx?$/.test(entry.name) && !/\.gen\.ts$|\.d\.ts$/.test(entry.name) && !path.endsWith("lib/i18n.ts")) found.push(path);
  }
  return found.sort();
}

/** esbuild: `t("Save")` becomes `t(["Save","Speichern"])`. What a language doesn't have is said in English. */
export const words = {
  name: "words",
  setup(build) {
    let catalogues = [];
    build.onStart(async () => {
      catalogues = await Promise.all(TRANSLATIONS.map(readCatalogue));
    });
    build.onLoad({ filter: /[/\\](src|test)[/\\].*\.tsx?$/, namespace: "file" }, async ({ path }) => {
      const loader = path.endsWith("x") ? "tsx" : "ts";
      const text = await readFile(path, "utf8");
      if (!/\bt\(/.test(text) || path.includes("node_modules") || path.endsWith("lib/i18n.ts")) return { contents: text, loader };
      let contents = "", at = 0;
      for (const { message, from, to } of messagesOf(path, text)) {
        const said = [message, ...catalogues.map((catalogue) => catalogue[message] || message)].map(compiled);
        contents += text.slice(at, from) + JSON.stringify(said);
        at = to;
      }
      return { contents: contents + text.slice(at), loader };
    });
  },
};
