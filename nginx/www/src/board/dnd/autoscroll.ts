/** Scrolls the board sideways and the column under the pointer up and down while a card is held near an edge. */
import { columnAt, columnHandle } from "./drag";

const EDGE = 56;
const FASTEST = 18;
const DWELL_MS = 450;

/** Pixels for this frame: faster the nearer the edge, quadratically. */
function speed(position: number, low: number, high: number): number {
  const near = (distance: number) => Math.round(FASTEST * Math.min(1, (EDGE - distance) / EDGE) ** 2) + 1;
  if (position < low + EDGE) return -near(Math.max(0, position - low));
  if (position > high - EDGE) return near(Math.max(0, high - position));
  return 0;
}

/** On a phone a column fills the screen: staying at the edge turns the page instead of creeping. */
function turnPage(board: HTMLElement, x: number, now: number, state: { since: number }): void {
  const rect = board.getBoundingClientRect();
  const side = x < rect.left + EDGE * 0.6 ? -1 : x > rect.right - EDGE * 0.6 ? 1 : 0;
  if (side === 0) {
    state.since = 0;
    return;
  }
  if (state.since === 0) state.since = now;
  if (now - state.since < DWELL_MS) return;
  state.since = now + 250;
  board.scrollBy({ left: side * board.clientWidth, behavior: "smooth" });
}

export function startAutoScroll(board: HTMLElement, pointer: () => { x: number; y: number }, moved: () => void): () => void {
  let frame = 0;
  const page = { since: 0 };
  const step = (now: number) => {
    const { x, y } = pointer();
    const rect = board.getBoundingClientRect();
    if (board.dataset.paged === "true") turnPage(board, x, now, page);
    else board.scrollLeft += speed(x, rect.left, rect.right);
    const listId = columnAt(x);
    const scroller = listId ? columnHandle(listId)?.scroller() : null;
    if (scroller) {
      const box = scroller.getBoundingClientRect();
      const by = speed(y, box.top, box.bottom);
      if (by !== 0) scroller.scrollTop += by;
    }
    moved();
    frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}
