/**
 * What was known last of a brand: a page that opens while the server is away, or slow, has its boards and offers what one may do. Each
 * reading takes its place; none of it decides anything, the server does.
 */
import { onSignOut, session } from "../api/session";
import { view } from "../api/view";
import type { Board } from "../api/types";
import { localKeys, readLocal, writeLocal } from "../lib/storage";

interface Known {
  boards: Board[];
  permissions: string[];
}

const PREFIX = "karara.known.";

const keyOf = (brandId: string, what: keyof Known) => `${PREFIX}${session.get().user?.id ?? "nobody"}.${brandId}.${what}`;

export const readKnown = <K extends keyof Known>(brandId: string, what: K): Known[K] | undefined =>
  view ? undefined : (readLocal<Known[K]>(keyOf(brandId, what)) ?? undefined);

export function keepKnown<K extends keyof Known>(brandId: string, what: K, value: Known[K]): void {
  if (!view && session.get().user) writeLocal(keyOf(brandId, what), value);
}

onSignOut(() => {
  for (const key of localKeys(PREFIX)) writeLocal(key, null);
});
