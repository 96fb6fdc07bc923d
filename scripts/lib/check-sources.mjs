// check-sources.mjs ROOT - rules of the house that a compiler doesn't know. Prints each finding as file:line: words; exit 1 if any.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

const root = process.argv[2];
const findings = [];
const found = (file, line, words) => findings.push(`${relative(root, file)}:${line}: ${words}`);

function filesBelow(folder, pattern) {
  const out = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (!["node_modules", "dist", "build"].includes(name)) out.push(...filesBelow(path, pattern));
    } else if (pattern.test(name)) out.push(path);
  }
  return out;
}

const app = join(root, "app");
const sources = filesBelow(app, /\.[ch]$/);
const text = new Map(sources.map((f) => [f, readFileSync(f, "utf8")]));
const linesOf = (f) => (text.get(f) ?? readFileSync(f, "utf8")).split("\n");
const shelfOf = (f) => relative(app, f).split("/")[0];

// Lower shelves never include higher ones.
const shelves = ["core", "platform", "http", "api", "domains", "worker", "hub", "ctl"];
const mayInclude = {
  core: ["core"],
  platform: ["core", "platform"],
  http: ["core", "http"],
  api: ["core", "platform", "http", "api"],
  domains: ["core", "platform", "http", "api", "domains"],
};
for (const f of sources) {
  const shelf = shelfOf(f);
  linesOf(f).forEach((line, i) => {
    const m = /^\s*#include "([^"]+)"/.exec(line);
    if (!m) return;
    const [target, domain, header] = m[1].split("/");
    if (shelves.includes(target) && mayInclude[shelf] && !mayInclude[shelf].includes(target)) {
      found(f, i + 1, `${shelf}/ may not include ${m[1]}`);
    }
    const own = relative(app, f).split("/")[1];
    if (shelf === "domains" && target === "domains" && domain !== own && header !== `${domain}.h`) {
      found(f, i + 1, `another domain is reached through its ${domain}.h only, not ${m[1]}`);
    }
    const generated = /^(\w+)_sql\.h$/.exec(m[1]);
    if (shelf === "domains" && generated) {
      const home = sources.concat(filesBelow(app, /\.sql$/)).find((s) => basename(s) === `${generated[1]}.sql`);
      if (home && dirname(home) !== dirname(f) && shelfOf(home) === "domains") {
        found(f, i + 1, `${m[1]} belongs to another domain`);
      }
    }
  });
}

// A library's header is seen by one module.
const libraries = {
  "libpq-fe.h": /^platform\/db_internal\.h$/,
  "fcgiapp.h": /^http\/fcgi\.c$/,
  "fcgi_config.h": /^http\/fcgi\.c$/,
  "jwt.h": /^platform\/jwt\.c$/,
  "liboath/oath.h": /^platform\/totp\.c$/,
  "magic.h": /^platform\/image\.c$/,
  "idn2.h": /^platform\/idn\.c$/,
  "maxminddb.h": /^platform\/place\.c$/,
  "qrencode.h": /^platform\/qr\.c$/,
  "curl/curl.h": /^platform\/(https|smtp)\.c$/,
  "openssl/evp.h": /^platform\/webpush\.c$/,
  "libmemcached/memcached.h": /^platform\/cache\.c$/,
};
for (const f of sources) {
  linesOf(f).forEach((line, i) => {
    const m = /^\s*#include <([^>]+)>/.exec(line);
    if (m && libraries[m[1]] && !libraries[m[1]].test(relative(app, f))) found(f, i + 1, `<${m[1]}> is not for this module`);
  });
}

