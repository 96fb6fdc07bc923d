/** One place that screen readers listen to; the region itself is in the app's root. */
import { createStore } from "./store";

export interface Announcement {
  text: string;
  urgency: "polite" | "assertive";
  /** Rises so that the same words are read again. */
  count: number;
}

export const announcement = createStore<Announcement>({ text: "", urgency: "polite", count: 0 });

export function announce(text: string, urgency: Announcement["urgency"] = "assertive"): void {
  announcement.set((old) => ({ text, urgency, count: old.count + 1 }));
}
