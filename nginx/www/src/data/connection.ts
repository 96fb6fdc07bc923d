/** Whether the server can be reached, and since when it can't. */
import { ApiError, NetworkError, onReachability } from "../api/client";
import { createStore } from "../lib/store";

export interface Connection {
  reachable: boolean;
  /** When it was lost, in milliseconds. */
  lostAt: number;
}

export const connection = createStore<Connection>({ reachable: true, lostAt: 0 });

/** Whether an error says that the server is out of reach, and nothing of what was asked. */
export const isAway = (error: unknown): boolean => error instanceof NetworkError || (error instanceof ApiError && (error.status === 502 || error.status === 504));

let probe: ReturnType<typeof setInterval> | null = null;

function setReachable(ok: boolean): void {
  if (connection.get().reachable === ok) return;
  connection.set({ reachable: ok, lostAt: ok ? 0 : Date.now() });
  if (probe) clearInterval(probe);
  probe = ok ? null : setInterval(knock, 4000);
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

export function watchConnection(): void {
  onReachability(setReachable);
  addEventListener("online", () => void knock());
  addEventListener("offline", () => setReachable(false));
}
