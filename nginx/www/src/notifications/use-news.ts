import { useMemo } from "react";
import { useBrandId } from "../data/resources";
import { usePaged, type Paged } from "../data/paged";
import { useStore } from "../lib/store";
import { hidden, newsKey, type News } from "./data";

/** The list, without what was just removed. */
export function useNews(filter: { unread?: boolean; type?: string | undefined; limit: number }): Paged<News> {
  const brand = useBrandId() ?? "none";
  const list = usePaged<News>(newsKey(brand), "/notifications", { is_read: filter.unread ? "false" : undefined, type: filter.type, limit: filter.limit });
  const gone = useStore(hidden);
  const { rows } = list;
  const shown = useMemo(() => rows.filter((row) => !gone.has(row.id)), [rows, gone]);
  return { ...list, rows: shown, count: list.count === null ? null : Math.max(0, list.count - (rows.length - shown.length)) };
}
