// Builds the web app: node build.mjs [--out DIR] [--dev]
// esbuild bundles; everything else (page, manifest, compressed twins, size budgets) is done here.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { words } from "./scripts/words.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const { values: args } = parseArgs({
  options: { out: { type: "string" }, dev: { type: "boolean", default: false } },
});
const out = resolve(args.out ?? join(root, "dist"));
const assets = join(out, "assets");

/** Gzipped sizes that must not be passed, in kB. */
const BUDGET = { shell: 170, route: 60, css: 20 };

async function filesBelow(dir, suffix) {
  const found = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path, suffix)));
    else if (entry.name.endsWith(suffix)) found.push(path);
  }
  return found.sort();
}

/**
 * esbuild writes the CSS of a lazily loaded chunk to a file that nothing loads. So the entry imports
 * every stylesheet through this module, and the page loads one file; cascade layers fix the order.
 */
const allStyles = {
  name: "all-styles",
  setup(b) {
    b.onResolve({ filter: /^virtual:styles$/ }, () => ({ path: "styles", namespace: "styles" }));
    b.onLoad({ filter: /.*/, namespace: "styles" }, async () => {
      const all = await filesBelow(join(root, "src"), ".css");
      // The base names the layers in their order, so it has to come first.
      const base = join(root, "src/styles/base.css");
      const sheets = [base, ...all.filter((sheet) => sheet !== base)];
      const lines = sheets.map((f) => `import ${JSON.stringify("./" + relative(root, f))};`);
      return { contents: lines.join("\n"), resolveDir: root, watchDirs: [join(root, "src")] };
    });
  },
};

async function bundle() {
  return build({
    absWorkingDir: root,
    entryPoints: { app: "src/main.tsx" },
    outdir: assets,
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022", "chrome109", "firefox115", "safari16.4"],
    jsx: "automatic",
    minify: !args.dev,
    sourcemap: args.dev ? "linked" : false,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file" },
    define: { "process.env.NODE_ENV": args.dev ? '"development"' : '"production"' },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [allStyles, words],
  });
}

/** The theme is set by a tiny blocking script of its own, so that the page never flashes. */
async function themeScript() {
  const built = await build({
    absWorkingDir: root,
    entryPoints: ["src/theme-boot.ts"],
    bundle: true,
    format: "iife",
    target: "es2020",
    minify: true,
    write: false,
  });
  const text = built.outputFiles[0].text;
  const name = `theme-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.js`;
  await writeFile(join(assets, name), text);
  return name;
}

/** The service worker keeps its name and place: it may see to the whole app only from /. It imports nothing and holds nothing of the app. */
async function serviceWorker() {
  await build({
    absWorkingDir: root,
    entryPoints: ["worker/sw.ts"],
    outfile: join(out, "sw.js"),
    bundle: true,
    format: "iife",
    target: ["es2022", "chrome109", "firefox115", "safari16.4"],
    minify: !args.dev,
    legalComments: "none",
    logLevel: "warning",
  });
}

/** Follows static imports from an output and returns every chunk that loads with it. */
function closure(outputs, start) {
  const seen = new Set();
  const walk = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const i of outputs[path].imports) if (i.kind === "import-statement" && outputs[i.path]) walk(i.path);
  };
  walk(start);
  return seen;
}

async function gzipSize(paths) {
  let sum = 0;
  for (const p of paths) sum += gzipSync(await readFile(resolve(root, p)), { level: 9 }).length;
  return sum / 1000;
}

async function checkBudgets(outputs, entry) {
  const report = [];
  const shell = closure(outputs, entry);
  report.push(["shell", await gzipSize(shell), BUDGET.shell]);
  for (const [path, o] of Object.entries(outputs)) {
    if (!o.entryPoint || path === entry || !path.endsWith(".js")) continue;
    const own = [...closure(outputs, path)].filter((p) => !shell.has(p));
    report.push([o.entryPoint.replace("src/", ""), await gzipSize(own), BUDGET.route]);
  }
  report.push(["css", await gzipSize([outputs[entry].cssBundle]), BUDGET.css]);
  let over = 0;
  for (const [name, kb, limit] of report) {
    const bad = kb > limit;
    if (bad) over++;
    console.log(`${bad ? "OVER" : "ok  "} ${name.padEnd(34)} ${kb.toFixed(1).padStart(6)} kB of ${limit}`);
  }
  if (over && !args.dev) throw new Error(`${over} part(s) over the size budget`);
}

async function writePage(outputs, entry, theme) {
  const url = (p) => "/assets/" + relative(assets, resolve(root, p));
  const preload = [...closure(outputs, entry)]
    .filter((p) => p !== entry)
    .map((p) => `<link rel="modulepreload" href="${url(p)}">`);
  const page = (await readFile(join(root, "src/index.html"), "utf8"))
    .replace("<!-- theme -->", `<script src="/assets/${theme}"></script>`)
    .replace("<!-- styles -->", `<link rel="stylesheet" href="${url(outputs[entry].cssBundle)}">`)
    .replace("<!-- app -->", [...preload, `<script type="module" src="${url(entry)}"></script>`].join("\n    "));
  await writeFile(join(out, "index.html"), page);
}

async function compressTwins() {
  for (const path of await filesBelow(out, "")) {
    if (!/\.(html|js|css|svg|webmanifest|json|txt)$/.test(path)) continue;
    const body = await readFile(path);
    if (body.length < 512) continue;
    await writeFile(path + ".gz", gzipSync(body, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
    await writeFile(path + ".br", brotliCompressSync(body, { params }));
  }
}

async function dropUnloadedCss(outputs, entry) {
  const keep = outputs[entry].cssBundle;
  for (const path of Object.keys(outputs)) {
    if (/\.css(\.map)?$/.test(path) && !path.startsWith(keep)) await rm(resolve(root, path));
  }
}

await rm(out, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
await cp(join(root, "public"), out, { recursive: true });
const { metafile } = await bundle();
const { outputs } = metafile;
const entry = Object.keys(outputs).find((p) => outputs[p].entryPoint === "src/main.tsx");
await dropUnloadedCss(outputs, entry);
await writePage(outputs, entry, await themeScript());
await serviceWorker();
if (!args.dev) await compressTwins();
await checkBudgets(outputs, entry);
