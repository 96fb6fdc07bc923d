// check-openapi.mjs FILE - holds an OpenAPI 3.1 document against what a reader of it relies on. Prints findings; exit 1 if any.
import { readFileSync } from "node:fs";

const doc = JSON.parse(readFileSync(process.argv[2], "utf8"));
const findings = [];
const found = (where, words) => findings.push(`${where}: ${words}`);
const methods = ["get", "post", "put", "patch", "delete"];

function resolve(ref) {
  return ref.slice(2).split("/").reduce((at, key) => at?.[key.replace(/~1/g, "/").replace(/~0/g, "~")], doc);
}
function walk(node, where) {
  if (Array.isArray(node)) return node.forEach((n, i) => walk(n, `${where}/${i}`));
  if (node === null || typeof node !== "object") return;
  if (typeof node.$ref === "string" && resolve(node.$ref) === undefined) found(where, `${node.$ref} leads nowhere`);
  for (const [key, value] of Object.entries(node)) walk(value, `${where}/${key}`);
}

if (!/^3\.1\./.test(doc.openapi ?? "")) found("openapi", "is not 3.1");
for (const key of ["title", "version"]) if (!doc.info?.[key]) found("info", `lacks ${key}`);
if (Object.keys(doc.paths ?? {}).length === 0) found("paths", "is empty");
walk(doc, "#");

const seen = new Map();
const tags = new Set((doc.tags ?? []).map((t) => t.name));
for (const [path, item] of Object.entries(doc.paths ?? {})) {
  for (const method of methods.filter((m) => item[m])) {
    const op = item[method];
    const where = `${method.toUpperCase()} ${path}`;
    if (!op.operationId) found(where, "lacks operationId");
    if (seen.has(op.operationId)) found(where, `shares operationId ${op.operationId} with ${seen.get(op.operationId)}`);
    seen.set(op.operationId, where);
    if (!op.summary) found(where, "lacks summary");
    if (!(op.tags ?? []).length || !op.tags.every((t) => tags.has(t))) found(where, "has no declared tag");
    const parameters = [...(item.parameters ?? []), ...(op.parameters ?? [])].map((p) => (p.$ref ? resolve(p.$ref) : p));
    const inPath = new Set(parameters.filter((p) => p?.in === "path").map((p) => p.name));
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
    for (const name of named) if (!inPath.has(name)) found(where, `path parameter ${name} is not declared`);
    for (const name of inPath) if (!named.includes(name)) found(where, `path parameter ${name} is not in the path`);
    const keys = parameters.map((p) => `${p?.in} ${p?.name}`);
    keys.forEach((k, i) => keys.indexOf(k) !== i && found(where, `parameter ${k} stands twice`));
    const codes = Object.keys(op.responses ?? {});
    if (!codes.some((c) => c.startsWith("2"))) found(where, "has no success response");
    if (!codes.some((c) => c.startsWith("4") || c.startsWith("5") || c === "default")) found(where, "has no error response");
    if (method === "get" && op.requestBody) found(where, "has a body");
    // Of a deletion, a body says nothing, unless it must be there: as the password of one's own account must.
    if (method === "delete" && op.requestBody && !op.requestBody.required) found(where, "has a body that may be left out");
  }
}
for (const [name, schema] of Object.entries(doc.components?.schemas ?? {})) {
  for (const key of schema.required ?? []) {
    if (schema.properties && !schema.properties[key]) found(`schema ${name}`, `requires ${key}, which it doesn't have`);
  }
}

for (const line of findings) console.log(`openapi.json: ${line}`);
process.exit(findings.length > 0 ? 1 : 0);
