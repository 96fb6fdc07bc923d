import assert from "node:assert/strict";
import { test } from "node:test";
import type { List, Snapshot, Task } from "../src/api/types";
import { deriveBoard, mergeSnapshot } from "../src/data/apply";
import { keysOf, withRealId, type Entry, type Op } from "../src/data/ops";

const list = (id: string, status: List["status"]): List => ({
  id, board_id: "b", name: id, position: id, status, wip_limit: null, task_count: 0, created_at: "", updated_at: "", version: 1,
});

const task = (id: string, listId: string, position = id, more: Partial<Task> = {}): Task => ({
  id, number: 1, reference: `T-${id}`, title: id, task_type: "task", status: "todo", priority: "medium", board_id: "b", list_id: listId,
  project_id: null, parent_task_id: null, position, assignee_ids: [], start_at: null, due_at: null, completed_at: null,
  estimated_hours: null, actual_hours: 0, tags: [], custom_fields: {}, checklist_total: 0, checklist_done: 0, archived_at: null, created_by: null, created_at: "", updated_at: "", version: 1, ...more,
});

const snapshot = (tasks: Task[]): Snapshot => ({
  board: { id: "b" } as Snapshot["board"], lists: [list("L1", "todo"), list("L2", "in_progress")], tasks, members: [], sequence: 1,
});

const entries = (...ops: Op[]): Entry[] => ops.map((op, i) => ({ id: String(i), op, sending: false }));
const move = (taskId: string, listId: string, before?: string): Op => ({ kind: "task.move", boardId: "b", taskId, listId, before });
const ids = (s: Snapshot, waiting: Entry[], listId: string) => deriveBoard(s, waiting, null).cards.get(listId)!.map((t) => t.id);

test("cards stand in byte order of their rank, then of their id", () => {
  const s = snapshot([task("z", "L1", "a"), task("b", "L1", "Z"), task("a", "L1", "a")]);
  assert.deepEqual(ids(s, [], "L1"), ["b", "a", "z"]);
});

test("a move goes directly before its neighbour and takes the list's status", () => {
  const view = deriveBoard(snapshot([task("a", "L1"), task("b", "L2"), task("c", "L2")]), entries(move("a", "L2", "c")), null);
  assert.deepEqual(view.cards.get("L2")!.map((t) => t.id), ["b", "a", "c"]);
  assert.equal(view.byId.get("a")!.status, "in_progress");
});

test("a move before a neighbour that is gone goes to the end", () => {
  assert.deepEqual(ids(snapshot([task("a", "L1"), task("b", "L2")]), entries(move("a", "L2", "gone")), "L2"), ["b", "a"]);
});

test("when one operation is dropped the others still stand", () => {
  const s = snapshot([task("a", "L1"), task("b", "L1"), task("c", "L1")]);
  const all = entries(move("c", "L1", "a"), move("a", "L2"));
  assert.deepEqual(ids(s, all, "L1"), ["c", "b"]);
  assert.deepEqual(ids(s, all.slice(0, 1), "L1"), ["c", "a", "b"]);
});

test("a status leads to the first list that has it", () => {
  const op: Op = { kind: "task.patch", boardId: "b", taskId: "a", patch: { status: "in_progress" }, base: { status: "todo" } };
  assert.deepEqual(ids(snapshot([task("a", "L1")]), entries(op), "L2"), ["a"]);
});

test("columns that did not change keep their identity", () => {
  const s = snapshot([task("a", "L1"), task("b", "L2")]);
  const before = deriveBoard(s, [], null);
  const after = deriveBoard({ ...s }, entries({ kind: "task.archive", boardId: "b", taskId: "b" }), before);
  assert.equal(after.cards.get("L1"), before.cards.get("L1"));
  assert.deepEqual(after.cards.get("L2"), []);
});

test("a newer snapshot keeps rows that are the same and never goes back in version", () => {
  const mine = task("a", "L1", "a", { version: 3, title: "newer" });
  const kept = task("b", "L1");
  const merged = mergeSnapshot(snapshot([mine, kept]), snapshot([task("a", "L1", "a", { version: 2 }), task("b", "L1"), task("c", "L1")]));
  assert.equal(merged.tasks[0], mine);
  assert.equal(merged.tasks[1], kept);
  assert.equal(merged.tasks.length, 3);
});

test("what goes to the end of a list waits for what went there before", () => {
  const create = (tempId: string): Op => ({ kind: "task.create", boardId: "b", tempId, listId: "L1", fields: { title: "x" }, by: "" });
  const shared = keysOf(create("new:1")).filter((key) => keysOf(create("new:2")).includes(key));
  assert.ok(shared.includes("end:L1"));
  assert.ok(!keysOf(move("a", "L1", "z")).includes("end:L1"));
});

test("a temporary id is replaced wherever an operation names it", () => {
  assert.deepEqual(withRealId(move("new:1", "L1", "new:1"), "new:1", "real"), move("real", "L1", "real"));
});
