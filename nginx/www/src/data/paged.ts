/** Lists that are too long to be read whole: page after page by the server's cursors, as far as somebody asks for more. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { localPath, request, type Reply, type RequestOptions } from "../api/client";

export interface Paged<T> {
  rows: T[];
  /** What the rows answer; null while they are still those of the question before. */
  of: string | null;
  /** How many there are in all; null until it is known. */
  count: number | null;
  exact: boolean;
  isPending: boolean;
  error: unknown;
  hasMore: boolean;
  loadingMore: boolean;
  more(): void;
  refetch(): void;
}

/** `key` begins with what the list is of; path and query are added to it. `every` so many ms what is shown is read again. */
export function usePaged<T>(key: readonly unknown[], path: string, query: NonNullable<RequestOptions["query"]>, every?: number): Paged<T> {
  const list = useInfiniteQuery({
    queryKey: [...key, path, query],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<Reply<T[]>> =>
      pageParam ? request<T[]>("GET", localPath(pageParam), { signal }) : request<T[]>("GET", path, { query: { limit: 50, ...query }, signal }),
    getNextPageParam: (last) => last.next,
    placeholderData: (old) => old,
    ...(every ? { refetchInterval: every } : {}),
  });
  const pages = list.data?.pages ?? [];
  return {
    rows: pages.flatMap((page) => page.data),
    of: list.data && !list.isPlaceholderData ? JSON.stringify([path, query]) : null,
    count: pages[0]?.count ?? null,
    exact: pages[0]?.exact ?? true,
    isPending: list.isPending,
    error: list.data ? null : list.error,
    hasMore: list.hasNextPage,
    loadingMore: list.isFetchingNextPage,
    more: () => void list.fetchNextPage(),
    refetch: () => void list.refetch(),
  };
}
