/**
 * The outbox: operations wait here, are sent in order per object, and survive a reload or a lost network.
 * A refused operation is dropped and told to whoever enqueued it; the rest is applied anew by deriveBoard.
 */
import { ApiError, NetworkError } from "../api/client";
import { onSignOut, session } from "../api/session";
import { view } from "../api/view";
import { createStore } from "../lib/store";
import { localKeys, readLocal, writeLocal } from "../lib/storage";
import { onReturn } from "./connection";
import { keysOf, withRealId, type Entry, type Op } from "./ops";
import { perform } from "./perform";

export const outbox = createStore<readonly Entry[]>([]);

const PARALLEL = 4;
const tab = crypto.randomUUID();
const retryAt = new Map<string, number>();
const attempts = new Map<string, number>();
const realIds = new Map<string, string>();
let timer: ReturnType<typeof setTimeout> | null = null;

type FailureListener = (entry: Entry, error: unknown) => void;
const failureListeners = new Set<FailureListener>();
const doneListeners = new Set<(entry: Entry) => void>();

export function onFailed(listener: FailureListener): () => void {
  failureListeners.add(listener);
  return () => failureListeners.delete(listener);
}

export function onDone(listener: (entry: Entry) => void): () => void {
  doneListeners.add(listener);
  return () => doneListeners.delete(listener);
}

const prefix = (userId: string) => `karara.outbox.${userId}.`;

function persist(): void {
  const userId = session.get().user?.id;
  if (!userId || view) return;
  const entries = outbox.get();
  writeLocal(prefix(userId) + tab, entries.length > 0 ? entries : null);
}

/** The real id of an object that was made here, once it is known. */
export const realId = (id: string) => realIds.get(id) ?? id;

export function enqueue(op: Op, holdMs = 0): Entry {
  let resolved = op;
  for (const [temporary, real] of realIds) resolved = withRealId(resolved, temporary, real);
  const entry: Entry = { id: crypto.randomUUID(), op: resolved, sending: false, notBefore: holdMs ? Date.now() + holdMs : undefined };
  outbox.set((entries) => [...entries, entry]);
  persist();
  schedule(0);
  return entry;
}

/** Drops an operation that has not been sent; false when it is too late. */
export function cancel(entryId: string): boolean {
  const entry = outbox.get().find((e) => e.id === entryId);
  if (!entry || entry.sending) return false;
  drop(entryId);
  return true;
}

function drop(entryId: string): void {
  outbox.set((entries) => entries.filter((entry) => entry.id !== entryId));
  retryAt.delete(entryId);
  attempts.delete(entryId);
  persist();
}

function mark(entryId: string, sending: boolean): void {
  outbox.set((entries) => entries.map((entry) => (entry.id === entryId ? { ...entry, sending } : entry)));
}

function schedule(ms: number): void {
  if (timer) clearTimeout(timer);
  timer = setTimeout(pump, ms);
}

/** Entries that nothing before them holds up, and the time at which the next one may become ready. */
function ready(now: number): { entries: Entry[]; nextAt: number } {
  const held = new Set<string>();
  const entries: Entry[] = [];
  let nextAt = Infinity;
  let slots = PARALLEL;
  for (const entry of outbox.get()) {
    const keys = keysOf(entry.op);
    const blocked = keys.some((key) => held.has(key));
    for (const key of keys) held.add(key);
    if (entry.sending) slots--;
    if (blocked || entry.sending) continue;
    const at = Math.max(entry.notBefore ?? 0, retryAt.get(entry.id) ?? 0);
    if (at > now) nextAt = Math.min(nextAt, at);
    else entries.push(entry);
  }
  return { entries: entries.slice(0, Math.max(0, slots)), nextAt };
}

function pump(): void {
  timer = null;
  if (session.get().state === "signed-out") return;
  const { entries, nextAt } = ready(Date.now());
  for (const entry of entries) void send(entry);
  if (nextAt < Infinity) schedule(Math.max(20, nextAt - Date.now()));
}

