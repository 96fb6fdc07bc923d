import assert from "node:assert/strict";
import { test } from "node:test";
import type { Division } from "../src/api/types.gen";
import { above, treeOf, visible, withBelow } from "../src/brand/division-tree";

const d = (id: string, parent: string | null) => ({ id, name: id, parent_division_id: parent }) as Division;
const all = [d("c", "b"), d("b", "a"), d("z", null), d("a", null), d("b2", "a"), d("lost", "gone")];

test("a flat list becomes a tree, sorted on each level, and nothing is lost", () => {
  const tree = treeOf(all);
  assert.deepEqual(tree.map((n) => n.division.id), ["a", "lost", "z"]);
  assert.deepEqual(visible(tree, new Set()).map((n) => `${n.division.id}${n.level}`), ["a1", "b2", "c3", "b22", "lost1", "z1"]);
  assert.deepEqual(visible(tree, new Set(["b"])).map((n) => n.division.id), ["a", "b", "b2", "lost", "z"]);
});

test("what is below and what is above is found", () => {
  assert.deepEqual([...withBelow(all, "a")].sort(), ["a", "b", "b2", "c"]);
  assert.deepEqual(above(all, "c").map((x) => x.id), ["b", "a"]);
});
