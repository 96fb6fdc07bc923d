/** Short messages, with one action such as "Undo". They wait while the pointer or the focus is on them. */
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { t } from "../lib/i18n";
import { createStore, useStore } from "../lib/store";
import s from "./ui.module.css";

export interface Toast {
  id: string;
  text: string;
  tone?: "plain" | "danger";
  action?: { label: string; run(): void };
  ms?: number;
  /** Called once when it is no longer there, whether its action was taken or not. */
  gone?(): void;
}

const toasts = createStore<readonly Toast[]>([]);
const MOST = 3;

function change(next: (all: readonly Toast[]) => readonly Toast[]): void {
  const before = toasts.get();
  toasts.set(next);
  for (const item of before) if (!toasts.get().includes(item)) item.gone?.();
}

export function toast(message: Omit<Toast, "id">): string {
  const id = crypto.randomUUID();
  change((all) => [...all.slice(-(MOST - 1)), { ...message, id }]);
  return id;
}

export function dismissToast(id: string): void {
  change((all) => all.filter((item) => item.id !== id));
}

/** The undo of the latest toast, for Ctrl+Z. */
export function undoLatest(): boolean {
  const latest = [...toasts.get()].reverse().find((item) => item.action);
  if (!latest) return false;
  latest.action!.run();
  dismissToast(latest.id);
  return true;
}

function ToastView({ item }: { item: Toast }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismissToast(item.id), item.ms ?? (item.action ? 10_000 : 7000));
    return () => clearTimeout(timer);
  }, [held, item]);
  const act = () => {
    item.action!.run();
    dismissToast(item.id);
  };
  return (
    <div
      className={`${s.toast} ${item.tone === "danger" ? s.toastDanger : ""}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={s.toastText}>{item.text}</span>
      {item.action && <button type="button" className={s.toastAction} onClick={act}>{item.action.label}</button>}
      <button type="button" aria-label={t("Dismiss")} onClick={() => dismissToast(item.id)}><X size={16} /></button>
    </div>
  );
}

export function Toasts() {
  const all = useStore(toasts);
  return (
    <div className={s.toasts} aria-live="polite" role="region" aria-label={t("Messages")} data-toasts="">
      {all.map((item) => <ToastView key={item.id} item={item} />)}
    </div>
  );
}
