/** What one wants to be told, and how: one set of wishes for all of one's brands. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, explain } from "../../api/client";
import type { NotificationPreferences, NotificationType } from "../../api/types.gen";
import { onSignOut } from "../../api/session";
import { queries } from "../../data/cache";
import { announce } from "../../lib/announce";
import { t } from "../../lib/i18n";
import { createStore, useStore } from "../../lib/store";
import { toast } from "../../ui/toasts";

export const WAYS = ["in_app", "email", "push", "sms"] as const;
export type Way = (typeof WAYS)[number];
export type Digest = Wishes["digest"];
export type TypeWish = NotificationType;
export type Wishes = NotificationPreferences;

export type WishPatch = Partial<Pick<Wishes, "digest" | "digest_time" | "digest_weekday">> & {
  quiet?: Partial<Wishes["quiet"]>;
  types?: { type: string; ways: Partial<Record<Way, boolean>> }[];
};

const KEY = ["notification-preferences"];
export const wishesQuery = queryOptions({ queryKey: KEY, queryFn: () => api.get<Wishes>("/notifications/preferences") });

/** What is on the screen: a box that is ticked stays ticked while the answer is on its way. */
const shown = createStore<Wishes | null>(null);
onSignOut(() => shown.set(null));

export function useWishes(): { wishes: Wishes | null; error: unknown; refetch(): void } {
  const { data, error, refetch } = useQuery(wishesQuery);
  const wishes = useStore(shown);
  useEffect(() => {
    if (data) shown.set(data);
  }, [data]);
  return { wishes, error: data ? null : error, refetch: () => void refetch() };
}

export const refetchWishes = () => queries.invalidateQueries({ queryKey: KEY });

function merge(old: Wishes, { types, quiet, ...rest }: WishPatch): Wishes {
  const of = new Map(types?.map((row) => [row.type, row.ways]));
  return {
    ...old, ...rest,
    quiet: { ...old.quiet, ...quiet },
    types: old.types.map((row) => ({ ...row, ways: { ...row.ways, ...of.get(row.type) } })),
  };
}

let sent: Promise<unknown> = Promise.resolve();
/** Only the answer to the last of them is what the person sees. */
let waiting = 0;

/** At once on the screen, then on the server, one after the other; what it refuses goes back to what it has. */
export function save(patch: WishPatch): void {
  shown.set((old) => old && merge(old, patch));
  const send = async () => {
    try {
      const kept = await api.patch<Wishes>("/notifications/preferences", patch);
      if (--waiting === 0) queries.setQueryData(KEY, kept);
      announce(t("Saved."), "polite");
    } catch (error) {
      waiting--;
      toast({ text: explain(error), tone: "danger" });
      shown.set(await queries.fetchQuery({ ...wishesQuery, staleTime: 0 }).catch(() => shown.get()));
    }
  };
  waiting++;
  sent = sent.then(send, send);
}
