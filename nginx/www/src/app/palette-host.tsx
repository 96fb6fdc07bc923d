import { lazy, Suspense } from "react";
import { session } from "../api/session";
import { useModKey } from "../lib/keys";
import { createStore, useStore } from "../lib/store";

export const paletteOpen = createStore(false);

const Palette = lazy(() => import("../palette/palette"));

/** Listens for Ctrl+K; the palette itself is loaded when it is first asked for. */
export function PaletteHost() {
  const open = useStore(paletteOpen);
  const signedIn = useStore(session, (s) => s.user !== null);
  useModKey("k", (event) => {
    if (!signedIn) return;
    event.preventDefault();
    paletteOpen.set((old) => !old);
  });
  if (!open || !signedIn) return null;
  return <Suspense fallback={null}><Palette onClose={() => paletteOpen.set(false)} /></Suspense>;
}
