/** Keyboard shortcuts. Single letters can be switched off, for those who dictate or type by accident. */
import { useEffect, useRef } from "react";
import { t } from "./i18n";
import { createStore } from "./store";
import { readLocal, writeLocal } from "./storage";

export const singleKeys = createStore<boolean>(readLocal<boolean>("karara.single-keys") ?? true);

export function setSingleKeys(on: boolean): void {
  writeLocal("karara.single-keys", on);
  singleKeys.set(on);
}

export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]"));
}

const overlayOpen = () => document.querySelector("[role=dialog], [role=menu]") !== null;

export const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);
export const modKey = (): string => (isMac ? "⌘" : t("Ctrl"));

interface Options {
  /** Also while a dialog, menu or the sheet is open. */
  inOverlays?: boolean;
}

/** Calls `act` for a single key such as "c" or "?", unless people type or switched single keys off. */
export function useKey(key: string, act: (event: KeyboardEvent) => void, options: Options = {}): void {
  const latest = useRef(act);
  latest.current = act;
  const overlays = options.inOverlays ?? false;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (!singleKeys.get() || isTyping(event.target) || (!overlays && overlayOpen())) return;
      event.preventDefault();
      latest.current(event);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [key, overlays]);
}

/** Ctrl or ⌘ with a key. */
export function useModKey(key: string, act: (event: KeyboardEvent) => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      latest.current(event);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [key]);
}
