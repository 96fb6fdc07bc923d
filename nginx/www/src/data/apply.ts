/**
 * The board as people see it: the server's snapshot with the waiting operations applied in order. Pure.
 * Nothing is ever rolled back by hand: when an operation fails it leaves the list, and this runs again.
 */
import type { Board, List, Person, Snapshot, Task } from "../api/types";
import { isTemporary, type Entry, type Op } from "./ops";

export interface BoardView {
  board: Board;
  lists: List[];
  cards: Map<string, Task[]>;
  byId: Map<string, Task>;
  members: Map<string, Person>;
}

interface Draft {
  lists: List[];
  cards: Map<string, Task[]>;
  byId: Map<string, Task>;
}

type Ranked = { id: string; position: string };

/** Ranks compare by bytes; they are ASCII, for which JavaScript's own order is the same. */
export function byRank(a: Ranked, b: Ranked): number {
  if (a.position !== b.position) return a.position < b.position ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function group(snapshot: Snapshot): Draft {
  const lists = [...snapshot.lists].sort(byRank);
  const cards = new Map<string, Task[]>(lists.map((list) => [list.id, []]));
  const byId = new Map<string, Task>();
  for (const task of snapshot.tasks) {
    if (task.archived_at) continue;
    byId.set(task.id, task);
    cards.get(task.list_id)?.push(task);
  }
  for (const column of cards.values()) column.sort(byRank);
  return { lists, cards, byId };
}

function take(draft: Draft, taskId: string): Task | undefined {
  const task = draft.byId.get(taskId);
  if (!task) return undefined;
  const column = draft.cards.get(task.list_id);
  const at = column?.findIndex((row) => row.id === taskId) ?? -1;
  if (column && at >= 0) column.splice(at, 1);
  draft.byId.delete(taskId);
  return task;
}

function place(draft: Draft, task: Task, before?: string, after?: string): void {
  const column = draft.cards.get(task.list_id);
  if (!column) return;
  let at = column.length;
  if (before) at = column.findIndex((row) => row.id === before);
  else if (after) at = column.findIndex((row) => row.id === after) + 1;
  if (at < 0 || (after && at === 0)) at = column.length;
  column.splice(at, 0, task);
  draft.byId.set(task.id, task);
}

function replace(draft: Draft, task: Task): void {
  const column = draft.cards.get(task.list_id);
  const at = column?.findIndex((row) => row.id === task.id) ?? -1;
  if (column && at >= 0) column[at] = task;
  draft.byId.set(task.id, task);
}

function moveTask(draft: Draft, op: Extract<Op, { kind: "task.move" }>): void {
  const target = draft.lists.find((list) => list.id === op.listId);
  if (!target || !draft.byId.has(op.taskId)) return;
  const task = take(draft, op.taskId)!;
  place(draft, { ...task, list_id: target.id, status: target.status ?? task.status }, op.before, op.after);
}

function patchTask(draft: Draft, op: Extract<Op, { kind: "task.patch" }>): void {
  const task = draft.byId.get(op.taskId);
  if (!task) return;
  const { description: _, ...row } = op.patch;
  const next: Task = { ...task, ...row };
  const status = op.patch.status;
  const here = draft.lists.find((list) => list.id === task.list_id);
  const there = status && here?.status !== status ? draft.lists.find((list) => list.status === status) : undefined;
  if (!there) return replace(draft, next);
  take(draft, task.id);
  place(draft, { ...next, list_id: there.id });
}

function newTask(op: Extract<Op, { kind: "task.create" }>, list: List | undefined): Task {
  const now = new Date().toISOString();
  return {
    id: op.tempId, number: 0, reference: "", title: op.fields.title, task_type: op.fields.task_type ?? "task",
    status: list?.status ?? "todo", priority: op.fields.priority ?? "medium", board_id: op.boardId, list_id: op.listId,
    project_id: null, parent_task_id: null, position: "~", assignee_ids: op.fields.assignee_ids ?? [],
    start_at: null, due_at: op.fields.due_at ?? null, completed_at: null, estimated_hours: null, actual_hours: 0,
    tags: op.fields.tags ?? [], custom_fields: {}, checklist_total: 0, checklist_done: 0, archived_at: null, created_by: op.by, created_at: now, updated_at: now, version: 0,
  };
}

function newList(op: Extract<Op, { kind: "list.create" }>): List {
  const now = new Date().toISOString();
  return {
    id: op.tempId, board_id: op.boardId, name: op.fields.name, position: "~", status: op.fields.status ?? "todo",
    wip_limit: op.fields.wip_limit ?? null, task_count: 0, created_at: now, updated_at: now, version: 0,
  };
}

function moveList(draft: Draft, op: Extract<Op, { kind: "list.move" }>): void {
  const list = draft.lists.find((row) => row.id === op.listId);
  if (!list) return;
  draft.lists = draft.lists.filter((row) => row !== list);
  const anchor = draft.lists.findIndex((row) => row.id === (op.before ?? op.after));
  const at = anchor < 0 ? draft.lists.length : op.before ? anchor : anchor + 1;
  draft.lists.splice(at, 0, list);
}

function deleteList(draft: Draft, op: Extract<Op, { kind: "list.delete" }>): void {
  const moving = op.moveTo ? [...(draft.cards.get(op.listId) ?? [])] : [];
  for (const task of moving) {
    moveTask(draft, { kind: "task.move", boardId: op.boardId, taskId: task.id, listId: op.moveTo! });
  }
  draft.lists = draft.lists.filter((row) => row.id !== op.listId);
  draft.cards.delete(op.listId);
}

export function applyOp(draft: Draft, op: Op): void {
  switch (op.kind) {
    case "task.create":
      return place(draft, newTask(op, draft.lists.find((list) => list.id === op.listId)));
    case "task.patch":
      return patchTask(draft, op);
    case "task.move":
      return moveTask(draft, op);
    case "task.archive":
    case "task.delete":
      return void take(draft, op.taskId);
    case "task.restore":
      return draft.byId.has(op.taskId) ? undefined : place(draft, { ...op.row, archived_at: null });
    case "list.create":
      draft.lists.push(newList(op));
      return void draft.cards.set(op.tempId, []);
    case "list.patch":
      draft.lists = draft.lists.map((list) => (list.id === op.listId ? { ...list, ...op.patch } : list));
      return;
    case "list.move":
      return moveList(draft, op);
    case "list.delete":
      return deleteList(draft, op);
  }
}

const same = <T>(a: readonly T[], b: readonly T[]) => a.length === b.length && a.every((item, i) => item === b[i]);

/** Columns that did not change keep their identity, so that only changed columns are drawn again. */
function reuse(view: BoardView, old: BoardView | null): BoardView {
  if (!old) return view;
  for (const [id, column] of view.cards) {
    const before = old.cards.get(id);
    if (before && same(before, column)) view.cards.set(id, before);
  }
  if (same(old.lists, view.lists)) view.lists = old.lists;
  return view;
}

export function deriveBoard(snapshot: Snapshot, entries: readonly Entry[], old: BoardView | null): BoardView {
  const draft = group(snapshot);
  for (const entry of entries) applyOp(draft, entry.op);
  const members = new Map(snapshot.members.map((person) => [person.id, person]));
  return reuse({ board: snapshot.board, members, ...draft }, old);
}

/**
 * Takes over a newer snapshot but keeps the rows that are the same, and never goes back to an older version of one.
 */
export function mergeSnapshot(old: Snapshot | undefined, next: Snapshot): Snapshot {
  if (!old) return next;
  const known = new Map(old.tasks.map((task) => [task.id, task]));
  const tasks = next.tasks.map((task) => {
    const had = known.get(task.id);
    if (!had || had.version < task.version) return task;
    return had.version > task.version || (had.position === task.position && had.list_id === task.list_id) ? had : task;
  });
  const lists = next.lists.map((list) => {
    const had = old.lists.find((row) => row.id === list.id);
    return had && had.version === list.version && had.position === list.position ? had : list;
  });
  return { ...next, tasks, lists };
}

/** One task as the sheet shows it: the server's detail with this task's waiting changes. */
export function applyToTask<T extends Task>(task: T, entries: readonly Entry[]): T {
  let result = task;
  for (const { op } of entries) {
    if (op.kind === "task.patch" && op.taskId === task.id) result = { ...result, ...op.patch };
    if (op.kind === "task.move" && op.taskId === task.id) result = { ...result, list_id: op.listId };
  }
  return result;
}

export { isTemporary };
