/**
 * What is typed into a form of the settings and not saved yet. It outlives the form: who goes to another section and comes back finds it,
 * and the browser asks before the page is left with something unsaved.
 */
import { useEffect, useState } from "react";
import { onSignOut } from "../api/session";

const drafts = new Map<string, unknown>();

onSignOut(() => drafts.clear());

addEventListener("beforeunload", (event) => {
  if (drafts.size > 0) event.preventDefault();
});

export interface Draft<T> {
  value: T;
  dirty: boolean;
  set(change: Partial<T>): void;
  /** Forgets what was typed; the form shows the saved value again. */
  reset(): void;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** `saved` is what the server holds; while nothing is typed the form follows it. */
export function useDraft<T extends object>(key: string, saved: T): Draft<T> {
  const [typed, setTyped] = useState<T | null>(() => (drafts.get(key) as T | undefined) ?? null);
  const dirty = typed !== null && !same(typed, saved);
  useEffect(() => {
    if (dirty) drafts.set(key, typed);
    else drafts.delete(key);
  }, [key, dirty, typed]);
  return {
    value: typed ?? saved,
    dirty,
    set: (change) => setTyped((old) => ({ ...(old ?? saved), ...change })),
    reset: () => setTyped(null),
  };
}

/** Before the app itself loads the page anew. */
export const forgetDrafts = (): void => drafts.clear();
