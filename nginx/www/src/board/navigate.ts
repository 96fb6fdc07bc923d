/** Keys on a focused card, and the way from card to card. */
import type { Task } from "../api/types";
import { announce } from "../lib/announce";
import { singleKeys } from "../lib/keys";
import { t } from "../lib/i18n";
import { archiveTasks } from "./actions";
import { cardElement, focusWanted } from "./column";
import type { BoardShared } from "./context";
import { drag } from "./dnd/drag";
import { lift } from "./dnd/keyboard";

function neighbour(shared: BoardShared, task: Task, key: string): Task | undefined {
  const { lists } = shared.view;
  const { cards } = shared.visible;
  const column = cards.get(task.list_id) ?? [];
  const at = column.findIndex((row) => row.id === task.id);
  if (key === "ArrowDown" || key === "j") return column[at + 1];
  if (key === "ArrowUp" || key === "k") return column[at - 1];
  if (key === "Home") return column[0];
  if (key === "End") return column[column.length - 1];
  const step = key === "ArrowRight" ? 1 : -1;
  for (let i = lists.findIndex((list) => list.id === task.list_id) + step; lists[i]; i += step) {
    const other = shared.collapsed.get().has(lists[i]!.id) ? [] : (cards.get(lists[i]!.id) ?? []);
    if (other.length > 0) return other[Math.min(at, other.length - 1)];
  }
  return undefined;
}

const WAYS = new Set(["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"]);

function liftCard(shared: BoardShared, task: Task): void {
  if (!shared.rights.editTask(task)) return announce(t("You may not move this card."));
  lift(shared, task, cardElement(task.id)?.offsetHeight ?? 80);
}

function letter(shared: BoardShared, task: Task, key: string): boolean {
  if (!singleKeys.get()) return false;
  const edits = shared.rights.editTask(task);
  if (key === "x") shared.toggle(task);
  else if (key === "m" && edits) shared.askMove([task]);
  else if (key === "e" && edits) {
    focusWanted.set((neighbour(shared, task, "j") ?? neighbour(shared, task, "k"))?.id ?? null);
    archiveTasks(shared.view, [task]);
  } else return false;
  return true;
}

export function onCardKey(shared: BoardShared, event: React.KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const id = target.matches("a") ? target.closest<HTMLElement>("[data-card]")?.dataset.card : undefined;
  const task = id ? shared.view.byId.get(id) : undefined;
  if (!task || drag.get() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " ") {
    event.preventDefault();
    return liftCard(shared, task);
  }
  const moves = WAYS.has(event.key) || (singleKeys.get() && (event.key === "j" || event.key === "k"));
  if (moves) {
    event.preventDefault();
    const next = neighbour(shared, task, event.key);
    if (next) focusWanted.set(next.id);
    return;
  }
  if (letter(shared, task, event.key)) event.preventDefault();
}
