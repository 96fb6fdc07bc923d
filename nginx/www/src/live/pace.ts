/** How often the server is asked for news: often while people look, seldom while they don't. */
import { requestBudget } from "../api/client";

/** Without a key or pointer for this long, nobody is waiting for the last second. */
const IDLE_AFTER_MS = 120_000;

let lastInput = Date.now();
for (const kind of ["pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, () => (lastInput = Date.now()), { passive: true });
}

/** Looking for news may take half of the requests that the server still grants; the rest is for what people do. */
function affordable(): number {
  const budget = requestBudget();
  return budget ? (budget.seconds * 2000) / Math.max(1, budget.remaining) : 0;
}

/** The ms until the next question, by whether the page is looked at. */
export function pace(wanted: { visible: number; idle: number; hidden: number }): number {
  if (document.visibilityState === "hidden") return wanted.hidden;
  return Math.min(60_000, Math.max(Date.now() - lastInput > IDLE_AFTER_MS ? wanted.idle : wanted.visible, affordable()));
}
