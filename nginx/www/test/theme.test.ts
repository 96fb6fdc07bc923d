import assert from "node:assert/strict";
import { test } from "node:test";
import { shadeOf } from "../src/lib/theme";

const hex = (r: number, g: number, b: number) => "#" + [r, g, b].map((v) => v.toString(16).padStart(2, "0")).join("");

test("whatever colour a brand takes, it can be read in both themes", () => {
  const steps = [0, 51, 102, 153, 204, 255];
  for (const r of steps) {
    for (const g of steps) {
      for (const b of steps) {
        for (const theme of ["light", "dark"] as const) {
          const { ratio } = shadeOf(hex(r, g, b), theme);
          assert.ok(ratio >= 4.5, `${hex(r, g, b)} in the ${theme} theme: ${ratio}`);
        }
      }
    }
  }
});

test("a colour that can be read already stays as it is", () => {
  assert.equal(shadeOf("#1c4f8a", "light").accent, "rgb(28 79 138)");
  assert.equal(shadeOf("#9cc8ff", "dark").accent, "rgb(156 200 255)");
});
