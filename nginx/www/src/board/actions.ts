/** What people can do on a board, as functions that enqueue operations and offer an undo. */
import type { Person, Task } from "../api/types";
import { session } from "../api/session";
import type { BoardView } from "../data/apply";
import { isTemporary, temporaryId, type ListPatch, type TaskPatch } from "../data/ops";
import { cancel, enqueue } from "../data/outbox";
import { announce } from "../lib/announce";
import { t } from "../lib/i18n";
import { toast } from "../ui/toasts";

export interface Place {
  listId: string;
  before?: string | undefined;
  after?: string | undefined;
}

/** Bullets and numbers that come along when lines are pasted from elsewhere. */
const BULLET = /^\s*(?:[-*•–]|\d{1,3}[.)]|\[[ xX]?\])\s+/;

export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(BULLET, "").replace(BULLET, "").trim().slice(0, 255))
    .filter(Boolean);
}

export function addCards(boardId: string, listId: string, titles: string[]): void {
  const by = session.get().user?.id ?? "";
  for (const title of titles) {
    enqueue({ kind: "task.create", boardId, tempId: temporaryId(), listId, fields: { title }, by });
  }
  if (titles.length > 0) announce(t("{count, plural, one {# card added} other {# cards added}}", { count: titles.length }), "polite");
}

export function moveTask(boardId: string, taskId: string, place: Place): void {
  enqueue({ kind: "task.move", boardId, taskId, ...place });
}

export function patchTask(boardId: string, task: Task, patch: TaskPatch, base?: TaskPatch): void {
  const seen: Record<string, unknown> = {};
  for (const key of Object.keys(patch)) seen[key] = (task as unknown as Record<string, unknown>)[key] ?? null;
  enqueue({ kind: "task.patch", boardId, taskId: task.id, patch, base: base ?? (seen as TaskPatch) });
}

/** Where a card stands, in words that survive other cards' moves: directly before its neighbour. */
export function placeOf(view: BoardView, task: Task, ignoring: ReadonlySet<string> = new Set()): Place {
  const column = view.cards.get(task.list_id) ?? [];
  const at = column.findIndex((row) => row.id === task.id);
  const next = column.slice(at + 1).find((row) => !ignoring.has(row.id));
  return { listId: task.list_id, before: next?.id };
}

const named = (tasks: Task[]) =>
  tasks.length === 1 ? tasks[0]!.reference || tasks[0]!.title : t("{count, plural, one {# card} other {# cards}}", { count: tasks.length });

export function archiveTasks(view: BoardView, tasks: Task[]): void {
  const boardId = view.board.id;
  const leaving = new Set(tasks.map((task) => task.id));
  const entries = tasks.map((task) => ({
    task,
    place: placeOf(view, task, leaving),
    entry: enqueue({ kind: "task.archive", boardId, taskId: task.id }),
  }));
  const undo = () => {
    for (const { task, place, entry } of entries) {
      if (cancel(entry.id)) continue;
      enqueue({ kind: "task.restore", boardId, taskId: task.id, row: task });
      // The server brings a card back to the end of its list.
      if (place.before) moveTask(boardId, task.id, place);
    }
    announce(t("Brought back: {what}", { what: named(tasks) }), "polite");
  };
  toast({ text: t("Archived: {what}", { what: named(tasks) }), action: { label: t("Undo"), run: undo } });
}

const HOLD_MS = 10_000;

/** The deletion itself waits as long as the undo is offered. */
export function deleteTasks(view: BoardView, tasks: Task[]): void {
  const boardId = view.board.id;
  const entries = tasks.map((task) => enqueue({ kind: "task.delete", boardId, taskId: task.id }, isTemporary(task.id) ? 0 : HOLD_MS));
  const undo = () => entries.forEach((entry) => cancel(entry.id));
  toast({ text: t("Deleted: {what}", { what: named(tasks) }), action: { label: t("Undo"), run: undo }, ms: HOLD_MS - 300 });
}

export function moveTasks(view: BoardView, tasks: Task[], listId: string): void {
  const boardId = view.board.id;
  const moving = new Set(tasks.map((task) => task.id));
  const places = tasks.map((task) => ({ task, place: placeOf(view, task, moving) }));
  for (const task of tasks) moveTask(boardId, task.id, { listId });
  const undo = () => places.forEach(({ task, place }) => moveTask(boardId, task.id, place));
  const list = view.lists.find((row) => row.id === listId)?.name ?? "";
  toast({ text: t("Moved to {list}: {what}", { list, what: named(tasks) }), action: { label: t("Undo"), run: undo } });
}

/** Who may be chosen: the people of the board, and oneself, who may see it without being in its team. */
export function assignable(view: BoardView): Person[] {
  const me = session.get().user;
  const people = [...view.members.values()];
  if (me && !view.members.has(me.id)) people.push({ id: me.id, name: me.name, avatar_url: me.avatar_url });
  return people.sort((a, b) => a.name.localeCompare(b.name));
}

export function assignTasks(boardId: string, tasks: Task[], personId: string, on: boolean): void {
  for (const task of tasks) {
    const without = task.assignee_ids.filter((id) => id !== personId);
    const next = on ? [...without, personId] : without;
    if (next.length !== task.assignee_ids.length) patchTask(boardId, task, { assignee_ids: next });
  }
}

export function addList(boardId: string, name: string): void {
  enqueue({ kind: "list.create", boardId, tempId: temporaryId(), fields: { name } });
}

export function patchList(boardId: string, listId: string, patch: ListPatch): void {
  enqueue({ kind: "list.patch", boardId, listId, patch });
}

/** `index` counts among the other lists. */
export function moveList(view: BoardView, listId: string, index: number): void {
  const others = view.lists.filter((list) => list.id !== listId);
  const before = others[index]?.id;
  const after = before ? undefined : others[others.length - 1]?.id;
  enqueue({ kind: "list.move", boardId: view.board.id, listId, before, after });
}

export function deleteList(boardId: string, listId: string, moveTo?: string): void {
  enqueue({ kind: "list.delete", boardId, listId, moveTo });
}
