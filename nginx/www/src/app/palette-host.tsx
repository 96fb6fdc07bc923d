import { useEffect, useState, type ComponentType } from "react";
import { session } from "../api/session";
import { t } from "../lib/i18n";
import { useModKey } from "../lib/keys";
import { createStore, useStore } from "../lib/store";
import { toast } from "../ui/toasts";
import s from "./app.module.css";

export const paletteOpen = createStore(false);

/** What is typed into it; from the first key on, though the palette itself may still be on its way. */
export const paletteText = createStore("");

type Part = ComponentType<{ onClose(): void }>;

const FETCH_AFTER_MS = 2000;
const fetchPalette = (): Promise<Part> => import("../palette/palette").then((part) => part.default);

function close(): void {
  paletteOpen.set(false);
  paletteText.set("");
}

/** Stands where the palette will be. Without it, keys that are pressed at once would be taken for the board's: "e" archives a card. */
function Opening() {
  const text = useStore(paletteText);
  return (
    <>
      <div className={s.paletteVeil} onClick={close} />
      <div role="dialog" aria-label={t("Search or do")} aria-busy className={s.palette} onKeyDown={(event) => event.key === "Escape" && close()}>
        <input cmdk-input="" autoFocus aria-label={t("Search or do")} value={text} onChange={(event) => paletteText.set(event.target.value)} />
      </div>
    </>
  );
}

/** Listens for Ctrl+K; the palette itself is fetched a moment after the page, or when it is first asked for. */
export function PaletteHost() {
  const open = useStore(paletteOpen);
  const signedIn = useStore(session, (s) => s.user !== null);
  const [Palette, setPalette] = useState<Part | null>(null);
  useModKey("k", (event) => {
    if (!signedIn) return;
    event.preventDefault();
    if (open) close();
    else paletteOpen.set(true);
  });
  useEffect(() => {
    if (!signedIn || Palette) return;
    const take = (part: Part) => setPalette(() => part);
    const timer = setTimeout(() => void fetchPalette().then(take, () => undefined), FETCH_AFTER_MS);
    if (open) {
      fetchPalette().then(take, () => {
        close();
        toast({ text: t("The search isn't here yet. It comes with the connection.") });
      });
    }
    return () => clearTimeout(timer);
  }, [signedIn, open, Palette]);
  if (!open || !signedIn) return null;
  return Palette ? <Palette onClose={close} /> : <Opening />;
}
