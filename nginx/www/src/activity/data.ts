/** Activity from the API, page by page, and again whenever the board has news. */
import { useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";
import { useEffect } from "react";
import { localPath, request, type Reply } from "../api/client";
import type { Activity } from "../api/types";
import { queries } from "../data/cache";

/** What the board shows is there at once; its activity follows a moment later. */
const BEHIND_MS = [400, 2500];

export const activityKey = (path: string) => ["activity", path] as const;

interface Page {
  entries: Activity[];
  next: string | null;
}

/** Looks for what is newer than the first page has; what was read before stays. */
async function refresh(path: string): Promise<void> {
  const key = activityKey(path);
  const known = queries.getQueryData<InfiniteData<Page, string>>(key);
  if (!known) return;
  const { data } = await request<Activity[]>("GET", path, { query: { limit: 30 } });
  const have = new Set(known.pages.flatMap((page) => page.entries.map((entry) => entry.id)));
  const fresh = data.filter((entry) => !have.has(entry.id));
  if (fresh.length === 0) return;
  if (fresh.length === data.length) return void queries.invalidateQueries({ queryKey: key });
  queries.setQueryData<InfiniteData<Page, string>>(key, (now) =>
    now && { ...now, pages: now.pages.map((page, i) => (i === 0 ? { ...page, entries: [...fresh, ...page.entries] } : page)) });
}

/** `news` is whatever is another after each change that could have left an entry. */
export function useActivity(path: string, news: unknown) {
  const query = useInfiniteQuery({
    queryKey: activityKey(path),
    initialPageParam: path,
    queryFn: async ({ pageParam, signal }): Promise<Page> => {
      const options = pageParam === path ? { query: { limit: 30 }, signal } : { signal };
      const reply: Reply<Activity[]> = await request<Activity[]>("GET", pageParam, options);
      return { entries: reply.data, next: reply.next ? localPath(reply.next) : null };
    },
    getNextPageParam: (page) => page.next,
    staleTime: 5000,
  });
  useEffect(() => {
    const timers = BEHIND_MS.map((ms) => setTimeout(() => void refresh(path).catch(() => undefined), ms));
    return () => timers.forEach(clearTimeout);
  }, [path, news]);
  return { ...query, entries: query.data?.pages.flatMap((page) => page.entries) };
}
