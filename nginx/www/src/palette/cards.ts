/** Cards for the palette: those of the board that is open are here already, those of other boards are asked for. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { api } from "../api/client";
import type { Board, Snapshot, Task } from "../api/types";
import { queries, snapshotKey } from "../data/cache";
import { useBrandId } from "../data/resources";
import { best, cardScore } from "./rank";

/** What a row of the palette shows of a card. */
export type Found = Pick<Task, "id" | "reference" | "title" | "board_id" | "task_type">;

const FIELDS = "id,reference,title,board_id,task_type";
const ASKED = 50;
const MOST = 8;

/** Typing is faster than the way to the server and back. */
const PAUSE_MS = 120;
const SHORTEST = 2;

/** More boards than fit into an address: then this board's cards take some of the answer. */
const NAMEABLE = 60;

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export interface FoundCards {
  boardId: string | null;
  here: Found[];
  elsewhere: Found[];
  /** What is typed isn't answered yet. */
  searching: boolean;
  failed: boolean;
}

const NONE: Found[] = [];

/** `boards`: all that one may see. */
export function useFoundCards(text: string, words: string[], boards: readonly Board[]): FoundCards {
  const [path] = useLocation();
  const brand = useBrandId();
  const boardId = /^\/b\/([^/]+)/.exec(path)?.[1] ?? null;
  const asked = useSettled(text.trim().toLowerCase());
  const others = boards.filter((board) => board.id !== boardId).map((board) => board.id);
  const where = boardId && others.length <= NAMEABLE ? others.join(",") : undefined;
  const enabled = asked.length >= SHORTEST && others.length > 0;
  const { data, isFetching, isError } = useQuery({
    queryKey: [brand, "found", asked, where],
    queryFn: ({ signal }) => api.get<Found[]>("/tasks", { query: { q: asked, limit: ASKED, fields: FIELDS, board_id: where }, signal }),
    enabled,
    placeholderData: (old) => old,
    retry: false,
  });
  const here = useMemo(() => {
    const tasks = boardId ? queries.getQueryData<Snapshot>(snapshotKey(boardId))?.tasks : undefined;
    return words.length === 0 || !tasks ? NONE : best<Found>(tasks, (task) => cardScore(task, words), MOST);
  }, [boardId, text]);
  const elsewhere = useMemo(() => {
    const rows = words.length === 0 || !enabled ? NONE : (data ?? NONE);
    return best(rows.filter((task) => task.board_id !== boardId), (task) => cardScore(task, words), MOST);
  }, [data, boardId, text, enabled]);
  const settling = text.trim().toLowerCase() !== asked && text.trim().length >= SHORTEST;
  return { boardId, here, elsewhere, searching: (settling || isFetching) && others.length > 0, failed: enabled && isError };
}
