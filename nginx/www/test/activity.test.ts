import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../src/api/types";
import { byDay, isSmall, tell, thingName } from "../src/activity/words";

const ada = { id: "u1", name: "Ada Okafor" };
const linus = { id: "u2", name: "Linus Berg" };

function entry(verb: string, changes: Record<string, unknown> = {}, more: Partial<Activity> = {}): Activity {
  return {
    id: `${verb}-${Math.random()}`, sequence: 1, actor: ada, verb, changes, people: [linus], created_at: "2026-11-20T10:00:00Z",
    subject: { type: "task", id: "t1", title: "Buy milk", reference: "WEB-4" }, ...more,
  } as Activity;
}

const words = (it: Activity) => tell(it).pieces.map((piece) => (piece.kind === "text" ? piece.text : piece.kind === "who" ? "Ada" : "it")).join("");

test("each thing that people do has its sentence", () => {
  const list = { from: "l1", to: "l2", from_name: "To do", to_name: "Done" };
  const cases: [Activity, string][] = [
    [entry("created"), "Ada added it"],
    [entry("moved", { list_id: list, status: { from: "todo", to: "completed" } }), "Ada moved it from To do to Done"],
    [entry("moved", { list_id: { ...list, from_name: null } }), "Ada moved it to Done"],
    [entry("updated", { status: { from: "todo", to: "completed" } }), "Ada completed it"],
    [entry("updated", { title: { from: "Buy bread", to: "Buy milk" } }), "Ada renamed it; it was “Buy bread”"],
    [entry("updated", { description: {} }), "Ada edited the description of it"],
    [entry("updated", { priority: { from: "low", to: "urgent" } }), "Ada set the priority of it to Urgent"],
    [entry("updated", { tags: { from: ["a"], to: [] } }), "Ada removed the tags of it"],
    [entry("updated", { due_at: { from: "2026-11-20T10:00:00Z", to: null } }), "Ada removed the due date of it"],
    [entry("updated", { title: { from: "a", to: "b" }, description: {} }), "Ada changed title and description of it"],
    [entry("assigned", { assignee_ids: { added: ["u2"], removed: [] } }), "Ada assigned Linus Berg to it"],
    [entry("assigned", { assignee_ids: { added: ["u1"], removed: [] } }), "Ada took on it"],
    [entry("assigned", { assignee_ids: { added: [], removed: ["u9"] } }), "Ada took somebody off it"],
    [entry("deleted"), "Ada deleted it"],
  ];
  for (const [it, said] of cases) assert.equal(words(it), said);
});

test("several changes are told one by one, long ones without their text", () => {
  const { details } = tell(entry("updated", { title: { from: "a", to: "b" }, description: {}, estimated_hours: { from: null, to: 3 } }));
  assert.deepEqual(details.map((row) => [row.label, row.from, row.to]), [["title", "a", "b"], ["estimate", "none", "3 h"]]);
});

test("what nobody asks about is small, and stays together", () => {
  assert.ok(isSmall(entry("moved")));
  assert.ok(isSmall(entry("updated")));
  assert.ok(isSmall(entry("created", {}, { actor: null })));
  assert.ok(!isSmall(entry("created")));
  const days = byDay([entry("moved"), entry("moved"), entry("created"), entry("moved", {}, { created_at: "2026-11-19T10:00:00Z" })], (iso) => iso.slice(0, 10));
  assert.deepEqual(days.map((day) => [day.day, day.rows.map((row) => (row.entry ? row.entry.verb : row.small.length))]), [["2026-11-20", [2, "created"]], ["2026-11-19", [1]]]);
});

test("things have names where the screen doesn't show them", () => {
  assert.equal(thingName(entry("created")), "WEB-4 Buy milk");
  assert.equal(thingName(entry("created", {}, { subject: { type: "list", id: "l1", title: "Done", reference: null } })), "the list Done");
  assert.equal(thingName(entry("updated", {}, { subject: { type: "board", id: "b1", title: "Web", reference: null } })), "this board");
});
