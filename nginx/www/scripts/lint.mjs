// What the type checker can't see: rules of this code base, as a program.
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 600;
const MAX_FUNCTION = 80;

const FORBIDDEN = [
  [/dangerouslySetInnerHTML|\.innerHTML\b|\.outerHTML\b|insertAdjacentHTML/, "HTML from text: render elements instead"],
  [/\beval\(|new Function\(/, "code from text"],
  [/<style[\s>]|createElement\(["']style/, "style elements are forbidden by the content security policy"],
  [/:\s*any\b|\bas any\b|<any>/, "any"],
  [/@ts-(ignore|expect-error|nocheck)/, "silenced type error"],
  [/\b(TODO|FIXME|XXX)\b/, "unfinished"],
  [/console\.(log|debug)/, "console output"],
  [/https?:\/\/(?!www\.w3\.org)[a-z0-9.-]+\.[a-z]{2,}/i, "an address of another host"],
  [/Overlay\b.*react-dialog|RadixDialog\.Overlay/, "Radix's overlay injects a style element"],
];

async function sources(dir) {
  const found = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...(await sources(path)));
    else if (/\.(tsx?|css)$/.test(entry.name) && !entry.name.endsWith(".gen.ts")) found.push(path);
  }
  return found;
}

const problems = [];
const name = (path) => relative(root, path);

function longFunctions(path, text) {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) {
      const from = tree.getLineAndCharacterOfPosition(node.getStart()).line;
      const to = tree.getLineAndCharacterOfPosition(node.getEnd()).line;
      if (to - from > MAX_FUNCTION) problems.push(`${name(path)}:${from + 1}: function of ${to - from} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
}

for (const path of [...(await sources(join(root, "src"))), ...(await sources(join(root, "worker")))]) {
  const text = await readFile(path, "utf8");
  const lines = text.split("\n");
  if (lines.length > MAX_LINES) problems.push(`${name(path)}: ${lines.length} lines`);
  lines.forEach((line, i) => {
    for (const [pattern, why] of FORBIDDEN) if (pattern.test(line)) problems.push(`${name(path)}:${i + 1}: ${why}`);
  });
  if (/\.tsx?$/.test(path)) longFunctions(path, text);
}
const lock = await readFile(join(root, "package-lock.json"), "utf8");
if (/"resolved"/.test(lock)) problems.push("package-lock.json names a registry");
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
for (const [dep, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
  if (!/^\d/.test(version)) problems.push(`package.json: ${dep} is not pinned exactly`);
}
const messages = spawnSync(process.execPath, [join(root, "scripts/messages.mjs"), "--check"], { encoding: "utf8" });
if (messages.status !== 0) problems.push(messages.stderr.trim());

for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