async function send(entry: Entry): Promise<void> {
  mark(entry.id, true);
  try {
    const outcome = await perform(entry);
    if (outcome) adoptRealId(outcome.temporary, outcome.real);
    drop(entry.id);
    for (const listener of doneListeners) listener(entry);
  } catch (error) {
    settle(entry, error);
  }
  schedule(0);
}

function adoptRealId(temporary: string, real: string): void {
  realIds.set(temporary, real);
  outbox.set((entries) => entries.map((entry) => ({ ...entry, op: withRealId(entry.op, temporary, real) })));
}

/** Milliseconds until the same operation should be tried again; null when the refusal is final. */
function patience(entry: Entry, error: unknown): number | null {
  const tries = attempts.get(entry.id) ?? 0;
  const pause = Math.min(15_000, 1000 * 2 ** tries);
  if (error instanceof NetworkError) return pause;
  if (!(error instanceof ApiError)) return null;
  if (error.status === 429 || error.status === 503) return (error.retryAfter ?? 2) * 1000;
  if (error.code === "idempotency_in_progress") return (error.retryAfter ?? 1) * 1000;
  if (error.status === 502 || error.status === 504) return pause;
  if (error.status >= 500 && tries < 2) return pause;
  if (error.status === 401) return pause;
  return null;
}

function settle(entry: Entry, error: unknown): void {
  const pause = patience(entry, error);
  if (pause !== null) {
    attempts.set(entry.id, (attempts.get(entry.id) ?? 0) + 1);
    retryAt.set(entry.id, Date.now() + pause);
    mark(entry.id, false);
    return;
  }
  const current = outbox.get().find((e) => e.id === entry.id) ?? entry;
  drop(entry.id);
  if (current.op.kind === "task.create" || current.op.kind === "list.create") dropFollowers(current.op.tempId);
  for (const listener of failureListeners) listener(current, error);
}

/** What was to happen to an object that never came to be can't happen. */
function dropFollowers(temporary: string): void {
  outbox.set((entries) => entries.filter((entry) => !JSON.stringify(entry.op).includes(temporary)));
  persist();
}

/** Takes over what tabs that are gone had not sent. A living tab holds a lock of its name. */
async function adoptOrphans(userId: string): Promise<void> {
  if (!navigator.locks) return;
  for (const key of localKeys(prefix(userId))) {
    const owner = key.slice(prefix(userId).length);
    if (owner === tab) {
      if (outbox.get().length === 0) outbox.set((readLocal<Entry[]>(key) ?? []).map((entry) => ({ ...entry, sending: false })));
      continue;
    }
    await navigator.locks.request(`karara-tab-${owner}`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      const entries = readLocal<Entry[]>(key) ?? [];
      writeLocal(key, null);
      outbox.set((own) => [...entries.map((entry) => ({ ...entry, sending: false })), ...own]);
      persist();
    });
  }
  schedule(0);
}

/** Deletions that were held back for "undo" go out when the page closes. */
function flushHeld(): void {
  outbox.set((entries) => entries.map((entry) => (entry.notBefore ? { ...entry, notBefore: undefined } : entry)));
  persist();
  pump();
}

export function startOutbox(): void {
  if (navigator.locks) void navigator.locks.request(`karara-tab-${tab}`, () => new Promise<never>(() => undefined));
  let adopted: string | null = null;
  const adopt = () => {
    const { state, user } = session.get();
    if (state === "signed-out") adopted = null;
    // Who only looks sends nothing, least of all what the other person had not sent yet.
    if (!user || adopted === user.id || view) return;
    adopted = user.id;
    void adoptOrphans(user.id);
    setTimeout(() => void adoptOrphans(user.id), 3000);
  };
  session.subscribe(adopt);
  adopt();
  onReturn(() => {
    retryAt.clear();
    schedule(0);
  });
  addEventListener("pagehide", flushHeld);
}

onSignOut((ending) => {
  outbox.set([]);
  if (ending === "lost") return;
  for (const key of localKeys("karara.outbox.")) writeLocal(key, null);
});
