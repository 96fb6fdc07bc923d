/** Whether the server can be reached, and since when it can't. */
import { ApiError, NetworkError, onReachability } from "../api/client";
import { createStore } from "../lib/store";

export interface Connection {
  reachable: boolean;
  /** When it was lost, in milliseconds. */
  lostAt: number;
  /** Since when it has only asked to come again later (503, 429), in milliseconds; 0 when it does its work. */
  busySince: number;
}

export const connection = createStore<Connection>({ reachable: true, lostAt: 0, busySince: 0 });

/** Whether an error says that the server is out of reach, and nothing of what was asked. */
export const isAway = (error: unknown): boolean => error instanceof NetworkError || (error instanceof ApiError && (error.status === 502 || error.status === 504));

let probe: ReturnType<typeof setInterval> | null = null;

function setReachable(ok: boolean): void {
  if (connection.get().reachable === ok) return;
  connection.set((old) => ({ ...old, reachable: ok, lostAt: ok ? 0 : Date.now() }));
  if (probe) clearInterval(probe);
  probe = ok ? null : setInterval(knock, 4000);
}

function setBusy(busy: boolean): void {
  if (connection.get().busySince > 0 !== busy) connection.set((old) => ({ ...old, busySince: busy ? Date.now() : 0 }));
}

/** Pages that ask for nothing would otherwise never learn that the server is back. */
async function knock(): Promise<void> {
  try {
    const answer = await fetch("/api/v1/health", { cache: "no-store" });
    if (answer.status !== 502 && answer.status !== 504) setReachable(true);
  } catch {
    /* still away */
  }
}

/** Calls whenever the server can be reached again. */
export function onReturn(listener: () => void): void {
  let was = connection.get().reachable;
  connection.subscribe(() => {
    const now = connection.get().reachable;
    if (now && !was) listener();
    was = now;
  });
}

export function watchConnection(): void {
  onReachability((ok, busy) => {
    setReachable(ok);
    setBusy(busy);
  });
  addEventListener("online", () => void knock());
  addEventListener("offline", () => setReachable(false));
}
