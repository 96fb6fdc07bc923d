/**
 * What is typed into a form and not saved yet. It outlives the form: who goes elsewhere and comes back finds it, and the browser asks before
 * the page is left with something unsaved. Only the parts that were touched are kept; the others follow what the server holds.
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

/** `saved` is what the server holds. */
export function useDraft<T extends object>(key: string, saved: T): Draft<T> {
  const [typed, setTyped] = useState<Partial<T>>(() => (drafts.get(key) as Partial<T> | undefined) ?? {});
  const value = { ...saved, ...typed };
  const dirty = !same(value, saved);
  useEffect(() => {
    if (dirty) drafts.set(key, typed);
    else drafts.delete(key);
  }, [key, dirty, typed]);
  return {
    value,
    dirty,
    set: (change) => setTyped((old) => ({ ...old, ...change })),
    reset: () => {
      drafts.delete(key); // at once: who resets may be gone before the next effect
      setTyped({});
    },
  };
}

/** Before the app itself loads the page anew. */
export const forgetDrafts = (): void => drafts.clear();
