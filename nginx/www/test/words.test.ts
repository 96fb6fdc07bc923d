import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../src/board/actions";
import { isFiltered, matcher, readFilters, writeFilters } from "../src/board/filters";
import { contrast, readable } from "../src/lib/theme";
import type { Task } from "../src/api/types";

test("pasted lines lose their bullets, numbers and boxes", () => {
  assert.deepEqual(linesOf("- one\r\n* two\n\n 3. three\n- [ ] four\n• five\n2026 plan"), ["one", "two", "three", "four", "five", "2026 plan"]);
});

test("filters survive the way through the address", () => {
  const filters = { text: "a b", assignees: ["1", "none"], priorities: ["high" as const], tags: ["x,y", "z"], due: "week" as const };
  assert.deepEqual(readFilters(writeFilters(filters)), filters);
  assert.equal(isFiltered(readFilters("")), false);
  assert.equal(readFilters("due=never").due, null);
});

test("all words of the text must occur, in title, reference, tags or people", () => {
  const task = { reference: "WEB-7", title: "Paint the wall", tags: ["home"], assignee_ids: ["u"], priority: "low" } as unknown as Task;
  const people = new Map([["u", { id: "u", name: "Ada Okafor" }]]);
  const match = (text: string) => matcher({ ...readFilters(""), text }, people)(task);
  assert.ok(match("web-7 paint"));
  assert.ok(match("ada home"));
  assert.ok(!match("paint ceiling"));
});

test("any colour of a brand is made readable in both themes", () => {
  const rgb = (text: string) => (text.startsWith("#") ? [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16)) : text.match(/\d+/g)!.map(Number)) as [number, number, number];
  for (const colour of ["#ffff00", "#000000", "#ffffff", "#777777", "#ff00aa"]) {
    assert.ok(contrast(rgb(readable(colour, "#efefec", "#000000")), rgb("#efefec")) >= 4.5, colour);
    assert.ok(contrast(rgb(readable(colour, "#26262a", "#ffffff")), rgb("#26262a")) >= 4.5, colour);
  }
});
