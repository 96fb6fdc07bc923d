/**
 * The one drag at a time, whoever makes it: pointer, finger or keyboard. Columns follow this store and draw the
 * placeholder; the layers write to it. An index counts among a list's visible cards without the dragged one.
 */
import { createStore } from "../../lib/store";

export interface Spot {
  listId: string;
  index: number;
}

export interface Drag {
  taskId: string;
  mode: "pointer" | "keyboard";
  from: Spot;
  over: Spot;
  height: number;
}

export const drag = createStore<Drag | null>(null);

export interface ColumnHandle {
  /** The whole column on the screen; what is over it drops into it. */
  element(): HTMLElement | null;
  /** What scrolls up and down; null while collapsed. */
  scroller(): HTMLElement | null;
  /** Where a card dropped at this height would go. */
  indexAt(clientY: number): number;
}

const columns = new Map<string, ColumnHandle>();

export function registerColumn(listId: string, handle: ColumnHandle): () => void {
  columns.set(listId, handle);
  return () => {
    if (columns.get(listId) === handle) columns.delete(listId);
  };
}

export const columnHandle = (listId: string) => columns.get(listId);

/** The column under the pointer, or the nearest one to its left or right. */
export function columnAt(clientX: number): string | null {
  let nearest: string | null = null;
  let distance = Infinity;
  for (const [listId, handle] of columns) {
    const rect = handle.element()?.getBoundingClientRect();
    if (!rect) continue;
    const away = clientX < rect.left ? rect.left - clientX : clientX > rect.right ? clientX - rect.right : 0;
    if (away < distance) [nearest, distance] = [listId, away];
  }
  return nearest;
}

export function hover(spot: Spot): void {
  drag.set((old) => {
    if (!old || (old.over.listId === spot.listId && old.over.index === spot.index)) return old;
    return { ...old, over: spot };
  });
}

export const stayed = ({ from, over }: Drag) => from.listId === over.listId && from.index === over.index;
