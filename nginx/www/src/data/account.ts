/** What belongs to the signed-in person beyond the profile: API tokens, the last made one. */
import { queryOptions } from "@tanstack/react-query";
import { api, getAll } from "../api/client";
import { onSignOut, setUser } from "../api/session";
import type { ApiToken, NewApiToken, User } from "../api/types";
import { readLocal, writeLocal } from "../lib/storage";
import { createStore } from "../lib/store";

/** Asks for the account anew, for what may have changed by a mailed link on another device. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => {
    const me = await api.get<User>("/users/me");
    setUser(me);
    return me.version;
  },
  staleTime: 0,
});

export const tokensQuery = queryOptions({ queryKey: ["tokens"], queryFn: () => getAll<ApiToken>("/auth/tokens") });

/** The token that was just made, with its secret, until the person says that it is kept. Never stored. */
export const madeToken = createStore<NewApiToken | null>(null);

/** Recovery codes that were just made, for as long as the person hasn't said that they are kept: going elsewhere doesn't lose them. */
export const freshCodes = createStore<readonly string[] | null>(null);

/** The change of address that this browser has shown as waiting: it may be confirmed elsewhere, while the app isn't open. */
interface Waiting {
  userId: string;
  email: string;
}

const WAITING = "karara.email-waiting";

export const seenWaiting = () => readLocal<Waiting>(WAITING);
export const keepWaiting = (change: Waiting | null) => writeLocal(WAITING, change);

onSignOut(() => {
  keepWaiting(null);
  madeToken.set(null);
  freshCodes.set(null);
});
