/**
 * The server's state in Query's cache: snapshots and task details. The outbox and the live feed write here;
 * what the eye sees is derived from it together with the waiting operations.
 */
import { QueryClient } from "@tanstack/react-query";
import { ApiError, NetworkError, request } from "../api/client";
import { onSignOut, session } from "../api/session";
import type { List, Snapshot, Task, TaskDetail } from "../api/types";
import { mergeSnapshot } from "./apply";
import { onReturn } from "./connection";
import { forgetAllSnapshots, forgetSnapshot, loadSnapshot, saveSnapshot } from "./persist";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (count, error) => {
        if (error instanceof NetworkError) return count < 2;
        if (error instanceof ApiError && error.status === 429) return count < 5;
        return error instanceof ApiError && error.status >= 500 && count < 2;
      },
      retryDelay: (count, error) => {
        const asked = error instanceof ApiError ? error.retryAfter : null;
        return asked ? asked * 1000 : Math.min(8000, 1000 * 2 ** count);
      },
      networkMode: "always",
      refetchOnWindowFocus: true,
    },
  },
});

onSignOut(async () => {
  queries.clear();
  etags.clear();
  await forgetAllSnapshots();
});

/** What could not be had while the server was away comes by itself once it is back. */
export function refetchOnReturn(): void {
  onReturn(() => void queries.refetchQueries({ type: "active", predicate: (query) => query.state.status === "error" }));
}

export const snapshotKey = (boardId: string) => ["snapshot", boardId] as const;
export const taskKey = (taskId: string) => ["task", taskId] as const;

const etags = new Map<string, string>();
const epochs = new Map<string, number>();

/** Rises with every write that this tab knows the outcome of; an answer that was asked for before is out of date. */
export const epochOf = (boardId: string) => epochs.get(boardId) ?? 0;
const touched = (boardId: string) => epochs.set(boardId, epochOf(boardId) + 1);

export const peekSnapshot = (boardId: string) => queries.getQueryData<Snapshot>(snapshotKey(boardId));

/** Asks for a board; null when nothing has changed since the last answer. */
export async function fetchSnapshot(boardId: string, signal?: AbortSignal): Promise<Snapshot | null> {
  const known = peekSnapshot(boardId) ? etags.get(boardId) : undefined;
  const reply = await request<Snapshot>("GET", `/boards/${boardId}/snapshot`, { ifNoneMatch: known, signal });
  if (reply.status === 304) return null;
  if (reply.etag) etags.set(boardId, reply.etag);
  return reply.data;
}

/** The answer was not used, so the next question must not be answered with "nothing new". */
export function forgetEtag(boardId: string): void {
  etags.delete(boardId);
}

/** First load: what IndexedDB kept, if anything, else the server's answer. */
export async function loadBoard(boardId: string, signal?: AbortSignal): Promise<Snapshot> {
  const userId = session.get().user?.id;
  const kept = userId ? await loadSnapshot(userId, boardId) : undefined;
  if (kept) return kept;
  const fresh = (await fetchSnapshot(boardId, signal)) as Snapshot;
  keepForLater(boardId);
  return fresh;
}

const saveTimers = new Map<string, ReturnType<typeof setTimeout>>();

function keepForLater(boardId: string): void {
  clearTimeout(saveTimers.get(boardId));
  const save = () => {
    const snapshot = peekSnapshot(boardId);
    const userId = session.get().user?.id;
    if (snapshot && userId) void saveSnapshot(userId, boardId, snapshot);
  };
  saveTimers.set(boardId, setTimeout(save, 800));
}

export function takeSnapshot(boardId: string, next: Snapshot): void {
  queries.setQueryData<Snapshot>(snapshotKey(boardId), (old) => mergeSnapshot(old, next));
  keepForLater(boardId);
}

function edit(boardId: string, change: (old: Snapshot) => Snapshot): void {
  touched(boardId);
  queries.setQueryData<Snapshot>(snapshotKey(boardId), (old) => (old ? change(old) : old));
  keepForLater(boardId);
}

/** A task as the server last answered it. */
export function commitTask(task: TaskDetail): void {
  queries.setQueryData<TaskDetail>(taskKey(task.id), (old) => (old && old.version > task.version ? old : { ...old, ...task }));
  edit(task.board_id, (old) => {
    const others = old.tasks.filter((row) => row.id !== task.id);
    return { ...old, tasks: task.archived_at ? others : [...others, asRow(task)] };
  });
}

/** List rows carry neither the description nor the people's names. */
function asRow({ description: _d, assignees, ...row }: TaskDetail): Task {
  return { ...row, assignee_ids: row.assignee_ids ?? assignees?.map((person) => person.id) ?? [] };
}

export function removeTask(boardId: string, taskId: string): void {
  edit(boardId, (old) => ({ ...old, tasks: old.tasks.filter((row) => row.id !== taskId) }));
  queries.removeQueries({ queryKey: taskKey(taskId) });
}

export function commitList(list: List): void {
  edit(list.board_id, (old) => ({ ...old, lists: [...old.lists.filter((row) => row.id !== list.id), list] }));
}

export function removeList(boardId: string, listId: string, movedTo?: string): void {
  edit(boardId, (old) => ({
    ...old,
    lists: old.lists.filter((row) => row.id !== listId),
    tasks: old.tasks.map((row) => (row.list_id === listId && movedTo ? { ...row, list_id: movedTo } : row)),
  }));
}

/** The best that is known of a task's server state: the sheet's detail, or the board's row if that is newer. */
export function knownTask(boardId: string, taskId: string): Partial<TaskDetail> | undefined {
  const detail = queries.getQueryData<TaskDetail>(taskKey(taskId));
  const row = peekSnapshot(boardId)?.tasks.find((task) => task.id === taskId);
  if (!row) return detail;
  if (!detail) return row;
  return row.version > detail.version ? { ...row, description: undefined as never } : detail;
}

export function knownList(boardId: string, listId: string): List | undefined {
  return peekSnapshot(boardId)?.lists.find((list) => list.id === listId);
}

export async function forgetBoard(boardId: string): Promise<void> {
  const userId = session.get().user?.id;
  clearTimeout(saveTimers.get(boardId));
  etags.delete(boardId);
  queries.removeQueries({ queryKey: snapshotKey(boardId) });
  if (userId) await forgetSnapshot(userId, boardId);
}
