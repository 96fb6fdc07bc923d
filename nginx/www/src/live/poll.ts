/** A board's feed by polling its snapshot with If-None-Match: often while people look, seldom while they don't. */
import { ApiError } from "../api/client";
import type { Snapshot } from "../api/types";
import { epochOf, fetchSnapshot, forgetEtag, takeSnapshot } from "../data/cache";
import { outbox } from "../data/outbox";
import type { BoardFeed, OpenFeed } from "./feed";
import { pace } from "./pace";

const pause = () => pace({ visible: 2000, idle: 5000, hidden: 15_000 });

/** A creation on its way may or may not be in the answer under its real id; such an answer is not used. */
const creating = (boardId: string) =>
  outbox.get().some(({ op, sending }) => sending && op.boardId === boardId && (op.kind === "task.create" || op.kind === "list.create"));

export const openPollingFeed: OpenFeed = (boardId, events): BoardFeed => {
  let timer: ReturnType<typeof setTimeout>;
  let holds = 0;
  let kept: { snapshot: Snapshot; epoch: number } | null = null;
  let closed = false;
  let asking = false;
  const abort = new AbortController();

  const deliver = (snapshot: Snapshot) => {
    if (holds > 0) kept = { snapshot, epoch: epochOf(boardId) };
    else takeSnapshot(boardId, snapshot);
  };

  async function ask(): Promise<number> {
    const epoch = epochOf(boardId);
    const unsure = creating(boardId);
    const snapshot = await fetchSnapshot(boardId, abort.signal);
    if (!snapshot) return pause();
    if (epoch !== epochOf(boardId) || unsure || creating(boardId)) {
      forgetEtag(boardId);
      return 400;
    }
    deliver(snapshot);
    return pause();
  }

  async function tick(): Promise<void> {
    if (closed || asking) return;
    asking = true;
    let next = pause();
    try {
      next = await ask();
    } catch (error) {
      if (closed) return;
      if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return events.gone();
      next = error instanceof ApiError && error.retryAfter ? error.retryAfter * 1000 : Math.max(next, 4000);
    } finally {
      asking = false;
    }
    schedule(next);
  }

  function schedule(ms: number): void {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void tick(), ms);
  }

  const onVisible = () => document.visibilityState === "visible" && schedule(0);
  document.addEventListener("visibilitychange", onVisible);
  schedule(0);

  return {
    hold() {
      holds++;
      let released = false;
      return () => {
        if (released) return;
        released = true;
        if (--holds > 0 || !kept) return;
        const { snapshot, epoch } = kept;
        kept = null;
        if (closed) return;
        if (epoch === epochOf(boardId)) return takeSnapshot(boardId, snapshot);
        forgetEtag(boardId);
        schedule(0);
      };
    },
    refresh: () => schedule(0),
    close() {
      closed = true;
      clearTimeout(timer);
      abort.abort();
      document.removeEventListener("visibilitychange", onVisible);
    },
  };
};
