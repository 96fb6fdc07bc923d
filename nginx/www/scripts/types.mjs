// Writes src/api/types.gen.ts from the OpenAPI document: node scripts/types.mjs [--check] [FILE]
// Without FILE the document is asked from the built program (kararactl openapi).
import { fileURLToPath } from "node:url";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}src/api/types.gen.ts`;
const args = process.argv.slice(2);
const check = args.includes("--check");
const file = args.find((arg) => !arg.startsWith("--"));
const ctl = process.env.KARARACTL ?? `${root}../../build/release/bin/kararactl`;
const text = file ? readFileSync(file, "utf8") : execFileSync(ctl, ["openapi"], { encoding: "utf8", maxBuffer: 1 << 26 });
const { components, info, paths } = JSON.parse(text);

/** Those that say how answers are wrapped; the client unwraps them before anybody sees a type. */
const WRAPPING = new Set(["Envelope", "Page", "Error"]);

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const kinds = [schema.type ?? "unknown"].flat();
  return kinds.map((kind) => one(kind, schema)).join(" | ");
}

function one(kind, schema) {
  if (kind === "array") {
    const item = schema.items ? typeOf(schema.items) : "unknown";
    return item.includes("|") ? `(${item})[]` : `${item}[]`;
  }
  if (kind === "integer" || kind === "number") return "number";
  if (kind === "string" || kind === "boolean" || kind === "null") return kind;
  if (kind === "object") return schema.properties ? `{ ${fields(schema).join(" ")} }` : "Record<string, unknown>";
  return "unknown";
}

function fields(schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([name, field]) => `${name}${required.has(name) ? "" : "?"}: ${typeOf(field)};`);
}

function declaration([name, schema]) {
  const about = schema.description ? `/** ${schema.description} */\n` : "";
  if (schema.type !== "object" || !schema.properties) return `${about}export type ${name} = ${typeOf(schema)};`;
  return `${about}export interface ${name} {\n${fields(schema).map((line) => `  ${line}`).join("\n")}\n}`;
}

/** What API tokens can be good for: a list that the app shows, so it is a value and no type alone. */
function scopes() {
  const rows = Object.values(paths).flatMap((methods) => Object.values(methods));
  const names = [...new Set(rows.map((row) => row["x-scope"]).filter(Boolean))].sort();
  return `export const scopes = [${names.map((name) => JSON.stringify(name)).join(", ")}] as const;`;
}

const parts = Object.entries(components.schemas).filter(([name]) => !WRAPPING.has(name)).map(declaration);
const output = `/* Made by scripts/types.mjs from the OpenAPI document of ${info.title}; don't edit. */\n\n${parts.join("\n\n")}\n\n${scopes()}\n`;

if (!check) writeFileSync(target, output);
else if (readFileSync(target, "utf8") !== output) {
  console.error("src/api/types.gen.ts is out of date: npm run types");
  process.exit(1);
}
