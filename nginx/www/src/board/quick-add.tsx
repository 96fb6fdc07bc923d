/** Adding cards without leaving the keyboard: Enter adds and keeps the focus, pasted lines become as many cards. */
import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import type { List } from "../api/types";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Button } from "../ui/parts";
import { addCards, linesOf } from "./actions";
import { useShared } from "./context";
import s from "./board.module.css";

export function QuickAdd({ list, onAdded }: { list: List; onAdded(): void }) {
  const { rights, adding } = useShared();
  const isOpen = useStore(adding, (id) => id === list.id);
  if (!rights.can("can_create_tasks")) return null;
  if (isOpen) return <QuickAddForm list={list} onAdded={onAdded} onClose={() => adding.set(null)} />;
  return (
    <div className={s.quickAdd}>
      <Button look="quiet" wide onClick={() => adding.set(list.id)} data-quick-add="">
        <Plus size={16} aria-hidden />{t("Add card")}<span className="visually-hidden"> {t("to {list}", { list: list.name })}</span>
      </Button>
    </div>
  );
}

function QuickAddForm({ list, onAdded, onClose }: { list: List; onAdded(): void; onClose(): void }) {
  const { view } = useShared();
  const [text, setText] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const add = (titles: string[]) => {
    addCards(view.board.id, list.id, titles);
    setText("");
    onAdded();
  };
  const close = () => {
    const column = form.current?.closest("section");
    onClose();
    requestAnimationFrame(() => column?.querySelector<HTMLElement>("[data-quick-add]")?.focus());
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      return close();
    }
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    add(linesOf(text));
  };
  const onPaste = (event: React.ClipboardEvent) => {
    const lines = linesOf(event.clipboardData.getData("text/plain"));
    if (lines.length < 2) return;
    event.preventDefault();
    add(text.trim() ? [...linesOf(text), ...lines] : lines);
  };
  const onBlur = (event: React.FocusEvent) => {
    if (!text.trim() && !form.current?.contains(event.relatedTarget)) onClose();
  };
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    add(linesOf(text));
  };
  return (
    <form ref={form} className={s.quickAdd} onSubmit={submit} onBlur={onBlur}>
      <textarea
        autoFocus
        className={s.quickInput}
        rows={2}
        value={text}
        maxLength={20_000}
        aria-label={t("Title of the new card in {list}", { list: list.name })}
        placeholder={t("What has to be done?")}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKey}
        onPaste={onPaste}
      />
      <div className={s.quickActions}>
        <Button look="primary" size="small" type="submit">{t("Add")}</Button>
        <Button look="quiet" size="small" onClick={close}>{t("Done")}</Button>
        <span className={s.quickHint}>{t("Enter adds; paste lines for several")}</span>
      </div>
    </form>
  );
}
