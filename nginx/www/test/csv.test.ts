import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCsv } from "../src/lib/csv";

test("cells may hold commas, quotes and line ends", () => {
  assert.deepEqual(parseCsv('\ufeffemail,role\r\n"a, b","say ""hi"""\r\n"two\nlines",x\r\n\r\nlast,'), [
    ["email", "role"], ["a, b", 'say "hi"'], ["two\nlines", "x"], ["last", ""],
  ]);
  assert.deepEqual(parseCsv(""), []);
});
