/** Moving cards by keyboard: Space lifts, arrows move, Space drops, Escape cancels; each step is announced. */
import { useEffect } from "react";
import type { Task } from "../../api/types";
import { announce } from "../../lib/announce";
import { t } from "../../lib/i18n";
import type { BoardShared } from "../context";
import { drag, hover, stayed, type Drag, type Spot } from "./drag";

const without = (shared: BoardShared, listId: string, taskId: string) =>
  (shared.visible.cards.get(listId) ?? []).filter((task) => task.id !== taskId);

function where(shared: BoardShared, taskId: string, spot: Spot): string {
  const list = shared.view.lists.find((row) => row.id === spot.listId)?.name ?? "";
  const task = shared.view.byId.get(taskId)?.reference ?? "";
  const count = without(shared, spot.listId, taskId).length + 1;
  return t("{task}, {position} of {count}, {list}", { task, position: spot.index + 1, count, list });
}

export function lift(shared: BoardShared, task: Task, height: number): boolean {
  const column = shared.visible.cards.get(task.list_id) ?? [];
  const index = column.findIndex((row) => row.id === task.id);
  if (index < 0) return false;
  const from = { listId: task.list_id, index };
  drag.set({ taskId: task.id, mode: "keyboard", from, over: from, height });
  const at = where(shared, task.id, from);
  announce(t("Lifted: {where}. Arrow keys move, Space drops, Escape cancels.", { where: at }));
  return true;
}

function target(shared: BoardShared, { taskId, over }: Drag, key: string): Spot | null {
  const size = without(shared, over.listId, taskId).length;
  if (key === "ArrowUp") return over.index > 0 ? { ...over, index: over.index - 1 } : null;
  if (key === "ArrowDown") return over.index < size ? { ...over, index: over.index + 1 } : null;
  if (key === "Home") return { ...over, index: 0 };
  if (key === "End") return { ...over, index: size };
  const at = shared.view.lists.findIndex((list) => list.id === over.listId);
  const next = shared.view.lists[at + (key === "ArrowRight" ? 1 : -1)];
  if (!next) return null;
  return { listId: next.id, index: Math.min(over.index, without(shared, next.id, taskId).length) };
}

const MOVES = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);

interface Handlers {
  onDrop(result: Drag): void;
  onCancel(result: Drag): void;
}

function step(shared: BoardShared, current: Drag, key: string): void {
  const spot = target(shared, current, key);
  if (spot) hover(spot);
  announce(where(shared, current.taskId, drag.get()!.over));
}

function drop(shared: BoardShared, current: Drag, handlers: Handlers): void {
  announce(t("Dropped: {where}.", { where: where(shared, current.taskId, current.over) }));
  if (!stayed(current)) handlers.onDrop(current);
  else handlers.onCancel(current);
  drag.set(null);
}

function abandon(shared: BoardShared, current: Drag, handlers: Handlers): void {
  announce(t("Cancelled: {where}.", { where: where(shared, current.taskId, current.from) }));
  drag.set(null);
  handlers.onCancel(current);
}

/** While a card is lifted, the keys belong to it, wherever the focus may be. */
export function useKeyboardDrag(shared: BoardShared | null, handlers: Handlers): void {
  useEffect(() => {
    if (!shared) return;
    const onKey = (event: KeyboardEvent) => {
      const current = drag.get();
      if (current?.mode !== "keyboard") return;
      const drops = event.key === " " || event.key === "Enter";
      if (!drops && event.key !== "Escape" && event.key !== "Tab" && !MOVES.has(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      if (drops) drop(shared, current, handlers);
      else if (event.key === "Escape" || event.key === "Tab") abandon(shared, current, handlers);
      else step(shared, current, event.key);
    };
    const onPress = () => {
      const current = drag.get();
      if (current?.mode === "keyboard") abandon(shared, current, handlers);
    };
    addEventListener("keydown", onKey, { capture: true });
    addEventListener("mousedown", onPress, { capture: true });
    return () => {
      removeEventListener("keydown", onKey, { capture: true });
      removeEventListener("mousedown", onPress, { capture: true });
    };
  }, [shared, handlers]);
}
