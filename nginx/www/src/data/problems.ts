/** Fields of tasks whose change was refused or collides with somebody else's, until the person has decided. */
import { explain, ApiError } from "../api/client";
import { announce } from "../lib/announce";
import { t } from "../lib/i18n";
import { createStore } from "../lib/store";
import { toast } from "../ui/toasts";
import { peekSnapshot } from "./cache";
import type { Entry, TaskField } from "./ops";
import { onFailed } from "./outbox";
import { FieldConflict } from "./perform";

export interface Problem {
  taskId: string;
  boardId: string;
  field: TaskField;
  kind: "conflict" | "refused";
  mine: unknown;
  theirs: unknown;
  message: string;
}

export const problems = createStore<readonly Problem[]>([]);

export function clearProblem(taskId: string, field: TaskField): void {
  problems.set((all) => all.filter((p) => p.taskId !== taskId || p.field !== field));
}

function record(problem: Problem): void {
  clearProblem(problem.taskId, problem.field);
  problems.set((all) => [...all, problem]);
}

const openSheets = new Set<string>();

/** While its sheet is open, a task's problems are shown there and not as a toast. */
export function sheetIsOpen(taskId: string): () => void {
  openSheets.add(taskId);
  return () => openSheets.delete(taskId);
}

function nameOf(boardId: string, taskId: string): string {
  return peekSnapshot(boardId)?.tasks.find((task) => task.id === taskId)?.reference || t("the card");
}

function whatFailed({ op }: Entry): string {
  switch (op.kind) {
    case "task.create":
      return t("“{title}” was not added.", { title: op.fields.title });
    case "task.move":
      return t("{task} was not moved.", { task: nameOf(op.boardId, op.taskId) });
    case "task.patch":
      return t("{task} was not changed.", { task: nameOf(op.boardId, op.taskId) });
    case "task.archive":
      return t("{task} was not archived.", { task: nameOf(op.boardId, op.taskId) });
    case "task.restore":
      return t("{task} was not brought back.", { task: op.row.reference });
    case "task.delete":
      return t("{task} was not deleted.", { task: nameOf(op.boardId, op.taskId) });
    default:
      return t("The list was not changed.");
  }
}

/** The server's words for a limit name neither list nor person; these do. */
function why(entry: Entry, error: unknown): string {
  if (!(error instanceof ApiError) || error.code !== "wip_limit_exceeded") return explain(error);
  const limit = Number(error.details["limit"] ?? 0);
  if (error.details["scope"] === "user") {
    return t("An assignee already has {limit, plural, one {# card} other {# cards}} in progress, which is their limit.", { limit });
  }
  const listId = entry.op.kind === "task.move" || entry.op.kind === "task.create" ? entry.op.listId : null;
  const list = peekSnapshot(entry.op.boardId)?.lists.find((row) => row.id === listId)?.name ?? t("The list");
  return t("{list} is full: its limit is {limit, plural, one {# card} other {# cards}}.", { list, limit });
}

function onOperationFailed(entry: Entry, error: unknown): void {
  const { op } = entry;
  const text = `${whatFailed(entry)} ${error instanceof FieldConflict ? t("Somebody else changed it meanwhile.") : why(entry, error)}`;
  if (op.kind === "task.patch") {
    const conflict = error instanceof FieldConflict ? error : null;
    for (const field of Object.keys(op.patch) as TaskField[]) {
      if (conflict && conflict.field !== field) continue;
      const fieldWords = error instanceof ApiError ? error.fieldErrors[field]?.join(" ") : undefined;
      record({
        taskId: op.taskId, boardId: op.boardId, field, kind: conflict ? "conflict" : "refused",
        mine: op.patch[field], theirs: conflict ? conflict.theirs : op.base[field], message: fieldWords ?? why(entry, error),
      });
    }
    if (openSheets.has(op.taskId)) return announce(text, "assertive");
  }
  toast({ text, tone: "danger" });
}

export function watchProblems(): void {
  onFailed(onOperationFailed);
}
