/**
 * Sends one operation and writes the outcome into the server's state. Decides nothing about order or repetition.
 */
import { api, ApiError } from "../api/client";
import type { List, Task, TaskDetail } from "../api/types";
import { commitList, commitTask, knownList, knownTask, removeList, removeTask } from "./cache";
import type { Entry, ListPatch, Op, TaskField, TaskPatch } from "./ops";

/** Somebody else changed the very field that I changed; both values are kept for the person to choose. */
export class FieldConflict extends Error {
  constructor(
    readonly taskId: string,
    readonly field: TaskField,
    readonly mine: unknown,
    readonly theirs: unknown,
  ) {
    super("conflict");
  }
}

/** An empty text and none are the same to people. */
const plain = (value: unknown) => (value === "" || value === undefined ? null : value);

export const sameValue = (a: unknown, b: unknown) => JSON.stringify(plain(a)) === JSON.stringify(plain(b));

/** The outcome of a creation: which real id took the place of the temporary one. */
export type Outcome = { temporary: string; real: string } | null;

async function serverTask(boardId: string, taskId: string, patch: TaskPatch): Promise<Partial<TaskDetail>> {
  const known = knownTask(boardId, taskId);
  const complete = known && (!("description" in patch) || known.description !== undefined);
  if (complete) return known;
  const task = await api.get<TaskDetail>(`/tasks/${taskId}`);
  commitTask(task);
  return task;
}

/** A field that changed on the server since I saw it is a conflict; changes to other fields are not. */
function findConflict(op: Extract<Op, { kind: "task.patch" }>, server: Partial<TaskDetail>): FieldConflict | null {
  for (const field of Object.keys(op.patch) as TaskField[]) {
    const theirs = server[field];
    if (sameValue(theirs, op.base[field]) || sameValue(theirs, op.patch[field])) continue;
    return new FieldConflict(op.taskId, field, op.patch[field], theirs);
  }
  return null;
}

async function patchTask(op: Extract<Op, { kind: "task.patch" }>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const server = await serverTask(op.boardId, op.taskId, op.patch);
    const conflict = findConflict(op, server);
    if (conflict) throw conflict;
    try {
      return commitTask(await sendPatch(op, server.version));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "version_mismatch" || attempt === 4) throw error;
      const current = error.details["current"] as TaskDetail | undefined;
      commitTask(current?.id ? current : await api.get<TaskDetail>(`/tasks/${op.taskId}`));
    }
  }
}

/** Who is assigned has a route and a permission of its own. */
function sendPatch(op: Extract<Op, { kind: "task.patch" }>, version: number | undefined): Promise<TaskDetail> {
  const { assignee_ids: people, ...rest } = op.patch;
  if (people && Object.keys(rest).length === 0) {
    return api.post<TaskDetail>(`/tasks/${op.taskId}/assign`, { assignee_ids: people });
  }
  return api.patch<TaskDetail>(`/tasks/${op.taskId}`, op.patch, { ifMatch: version });
}

async function patchList(boardId: string, listId: string, body: ListPatch | { before?: string; after?: string }): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const list = await api.patch<List>(`/lists/${listId}`, body, { ifMatch: knownList(boardId, listId)?.version });
      return commitList(list);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "version_mismatch" || attempt === 4) throw error;
      const current = error.details["current"] as List | undefined;
      commitList(current?.id ? current : await api.get<List>(`/lists/${listId}`));
    }
  }
}

const anchors = (op: { before?: string | undefined; after?: string | undefined }) =>
  op.before ? { before: op.before } : op.after ? { after: op.after } : {};

async function createTask(entry: Entry, op: Extract<Op, { kind: "task.create" }>): Promise<Outcome> {
  const body = { ...op.fields, list_id: op.listId };
  const task = await api.post<Task>(`/boards/${op.boardId}/tasks`, body, { idempotencyKey: entry.id });
  commitTask(task as TaskDetail);
  return { temporary: op.tempId, real: task.id };
}

/** Gone already is as good as removed. */
async function ignoreMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
}

export async function perform(entry: Entry): Promise<Outcome> {
  const { op } = entry;
  const once = { idempotencyKey: entry.id };
  switch (op.kind) {
    case "task.create":
      return createTask(entry, op);
    case "task.patch":
      await patchTask(op);
      return null;
    case "task.move":
      commitTask(await api.patch<TaskDetail>(`/tasks/${op.taskId}/move`, { list_id: op.listId, ...anchors(op) }));
      return null;
    case "task.archive":
      await ignoreMissing(api.post(`/tasks/${op.taskId}/archive`, {}, once));
      removeTask(op.boardId, op.taskId);
      return null;
    case "task.restore":
      commitTask(await api.post<TaskDetail>(`/tasks/${op.taskId}/restore`, {}, once));
      return null;
    case "task.delete":
      await ignoreMissing(api.delete(`/tasks/${op.taskId}`));
      removeTask(op.boardId, op.taskId);
      return null;
    case "list.create": {
      const list = await api.post<List>(`/boards/${op.boardId}/lists`, op.fields, once);
      commitList(list);
      return { temporary: op.tempId, real: list.id };
    }
    case "list.patch":
      await patchList(op.boardId, op.listId, op.patch);
      return null;
    case "list.move":
      await patchList(op.boardId, op.listId, anchors(op) as { before?: string });
      return null;
    case "list.delete":
      await ignoreMissing(api.delete(`/lists/${op.listId}`, { query: { move_to: op.moveTo } }));
      removeList(op.boardId, op.listId, op.moveTo);
      return null;
  }
}
