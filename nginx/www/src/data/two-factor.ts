/** Brands that ask for a second factor which the person doesn't have yet, as their refusals tell. */
import { onRefused } from "../api/client";
import { onSignOut, session } from "../api/session";
import { createStore, useStore } from "../lib/store";
import { queries } from "./cache";

const asking = createStore<readonly string[]>([]);

/** The brand of a request: the one in its address, else the session's. */
const brandOf = (path: string) => /^\/brands\/([^/?]+)/.exec(path)?.[1] ?? session.get().brandId;

export function watchTwoFactor(): void {
  onRefused((error, path) => {
    const brand = brandOf(path);
    if (error.code === "two_factor_setup_required" && brand) asking.set((all) => (all.includes(brand) ? all : [...all, brand]));
  });
  onSignOut(() => asking.set([]));
}

/** Asks everything anew that was refused, once the factor is there or the brand may have changed its mind. */
export async function askAgain(): Promise<void> {
  asking.set([]);
  await queries.invalidateQueries();
}

export const useAsksForTwoFactor = (brandId: string | null) => useStore(asking, (all) => brandId !== null && all.includes(brandId));
