/** What one was told: the list as the server has it, and what is done to it. Keys begin with the brand. */
import type { InfiniteData } from "@tanstack/react-query";
import { queryOptions } from "@tanstack/react-query";
import { api, ApiError, explain, type Reply } from "../api/client";
import type { BrandRef, Person } from "../api/types";
import type { Notification, NotificationsMarked, NotificationsUnread } from "../api/types.gen";
import { queries } from "../data/cache";
import { brandId } from "../data/resources";
import { t } from "../lib/i18n";
import { createStore } from "../lib/store";
import { toast } from "../ui/toasts";

export type News = Omit<Notification, "actor"> & { actor: Person | null };

export const newsKey = (brand: string) => [brand, "notifications", "list"];

/* ---- how many are unread ---- */

export interface Unread {
  brandId: string | null;
  count: number;
}

export const unread = createStore<Unread>({ brandId: null, count: 0 });

/** Calls who watches, so that the count is soon the server's again. */
const askers = new Set<() => void>();
export function onAskSoon(ask: () => void): () => void {
  askers.add(ask);
  return () => askers.delete(ask);
}
export const askSoon = () => askers.forEach((ask) => ask());

function count(by: number): void {
  unread.set((old) => ({ ...old, count: Math.max(0, old.count + by) }));
}

/** What is unread in one's other brands, by brand; those without are left out. */
export const othersUnreadQuery = (others: BrandRef[]) =>
  queryOptions({
    queryKey: ["others-unread", others.map((brand) => brand.id)],
    queryFn: async () => {
      const answers = await Promise.all(others.map((brand) => api.get<NotificationsUnread>(`/brands/${brand.id}/notifications/unread`).catch(() => null)));
      return others.map((brand, i) => ({ id: brand.id, name: brand.name, unread: answers[i]?.unread ?? 0 })).filter((brand) => brand.unread > 0);
    },
    staleTime: 30_000,
  });

/* ---- reading ---- */

type Pages = InfiniteData<Reply<News[]>, string | null>;

function edit(change: (rows: News[]) => News[]): void {
  queries.setQueriesData<Pages>({ queryKey: newsKey(brandId()) }, (old) => old && { ...old, pages: old.pages.map((page) => ({ ...page, data: change(page.data) })) });
}

const setRead = (ids: ReadonlySet<string>, read: boolean) => edit((rows) => rows.map((row) => (ids.has(row.id) && row.is_read !== read ? { ...row, is_read: read } : row)));

/** Lists that aren't on the screen are read anew when they are; what is there stays under the eye. */
const outdated = () => void queries.invalidateQueries({ queryKey: newsKey(brandId()), refetchType: "none" });

const isGone = (error: unknown) => error instanceof ApiError && error.status === 404;

export async function mark(news: News, read: boolean): Promise<void> {
  if (news.is_read === read) return;
  const one = new Set([news.id]);
  setRead(one, read);
  count(read ? -1 : 1);
  try {
    await api.put(`/notifications/${news.id}`, { is_read: read });
  } catch (error) {
    if (isGone(error)) return edit((rows) => rows.filter((row) => row.id !== news.id));
    setRead(one, !read);
    count(read ? 1 : -1);
    toast({ text: explain(error), tone: "danger" });
  } finally {
    outdated();
    askSoon();
  }
}

/** Of what is on the screen and older: what comes meanwhile stays unread. */
export async function markAll(rows: News[]): Promise<void> {
  const until = rows.reduce((latest, row) => (row.created_at > latest ? row.created_at : latest), "");
  if (!until) return;
  const before = rows.filter((row) => !row.is_read).map((row) => row.id);
  setRead(new Set(before), true);
  try {
    const { count: marked } = await api.put<NotificationsMarked>("/notifications/mark-all-read", { until });
    count(-marked);
    toast({ text: t("{count, plural, =0 {Nothing was unread.} one {# is marked as read.} other {# are marked as read.}}", { count: marked }) });
  } catch (error) {
    setRead(new Set(before), false);
    toast({ text: explain(error), tone: "danger" });
  } finally {
    outdated();
    askSoon();
  }
}

/* ---- removing ---- */

/** Not shown any more, though the server may still have them: until then it can be undone. */
export const hidden = createStore<ReadonlySet<string>>(new Set());

const waiting = new Map<string, () => void>();
addEventListener("pagehide", () => waiting.forEach((send) => send()));

async function reallyRemove(news: News): Promise<void> {
  try {
    await api.delete(`/notifications/${news.id}`, { keepalive: true });
    edit((rows) => rows.filter((row) => row.id !== news.id));
  } catch (error) {
    if (isGone(error)) return;
    show(news);
    toast({ text: explain(error), tone: "danger" });
  } finally {
    outdated();
    askSoon();
  }
}

function show(news: News): void {
  hidden.set((old) => new Set([...old].filter((id) => id !== news.id)));
  if (!news.is_read) count(1);
}

/** Goes from the screen at once, and from the server when its message with “Undo” has gone. */
export function remove(news: News): void {
  let open = true;
  const close = (act: () => void) => () => {
    if (!open) return;
    open = false;
    waiting.delete(news.id);
    act();
  };
  const send = close(() => void reallyRemove(news));
  waiting.set(news.id, send);
  hidden.set((old) => new Set([...old, news.id]));
  if (!news.is_read) count(-1);
  toast({ text: t("The notification is removed."), action: { label: t("Undo"), run: close(() => show(news)) }, gone: send });
}
