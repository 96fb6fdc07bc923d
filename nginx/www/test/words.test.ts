import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../src/board/actions";
import { isFiltered, matcher, readFilters, writeFilters } from "../src/board/filters";
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
