/**
 * What people do, as data. An operation is applied to the server's state at once for the eye, and sent by the outbox.
 * Objects made here carry a temporary id ("new:…") until the server has given the real one.
 */
import type { List, Priority, Status, Task, TaskType } from "../api/types";

export interface TaskPatch {
  title?: string;
  description?: string;
  status?: Status;
  priority?: Priority;
  task_type?: TaskType;
  start_at?: string | null;
  due_at?: string | null;
  tags?: string[];
  estimated_hours?: number | null;
  assignee_ids?: string[];
}
export type TaskField = keyof TaskPatch;

export interface ListPatch {
  name?: string;
  wip_limit?: number | null;
  status?: Status;
}

export type Op =
  | { kind: "task.create"; boardId: string; tempId: string; listId: string; fields: TaskPatch & { title: string }; by: string }
  | { kind: "task.patch"; boardId: string; taskId: string; patch: TaskPatch; base: TaskPatch }
  | { kind: "task.move"; boardId: string; taskId: string; listId: string; before?: string | undefined; after?: string | undefined }
  | { kind: "task.archive"; boardId: string; taskId: string }
  | { kind: "task.restore"; boardId: string; taskId: string; row: Task }
  | { kind: "task.delete"; boardId: string; taskId: string }
  | { kind: "list.create"; boardId: string; tempId: string; fields: ListPatch & { name: string } }
  | { kind: "list.patch"; boardId: string; listId: string; patch: ListPatch }
  | { kind: "list.move"; boardId: string; listId: string; before?: string | undefined; after?: string | undefined }
  | { kind: "list.delete"; boardId: string; listId: string; moveTo?: string | undefined };

export interface Entry {
  /** Also the Idempotency-Key, so that sending twice has one effect. */
  id: string;
  op: Op;
  sending: boolean;
  /** Held back until then, so that "undo" can simply drop it. */
  notBefore?: number | undefined;
}

export type Created = Task | List;

export const isTemporary = (id: string) => id.startsWith("new:");
export const temporaryId = () => `new:${crypto.randomUUID()}`;

/**
 * What an operation touches. Two operations that share a key keep their order; others may overtake.
 * Whatever goes to the end of a list shares that end, so pasted lines stay in order.
 */
export function keysOf(op: Op): string[] {
  switch (op.kind) {
    case "task.create":
      return [op.tempId, op.listId, `end:${op.listId}`];
    case "task.move": {
      const anchor = op.before ?? op.after;
      return anchor ? [op.taskId, op.listId, anchor] : [op.taskId, op.listId, `end:${op.listId}`];
    }
    case "task.patch":
    case "task.archive":
    case "task.restore":
    case "task.delete":
      return [op.taskId];
    case "list.create":
      return [op.tempId, "lists"];
    case "list.move":
      return [op.listId, "lists"];
    case "list.patch":
      return [op.listId];
    case "list.delete":
      return [op.listId, "lists", ...(op.moveTo ? [op.moveTo] : [])];
  }
}

/** The same operation with a temporary id replaced by the real one. */
export function withRealId(op: Op, temporary: string, real: string): Op {
  const text = JSON.stringify(op);
  return text.includes(temporary) ? (JSON.parse(text.replaceAll(temporary, real)) as Op) : op;
}
