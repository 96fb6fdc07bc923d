// Compares the messages of the sources with the words of each language: node scripts/messages.mjs [--check]
// Writes into src/locales/<language>.json what is missing, with no words yet, and takes out what is no longer said. With --check nothing is
// written; it fails where words are missing or no longer said. Either fails where they have other places to fill in than the English message.
import { readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { cataloguePath, messagesOf, placesOf, readCatalogue, sources, src, TRANSLATIONS } from "./words.mjs";

const check = process.argv.includes("--check");
const problems = [];
const messages = new Set();
for (const path of await sources()) {
  for (const { message, late } of messagesOf(path, await readFile(path, "utf8"))) {
    messages.add(message);
    if (!late) problems.push(`${relative(src, path)}: t(${JSON.stringify(message)}) stands outside of all functions, so it would stay in one language`);
  }
}

function places(language, message, words) {
  try {
    const [english, other] = [placesOf(message).join(), placesOf(words).join()];
    if (english !== other) problems.push(`${language}: ${JSON.stringify(message)} takes (${english}), its words take (${other})`);
  } catch (error) {
    problems.push(`${language}: ${JSON.stringify(message)}: ${error.message}`);
  }
}

for (const language of TRANSLATIONS) {
  const old = await readCatalogue(language);
  const words = {};
  for (const message of [...messages].sort()) words[message] = old[message] ?? "";
  const missing = Object.keys(words).filter((message) => words[message] === "");
  const unsaid = Object.keys(old).filter((message) => !messages.has(message));
  if (check) {
    problems.push(...missing.map((message) => `${language}: no words for ${JSON.stringify(message)}`));
    problems.push(...unsaid.map((message) => `${language}: ${JSON.stringify(message)} is no longer said`));
  } else await writeFile(cataloguePath(language), JSON.stringify(words, null, 1) + "\n");
  for (const [message, said] of Object.entries(words)) if (said !== "") places(language, message, said);
  console.log(`${language}: ${messages.size} messages, ${missing.length} without words, ${unsaid.length} no longer said`);
}
if (problems.length > 0) console.error(problems.join("\n"));
if (check && problems.length > 0) console.error("npm run messages takes out and writes down; the words go into src/locales/<language>.json");
process.exit(problems.length > 0 ? 1 : 0);
