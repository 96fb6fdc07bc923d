/** What belongs to the signed-in person beyond the profile: an address that waits for its confirmation, API tokens, the last made one. */
import { queryOptions } from "@tanstack/react-query";
import { api, getAll } from "../api/client";
import { onSignOut, session, setUser } from "../api/session";
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

/**
 * The new address that was asked for. The server tells nobody, not even the person, whether a mail went out, since that would say
 * whether the address has an account; so what was asked is remembered here, as long as the mailed link is good.
 */
export interface EmailAsked {
  userId: string;
  email: string;
  until: number;
}

const KEY = "karara.email-asked";
const LINK_MS = 24 * 3600 * 1000;

export const emailAsked = createStore<EmailAsked | null>(readLocal<EmailAsked>(KEY));

export function rememberAsked(email: string | null): void {
  const userId = session.get().user?.id;
  const next = email && userId ? { userId, email, until: Date.now() + LINK_MS } : null;
  writeLocal(KEY, next);
  emailAsked.set(next);
}

onSignOut(() => {
  madeToken.set(null);
  freshCodes.set(null);
  rememberAsked(null);
});
