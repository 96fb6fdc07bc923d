// Collects the messages of t("…") from the sources and compiles them: node scripts/messages.mjs [--check]
// With --check nothing is written; it fails when the committed catalogue is out of date.
import { fileURLToPath } from "node:url";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const catalogue = join(src, "locales/en.json");

async function sources(dir) {
  const found = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...(await sources(path)));
    else if (/\.tsx?$/.test(entry.name)) found.push(path);
  }
  return found;
}

function collect(file, text, into) {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, file.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText() === "t") {
      const [first] = node.arguments;
      if (!first || !ts.isStringLiteralLike(first)) throw new Error(`${file}: t() needs a literal, got ${first?.getText()}`);
      into.add(first.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
}

const messages = new Set();
for (const file of await sources(src)) {
  if (!file.endsWith("lib/i18n.ts")) collect(file, await readFile(file, "utf8"), messages);
}
const compiled = {};
for (const message of [...messages].sort()) {
  if (/[{}#']/.test(message) && message.includes("{")) compiled[message] = compileMessage(message);
}
const text = JSON.stringify(compiled, null, 1) + "\n";
if (process.argv.includes("--check")) {
  if ((await readFile(catalogue, "utf8")) !== text) {
    console.error("locales/en.json is out of date: npm run messages");
    process.exit(1);
  }
} else {
  await writeFile(catalogue, text);
}
console.log(`${messages.size} messages, ${Object.keys(compiled).length} compiled`);
