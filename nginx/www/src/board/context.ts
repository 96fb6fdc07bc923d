/** What the parts of one board share. The value changes when the board does; stores are for what changes often. */
import { createContext, useContext } from "react";
import type { List, Task } from "../api/types";
import type { BoardView } from "../data/apply";
import type { Rights } from "../data/resources";
import type { Store } from "../lib/store";

export interface Visible {
  /** The cards of each list that pass the filters, in order. */
  cards: Map<string, Task[]>;
  shown: number;
  total: number;
  filtered: boolean;
}

export interface BoardShared {
  view: BoardView;
  visible: Visible;
  rights: Rights;
  manageLists: boolean;
  selection: Store<ReadonlySet<string>>;
  collapsed: Store<ReadonlySet<string>>;
  /** The list whose quick add is open. */
  adding: Store<string | null>;
  open(task: Task): void;
  hrefOf(task: Task): string;
  askMove(tasks: Task[]): void;
  askList(list: List, what: "rename" | "limit" | "move" | "delete"): void;
  toggle(task: Task, range?: boolean): void;
}

export const BoardContext = createContext<BoardShared | null>(null);

export function useShared(): BoardShared {
  const shared = useContext(BoardContext);
  if (!shared) throw new Error("outside a board");
  return shared;
}
