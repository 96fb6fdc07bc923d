import { createStore } from "../lib/store";

/** Rises when something outside the board, such as the palette, asks for the quick add. */
export const quickAddWanted = createStore(0);

export const wantQuickAdd = () => quickAddWanted.set((count) => count + 1);
