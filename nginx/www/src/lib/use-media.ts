import { useSyncExternalStore } from "react";

/** Whether a media query fits, as long as it does. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    () => matchMedia(query).matches,
  );
}

/** Where the navigation is behind a button and lists fill the screen. */
export const usePhone = () => useMedia("(max-width: 860px)");
