import assert from "node:assert/strict";
import { test } from "node:test";
import { addressesOf } from "../src/lib/addresses";

test("pasted addresses are found one by one, once each, and the rest is named", () => {
  assert.deepEqual(addressesOf("ada@example.org\n Grace L. <grace@example.org>; ADA@example.org,\nnot one\nx@y\n"), {
    good: ["ada@example.org", "grace@example.org"], bad: ["not one", "x@y"],
  });
  assert.deepEqual(addressesOf(" \n"), { good: [], bad: [] });
});
