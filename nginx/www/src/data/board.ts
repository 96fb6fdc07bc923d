/** The board as a hook: server's snapshot, waiting operations and what people see, always in step. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { useStore } from "../lib/store";
import { deriveBoard, type BoardView } from "./apply";
import { loadBoard, snapshotKey } from "./cache";
import type { Entry } from "./ops";
import { outbox } from "./outbox";

/** This board's operations; the array keeps its identity while nothing in it changes. */
export function useEntries(boardId: string): readonly Entry[] {
  const all = useStore(outbox);
  const last = useRef<readonly Entry[]>([]);
  const mine = all.filter((entry) => entry.op.boardId === boardId);
  const unchanged = mine.length === last.current.length && mine.every((entry, i) => entry.op === last.current[i]!.op);
  if (!unchanged) last.current = mine;
  return last.current;
}

export interface BoardData {
  view: BoardView | null;
  error: Error | null;
  retry(): void;
}

export function useBoard(boardId: string): BoardData {
  const entries = useEntries(boardId);
  const { data, error, refetch } = useQuery({
    queryKey: snapshotKey(boardId),
    queryFn: ({ signal }) => loadBoard(boardId, signal),
    staleTime: Infinity,
    gcTime: 10 * 60_000,
  });
  const old = useRef<BoardView | null>(null);
  const view = useMemo(() => {
    if (!data) return null;
    const previous = old.current?.board.id === boardId ? old.current : null;
    return (old.current = deriveBoard(data, entries, previous));
  }, [boardId, data, entries]);
  return { view, error: view ? null : error, retry: () => void refetch() };
}