// Calls that have no safe use here.
const banned = /\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|system|popen|rand|srand|atoi|atol|scanf|sscanf|tmpnam|mktemp|json_set_alloc_funcs)\s*\(/;
for (const f of sources) {
  linesOf(f).forEach((line, i) => {
    const code = line.replace(/\/\*.*?\*\//g, "").replace(/\/\/.*$/, "").replace(/"(\\.|[^"\\])*"/g, '""');
    if (/^\s*\*|^\s*\/\*/.test(line)) return;
    const m = banned.exec(code);
    if (m) found(f, i + 1, `${m[1]}() is not used here`);
  });
}

// Passwords are computed through one place, which knows where that may happen.
for (const f of sources) {
  if (shelfOf(f) !== "domains" || relative(app, f) === "domains/auth/auth_hash.c") continue;
  linesOf(f).forEach((line, i) => {
    if (/\bpassword_(hash|verify)\s*\(/.test(line)) found(f, i + 1, "passwords are computed by auth_password_hash and auth_password_fits");
  });
}

// Sizes, headers, leftovers: of whatever we write by hand.
const www = join(root, "nginx", "www");
const webSources = ["src", "worker"].flatMap((folder) => filesBelow(join(www, folder), /\.(tsx?|css)$/)).filter((f) => !f.endsWith(".gen.ts"));
const others = [
  ...filesBelow(app, /\.(sql|def|css|html|js|cmake)$/),
  ...webSources,
  ...filesBelow(join(root, "sql"), /\.sql$/),
  ...filesBelow(join(root, "scripts"), /./),
  ...filesBelow(join(root, "tests"), /\.(mjs|py)$/),
  ...filesBelow(join(www, "test"), /\.(tsx?|mjs)$/),
];
const code = [...sources, ...filesBelow(join(root, "tests"), /\.[ch]$/)];
// Longer than a file may be, until it is told apart by subject. No other joins it.
const long = new Set(["tests/browser/brand.test.mjs"]);
for (const f of [...code, ...others]) {
  const count = linesOf(f).length - 1;
  if (count > 600 && !long.has(relative(root, f))) found(f, 600, `${count} lines: a file has at most 600`);
}
for (const f of code) {
  const lines = linesOf(f);
  if (f.endsWith(".h") && !lines.includes("#pragma once")) found(f, 1, "lacks #pragma once");
  if (!lines[0].startsWith("/*")) found(f, 1, "begins without a word on what it is for");
  let start = 0;
  lines.forEach((line, i) => {
    if (line === "{") start = i;
    if (line === "}" && start > 0) {
      if (i - start > 60) found(f, start + 1, `a function of ${i - start} lines: at most 60`);
      start = 0;
    }
  });
}
const marks = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`);
for (const f of [...code, ...others]) {
  linesOf(f).forEach((line, i) => {
    if (marks.test(line)) found(f, i + 1, "speaks of something unfinished");
  });
}

// What the web app exports is imported, or used at least where it stands; a class of a style sheet is some element's.
const web = webSources.map((f) => ({ f, text: readFileSync(f, "utf8") }));
const webScripts = web.filter(({ f }) => !f.endsWith(".css"));
const times = (word, within) => within.match(new RegExp(`\\b${word}\\b`, "g"))?.length ?? 0;
for (const { f, text: t } of webScripts) {
  for (const [, name] of t.matchAll(/^export (?:async )?(?:function\*?|const|let|class|type|interface|enum) (\w+)/gm)) {
    if (times(name, t) < 2 && !webScripts.some((other) => other.f !== f && times(name, other.text) > 0)) {
      found(f, t.slice(0, t.search(new RegExp(`\\b${name}\\b`))).split("\n").length, `${name} is used nowhere`);
    }
  }
}
const webText = webScripts.map(({ text: t }) => t).join("\n");
for (const { f, text: t } of web.filter((w) => w.f.endsWith(".module.css"))) {
  const users = webScripts.filter((w) => w.text.includes(`/${basename(f)}"`)).map((w) => w.text).join("\n");
  const imported = [...new Set([...users.matchAll(new RegExp(`import (\\w+) from "[^"]*/${basename(f).replaceAll(".", "\\.")}"`, "g"))].map((m) => m[1]))];
  const selectors = t.replace(/\/\*.*?\*\//gs, "").replace(/\{[^{}]*\}/g, "{}");
  for (const name of new Set([...selectors.matchAll(/\.([A-Za-z][\w-]*)/g)].map((m) => m[1]))) {
    const used =
      imported.some((object) => new RegExp(`\\b${object}\\.${name}\\b`).test(users)) ||
      webText.includes(`"${name}"`) || // chosen by a word: s[look]
      new RegExp(`\\[\`${name.split("_")[0]}_\\$\\{`).test(users) || // s[`due_${state}`]
      new RegExp(`composes:[^;]*\\b${name}\\b`).test(t);
    if (!used) found(f, t.slice(0, t.search(new RegExp(`\\.${name}\\b`))).split("\n").length, `class ${name} is no element's`);
  }
}

// Every query and every error is used.
const queries = filesBelow(app, /\.sql$/);
const everything = [...text.values()].join("\n");
for (const f of queries) {
  readFileSync(f, "utf8").split("\n").forEach((line, i) => {
    const m = /^-- name: (\w+) :/.exec(line);
    if (m && !new RegExp(`\\bsql_${m[1]}\\b`).test(everything)) found(f, i + 1, `query ${m[1]} is used nowhere`);
  });
}
const register = join(app, "core", "err.def");
readFileSync(register, "utf8").split("\n").forEach((line, i) => {
  const m = /^ERR\((\w+),/.exec(line);
  if (m && !new RegExp(`\\bERR_${m[1]}\\b`).test(everything)) found(register, i + 1, `error ${m[1]} is used nowhere`);
});
const settings = join(app, "core", "config.def");
readFileSync(settings, "utf8").split("\n").forEach((line, i) => {
  const m = /^SETTING\((\w+),/.exec(line);
  if (m && !new RegExp(`\\bCONF_${m[1]}\\b`).test(everything)) found(settings, i + 1, `setting ${m[1]} is used nowhere`);
});

// Constraints are contract: every one has a name.
for (const f of filesBelow(join(root, "sql", "migrations"), /\.sql$/)) {
  readFileSync(f, "utf8").split("\n").forEach((line, i) => {
    const code = line.replace(/--.*$/, "");
    if (/^\s+(primary key|unique|foreign key|check)\b/i.test(code) && !/constraint/i.test(readFileSync(f, "utf8").split("\n")[i - 1] ?? "")) {
      found(f, i + 1, "an unnamed constraint");
    }
    if (/^\s+\w+ [a-z]+.*\b(primary key|unique|references)\b/i.test(code) && !/constraint/i.test(code)) {
      found(f, i + 1, "an unnamed constraint");
    }
  });
}

for (const line of findings) console.log(line);
process.exit(findings.length > 0 ? 1 : 0);
