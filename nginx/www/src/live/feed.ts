/**
 * How others' changes reach a board. Screens know this interface only; today it is filled by polling (poll.ts),
 * and a WebSocket feed can take its place without a change elsewhere.
 */
export interface BoardFeed {
  /** Keeps incoming changes back, for instance while a card is dragged; call the result to let them in. */
  hold(): () => void;
  /** Looks for news now. */
  refresh(): void;
  close(): void;
}

export interface FeedEvents {
  /** The board exists no more, or may not be seen any more. */
  gone(): void;
}

export type OpenFeed = (boardId: string, events: FeedEvents) => BoardFeed;
