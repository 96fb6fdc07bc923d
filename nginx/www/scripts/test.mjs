// Unit tests: bundles test/*.test.ts(x) for node and runs them with node:test.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { words } from "./words.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = mkdtempSync(join(root, "node_modules/.unit-"));
const tests = readdirSync(join(root, "test")).filter((name) => /\.test\.tsx?$/.test(name));
await build({
  absWorkingDir: root,
  entryPoints: tests.map((name) => `test/${name}`),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  jsx: "automatic",
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".css": "empty" },
  plugins: [words],
  logLevel: "warning",
});
const files = readdirSync(out).filter((name) => name.endsWith(".mjs")).map((name) => join(out, name));
const run = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit", timeout: 120_000, env: { ...process.env, TZ: "Europe/Berlin" } });
rmSync(out, { recursive: true, force: true });
process.exit(run.status ?? 1);
