import { useEffect, useRef } from "react";
import type { BoardFeed } from "./feed";
import { openPollingFeed } from "./poll";

const open = openPollingFeed;

/** Follows a board while the component is mounted; starts when `ready`, so that the first load isn't doubled. */
export function useBoardFeed(boardId: string, ready: boolean, onGone: () => void): React.RefObject<BoardFeed | null> {
  const feed = useRef<BoardFeed | null>(null);
  const gone = useRef(onGone);
  gone.current = onGone;
  useEffect(() => {
    if (!ready) return;
    const opened = open(boardId, { gone: () => gone.current() });
    feed.current = opened;
    return () => {
      opened.close();
      feed.current = null;
    };
  }, [boardId, ready]);
  return feed;
}
