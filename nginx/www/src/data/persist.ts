/** The last snapshot of each board in IndexedDB, so that a board opens from here and is refreshed behind it. */
import type { Snapshot } from "../api/types";
import { view } from "../api/view";

const NAME = "karara";
const STORE = "snapshots";

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const ask = indexedDB.open(NAME, 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore(STORE);
    ask.onsuccess = () => resolve(ask.result);
    ask.onerror = () => reject(ask.error);
  });
  return opened;
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const db = await open();
    return await new Promise<T>((resolve, reject) => {
      const ask = work(db.transaction(STORE, mode).objectStore(STORE));
      ask.onsuccess = () => resolve(ask.result);
      ask.onerror = () => reject(ask.error);
    });
  } catch {
    return undefined; /* no storage, no cache: the board is fetched */
  }
}

const key = (userId: string, boardId: string) => `${userId}/${boardId}`;

export async function loadSnapshot(userId: string, boardId: string): Promise<Snapshot | undefined> {
  if (view) return undefined;
  return run("readonly", (store) => store.get(key(userId, boardId)) as IDBRequest<Snapshot>);
}

export async function saveSnapshot(userId: string, boardId: string, snapshot: Snapshot): Promise<void> {
  if (view) return;
  await run("readwrite", (store) => store.put(snapshot, key(userId, boardId)));
}

export async function forgetSnapshot(userId: string, boardId: string): Promise<void> {
  await run("readwrite", (store) => store.delete(key(userId, boardId)));
}

export async function forgetAllSnapshots(): Promise<void> {
  await run("readwrite", (store) => store.clear());
}
