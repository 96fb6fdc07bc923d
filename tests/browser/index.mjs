// All browser tests in one process, so that they share one Chromium and few sign-ins:
// KARARA_TEST_URL=https://localhost:18443 node --test tests/browser/index.mjs
import { readdir } from "node:fs/promises";

const here = new URL(".", import.meta.url);
const files = (await readdir(here)).filter((name) => name.endsWith(".test.mjs"));
for (const name of files.sort()) await import(new URL(name, here));
