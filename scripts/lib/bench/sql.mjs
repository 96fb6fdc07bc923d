// sql.mjs - turns what PostgreSQL logged of one request into a pgbench script: the very same statements, in one pipeline.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { call, psql } from "./stack.mjs";

// Text of a named query -> the types of its parameters, as the worker declares them.
function declaredTypes(root) {
  const out = execFileSync(`${root}/build/release/bin/kararactl`, ["queries"], { encoding: "utf8", maxBuffer: 1 << 26 });
  return new Map(out.trim().split("\n").map((line) => {
    const [, params, text] = line.split("\t");
    return [text, params === "" ? [] : params.split(", ").map((p) => p.slice(p.indexOf(" ") + 1))];
  }));
}

// A page or a count is laid around the text of a :list query, whose parameters come first.
function typesOf(types, text) {
  return types.get(text) ?? [...types].find(([base]) => text.includes(`(${base}) q where`))?.[1] ?? [];
}

function logText(stack) {
  const files = readdirSync(stack.log).filter((f) => /postgres/.test(f)).map((f) => `${stack.log}/${f}`).filter((f) => statSync(f).isFile());
  return files.map((f) => readFileSync(f, "utf8")).join("\n");
}

// Statements of the last request that the worker's application ran, with their parameters.
export async function captured(stack, method, path, token, body) {
  psql(stack, ["-c", "alter system set log_statement = 'all'", "-c", "alter system set log_parameter_max_length = -1", "-c", "select pg_reload_conf()"]);
  await new Promise((r) => setTimeout(r, 300));
  for (let i = 0; i < 12; i++) await call(stack, method, path, token, body); // every worker has its caches and statements
  const before = logText(stack).length;
  await call(stack, method, path, token, body);
  await new Promise((r) => setTimeout(r, 300));
  const text = logText(stack).slice(before);
  psql(stack, ["-c", "alter system reset log_statement", "-c", "select pg_reload_conf()"]);
  await new Promise((r) => setTimeout(r, 300));
  const statements = [];
  for (const line of text.split("\n")) {
    const execute = /karara_app@\S+ LOG:\s+execute [^:]+: (.*)$/.exec(line);
    const detail = /karara_app@\S+ DETAIL:\s+parameters: (.*)$/.exec(line);
    if (execute) statements.push({ text: execute[1], values: [] });
    if (detail && statements.length) statements.at(-1).values = splitParameters(detail[1]);
  }
  if (statements.length === 0) throw new Error(`nothing was logged for ${method} ${path}`);
  return statements;
}

// "$1 = 'x', $2 = NULL" -> ["'x'", "NULL"], with quotes doubled inside.
function splitParameters(text) {
  const out = [];
  const pattern = /\$(\d+) = (NULL|'(?:[^']|'')*')/g;
  for (let m; (m = pattern.exec(text)); ) out[Number(m[1]) - 1] = m[2];
  return out;
}

const ID = /^'00000000-0000-7000-(80\d\d)-(\d{12})'$/;

// Constants go in as -D variables, so that they are parameters for pgbench as they are for the worker; the drawn id by an expression
// over a number, and ids that must be new by gen_random_uuid().
export function script(root, file, statements, draw, newIds) {
  const types = declaredTypes(root);
  const defines = [];
  const lines = Object.entries(draw).map(([name, [from, to]]) => `\\set ${name} random(${from}, ${to})`);
  lines.push("\\startpipeline");
  for (const s of statements) {
    let sql = s.text;
    for (let i = s.values.length; i >= 1; i--) {
      const value = s.values[i - 1];
      const id = ID.exec(value);
      const kind = id ? Number(id[1]) - 8000 : -1;
      let by;
      if (id && kind === 0 && draw.task) by = "bench.id(0, :task)";
      else if (id && kind === 2 && draw.board) by = "bench.id(2, :board)";
      else if (newIds.has(value)) by = "gen_random_uuid()";
      else if (value === "NULL") by = `null::${typesOf(types, s.text)[i - 1] ?? "text"}`;
      else {
        const plain = value.slice(1, -1).replace(/''/g, "'");
        let at = defines.findIndex((d) => d === plain);
        if (at < 0) at = defines.push(plain) - 1;
        by = `:v${at}`;
      }
      sql = sql.replace(new RegExp(`\\$${i}(?!\\d)`, "g"), () => by);
    }
    lines.push(`${sql};`);
  }
  lines.push("\\endpipeline");
  writeFileSync(file, lines.join("\n") + "\n");
  return defines.flatMap((d, i) => ["-D", `v${i}=${d}`]);
}
