/** Asks how much is unread, and says so when something came: in the count, in the tab's title, and for screen readers. */
import { useEffect } from "react";
import { api, ApiError, request } from "../api/client";
import type { NotificationsUnread } from "../api/types.gen";
import { queries } from "../data/cache";
import { announce } from "../lib/announce";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { pace } from "../live/pace";
import { newsKey, onAskSoon, unread, type News } from "./data";

const PACE = { visible: 10_000, idle: 30_000, hidden: 60_000 };
/** After something was done here the server is asked again, once for all that was done at a stroke. */
const SOON_MS = 700;

async function tell(before: string | null): Promise<void> {
  const query = before ? { is_read: "false", limit: 5, "created_at[gt]": before } : { is_read: "false", limit: 5 };
  const rows = await api.get<News[]>("/notifications", { query });
  if (rows.length === 1) announce(t("New notification: {title}", { title: rows[0]!.title }), "polite");
  else if (rows.length > 1) announce(t("{count} new notifications", { count: rows.length }), "polite");
}

/** Follows one brand until it is told to stop. */
function follow(brand: string): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let etag: string | undefined;
  /** When the newest that is known was made; undefined until the first answer. */
  let latest: string | null | undefined;
  const abort = new AbortController();

  async function ask(): Promise<number> {
    const reply = await request<NotificationsUnread>("GET", "/notifications/unread", { ifNoneMatch: etag, signal: abort.signal });
    etag = reply.etag ?? undefined;
    if (reply.status === 304) return pace(PACE);
    const { unread: count, latest_at: made } = reply.data;
    unread.set({ brandId: brand, count });
    const known = latest;
    if (made && (!known || made > known)) latest = made;
    else latest ??= null;
    if (known !== undefined && made && (!known || made > known)) {
      void queries.invalidateQueries({ queryKey: newsKey(brand) });
      void tell(known).catch(() => undefined);
    }
    return pace(PACE);
  }

  async function tick(): Promise<void> {
    let next = pace(PACE);
    try {
      next = await ask();
    } catch (error) {
      next = error instanceof ApiError && error.retryAfter ? error.retryAfter * 1000 : PACE.idle;
    }
    schedule(next);
  }
  function schedule(ms: number): void {
    clearTimeout(timer);
    if (!abort.signal.aborted) timer = setTimeout(() => void tick(), ms);
  }

  const onVisible = () => document.visibilityState === "visible" && schedule(0);
  document.addEventListener("visibilitychange", onVisible);
  const forget = onAskSoon(() => {
    etag = undefined;
    schedule(SOON_MS);
  });
  schedule(0);
  return () => {
    abort.abort();
    clearTimeout(timer);
    forget();
    document.removeEventListener("visibilitychange", onVisible);
  };
}

/** Puts the count before the title, whoever sets that. */
function countInTitle(count: number): () => void {
  const bare = () => document.title.replace(/^\(\d+\+?\) /, "");
  const write = () => {
    const wanted = count > 0 ? `(${count > 99 ? "99+" : count}) ${bare()}` : bare();
    if (document.title !== wanted) document.title = wanted;
  };
  const title = document.querySelector("title");
  if (!title) return () => undefined;
  const observer = new MutationObserver(write);
  observer.observe(title, { childList: true, characterData: true, subtree: true });
  write();
  return () => {
    observer.disconnect();
    document.title = bare();
  };
}

export function useUnread(brand: string | null): number {
  const { brandId, count } = useStore(unread);
  return brandId === brand ? count : 0;
}

/** Draws nothing. */
export function NewsWatch({ brand }: { brand: string }) {
  const count = useUnread(brand);
  useEffect(() => follow(brand), [brand]);
  useEffect(() => countInTitle(count), [count]);
  return null;
}
