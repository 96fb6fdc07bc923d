/** Fields that the brand's cards have besides the usual ones. */
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Brand } from "../api/types";
import { t } from "../lib/i18n";
import { Button, ErrorText, Field, TextField } from "../ui/parts";
import { FormCard } from "./card";
import { slugOf } from "./general";
import { useBrandForm } from "./save";
import { useDraft } from "../lib/use-draft";
import s from "./brand.module.css";

type Kind = "text" | "number" | "date" | "choice" | "boolean";

interface CustomField {
  key: string;
  label: string;
  type: Kind;
  options?: string[] | null;
  required?: boolean | null;
}

const MOST = 50;
const kinds = (): [Kind, string][] => [["text", t("Text")], ["number", t("Number")], ["date", t("Date")], ["choice", t("One of several")], ["boolean", t("Yes or no")]];

/** The key that a label makes, told apart from those that are there. */
function keyFor(label: string, taken: string[]): string {
  const plain = slugOf(label).replace(/-/g, "_") || "field";
  let key = plain;
  for (let n = 2; taken.includes(key); n++) key = `${plain}_${n}`;
  return key;
}

interface RowProps {
  field: CustomField;
  at: number;
  count: number;
  isNew: boolean;
  error(part: string): string | undefined;
  change(part: Partial<CustomField>): void;
  move(by: number): void;
  remove(): void;
}

function FieldRow({ field, at, count, isNew, error, change, move, remove }: RowProps) {
  const name = field.label || t("field {n}", { n: at + 1 });
  return (
    <li className={s.customField}>
      <div className={s.twin}>
        <TextField label={t("Label")} required maxLength={100} error={error("label") ?? error("key")} hint={isNew ? undefined : t("Kept under “{key}”.", { key: field.key })} value={field.label} onChange={(event) => change({ label: event.target.value })} />
        <Field label={t("Kind")} error={error("type")}>
          {(props) => (
            <select {...props} value={field.type} onChange={(event) => change({ type: event.target.value as Kind })}>
              {kinds().map(([kind, words]) => <option key={kind} value={kind}>{words}</option>)}
            </select>
          )}
        </Field>
      </div>
      {field.type === "choice" && (
        <Field label={t("Choices, one per line")} error={error("options")}>
          {(props) => <textarea {...props} rows={3} required value={(field.options ?? []).join("\n")} onChange={(event) => change({ options: event.target.value.split("\n") })} />}
        </Field>
      )}
      <div className={s.fieldTools}>
        <label className={s.check}><input type="checkbox" checked={field.required ?? false} onChange={(event) => change({ required: event.target.checked })} />{t("Has to be filled in")}</label>
        <span className={s.tools}>
          <Button look="quiet" icon aria-label={t("Move {name} up", { name })} disabled={at === 0} onClick={() => move(-1)}><ArrowUp size={16} /></Button>
          <Button look="quiet" icon aria-label={t("Move {name} down", { name })} disabled={at === count - 1} onClick={() => move(1)}><ArrowDown size={16} /></Button>
          <Button look="quiet" icon aria-label={t("Take {name} away", { name })} onClick={remove}><Trash2 size={16} /></Button>
        </span>
      </div>
    </li>
  );
}

function wire(list: CustomField[]): CustomField[] {
  const keys: string[] = list.map((field) => field.key).filter(Boolean);
  return list.map((field) => {
    const key = field.key || keyFor(field.label, keys);
    if (!field.key) keys.push(key);
    const options = (field.options ?? []).map((option) => option.trim()).filter(Boolean);
    return { key, label: field.label.trim(), type: field.type, ...(field.type === "choice" ? { options } : {}), ...(field.required ? { required: true } : {}) };
  });
}

export function CustomFields({ brand, locked }: { brand: Brand; locked: boolean }) {
  const saved = (brand.settings.custom_fields ?? []) as CustomField[];
  const draft = useDraft(`${brand.id}/fields`, { list: saved });
  const [said, setSaid] = useState("");
  const { list } = draft.value;
  const form = useBrandForm(brand, () => ({ settings: { custom_fields: wire(list) } }), draft.reset);
  const set = (next: CustomField[]) => draft.set({ list: next });
  const move = (at: number, by: number) => {
    const next = [...list];
    const [field] = next.splice(at, 1);
    next.splice(at + by, 0, field!);
    set(next);
    setSaid(t("{name} is now {place} of {count}.", { name: field!.label, place: at + by + 1, count: list.length }));
  };
  return (
    <FormCard title={t("Custom fields")} about={t("Every card of the brand can hold them. A field that is taken away here keeps what cards hold in it.")} form={form} draft={draft} locked={locked}>
      {list.length === 0 && <p className={s.muted}>{t("None yet.")}</p>}
      <ul className={s.editRows}>
        {list.map((field, i) => (
          <FieldRow
            key={field.key || `new-${i}`} field={field} at={i} count={list.length} isNew={!field.key}
            error={(part) => form.within(`custom_fields.${i}.${part}`)}
            change={(part) => set(list.map((old, at) => (at === i ? { ...old, ...part } : old)))}
            move={(by) => move(i, by)} remove={() => set(list.filter((_, at) => at !== i))}
          />
        ))}
      </ul>
      {list.length === 0 && form.within("custom_fields") && <ErrorText>{form.within("custom_fields")}</ErrorText>}
      <span className="visually-hidden" aria-live="polite">{said}</span>
      <div><Button size="small" disabled={list.length >= MOST} onClick={() => set([...list, { key: "", label: "", type: "text" }])}><Plus size={15} aria-hidden />{t("Add a field")}</Button></div>
    </FormCard>
  );
}
