/** Title, description, hours and tags. */
import { X } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import type { ShownTask } from "../api/types";
import { t } from "../lib/i18n";
import { Markdown } from "../lib/markdown";
import { readLocal, writeLocal } from "../lib/storage";
import { Button } from "../ui/parts";
import { FieldStatus } from "./field-state";
import { useField } from "./use-field";
import s from "./task.module.css";

interface Props {
  task: ShownTask;
  mayEdit: boolean;
}

export function TitleField({ task, mayEdit }: Props) {
  const field = useField(task, "title");
  const [draft, setDraft] = useState<string | null>(null);
  const base = useRef("");
  const finish = () => {
    const text = draft?.replace(/\s+/g, " ").trim();
    setDraft(null);
    if (text) field.save(text, base.current);
  };
  const onKey = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Enter") {
      event.preventDefault();
      event.currentTarget.blur();
    }
    if (event.key === "Escape" && draft !== null) {
      event.stopPropagation();
      setDraft(null);
    }
  };
  return (
    <div>
      <textarea
        className={s.title} rows={1} maxLength={255} aria-label={t("Title")} readOnly={!mayEdit}
        value={draft ?? String(field.value ?? "")}
        onFocus={() => (base.current = String(field.value ?? ""))}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={finish}
        onKeyDown={onKey}
      />
      <FieldStatus state={field} />
    </div>
  );
}

interface DescriptionDraft {
  text: string;
  base: string;
}

/** Drafts survive a reload; they go when they are saved or dropped. `unknown` stands for a description that isn't here yet. */
export function DescriptionField({ task, mayEdit, unknown }: Props & { unknown: ReactNode }) {
  const field = useField(task, "description");
  const key = `karara.draft.${task.id}`;
  const [draft, setDraft] = useState<DescriptionDraft | null>(() => readLocal(key));
  const [preview, setPreview] = useState(false);
  const value = String(field.value ?? "");
  const known = task.description !== undefined;
  useEffect(() => writeLocal(key, draft), [key, draft]);
  const start = () => mayEdit && setDraft({ text: value, base: value });
  const stop = () => {
    setDraft(null);
    setPreview(false);
  };
  const save = () => {
    if (draft) field.save(draft.text.trim(), draft.base);
    stop();
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
    if (event.key === "Escape") {
      event.stopPropagation();
      if (draft?.text === draft?.base) stop();
    }
  };
  return (
    <section className={s.section} aria-label={t("Description")}>
      <div className={s.sectionHead}>
        <h3>{t("Description")}</h3>
        {mayEdit && !draft && value && known && <Button look="quiet" size="small" onClick={start}>{t("Edit")}</Button>}
        {draft && <Button look="quiet" size="small" aria-pressed={preview} onClick={() => setPreview(!preview)}>{preview ? t("Write") : t("Preview")}</Button>}
      </div>
      {draft && !preview && (
        <textarea
          autoFocus className={s.editor} aria-label={t("Description in Markdown")} maxLength={100_000}
          value={draft.text} onChange={(event) => setDraft({ ...draft, text: event.target.value })} onKeyDown={onKey}
        />
      )}
      {draft && preview && <div className={s.text}><Markdown text={draft.text || t("Nothing to show yet.")} /></div>}
      {draft && (
        <div className={s.buttons}>
          <Button look="primary" size="small" onClick={save}>{t("Save")}</Button>
          <Button look="quiet" size="small" onClick={stop}>{t("Cancel")}</Button>
        </div>
      )}
      {!draft && value && <div className={s.text}><Markdown text={value} /></div>}
      {!draft && !known && unknown}
      {!draft && known && !value && (mayEdit
        ? <button type="button" className={s.textEmpty} onClick={start}>{t("Add a description. Markdown works.")}</button>
        : <p className={s.unset}>{t("No description.")}</p>)}
      <FieldStatus state={field} />
    </section>
  );
}

export function HoursField({ task, mayEdit }: Props) {
  const field = useField(task, "estimated_hours");
  const [draft, setDraft] = useState<string | null>(null);
  const finish = () => {
    const text = draft?.trim().replace(",", ".");
    setDraft(null);
    if (text === undefined) return;
    const hours = text === "" ? null : Number(text);
    if (hours === null || (Number.isFinite(hours) && hours >= 0)) field.save(hours);
  };
  return (
    <div className={s.value}>
      <input
        id={`hours-${task.id}`} className={s.control} inputMode="decimal" readOnly={!mayEdit} placeholder={t("None")}
        value={draft ?? (field.value === null ? "" : String(field.value))}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={finish}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      />
      <FieldStatus state={field} />
    </div>
  );
}

export function TagsField({ task, mayEdit, known }: Props & { known: string[] }) {
  const field = useField(task, "tags");
  const tags = (field.value ?? []) as string[];
  const [text, setText] = useState("");
  const add = () => {
    const fresh = text.split(",").map((tag) => tag.trim().slice(0, 50)).filter((tag) => tag && !tags.includes(tag));
    setText("");
    if (fresh.length > 0) field.save([...tags, ...new Set(fresh)]);
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add();
    }
    if (event.key === "Backspace" && text === "" && tags.length > 0) field.save(tags.slice(0, -1));
  };
  const listId = `tags-${task.id}`;
  return (
    <div className={s.value}>
      <div className={s.tags}>
        {tags.map((tag) => (
          <span key={tag} className={s.tag}>
            {tag}
            {mayEdit && (
              <button type="button" aria-label={t("Remove tag {tag}", { tag })} onClick={() => field.save(tags.filter((x) => x !== tag))}>
                <X size={13} />
              </button>
            )}
          </span>
        ))}
        {mayEdit && (
          <input
            className={s.tagInput} aria-label={t("Add a tag")} placeholder={t("Add a tag")} list={listId} value={text}
            onChange={(event) => setText(event.target.value)} onKeyDown={onKey} onBlur={add}
          />
        )}
        {!mayEdit && tags.length === 0 && <span className={s.unset}>{t("None")}</span>}
        <datalist id={listId}>{known.filter((tag) => !tags.includes(tag)).slice(0, 50).map((tag) => <option key={tag} value={tag} />)}</datalist>
      </div>
      <FieldStatus state={field} show={(value) => (value as string[]).join(", ") || t("(empty)")} />
    </div>
  );
}
