/** Somebody of the brand, found by a part of name or address: a combobox after the WAI-ARIA pattern, with the server's list. */
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useId, useState, type KeyboardEvent } from "react";
import { request } from "../api/client";
import type { Person } from "../api/types";
import type { Person as PersonRow } from "../api/types.gen";
import { useBrandId } from "../data/resources";
import { t } from "../lib/i18n";
import { Avatar, Button, Field } from "../ui/parts";
import s from "./brand.module.css";

const MOST = 8;

function useLate(text: string): string {
  const [late, setLate] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setLate(text), 200);
    return () => clearTimeout(timer);
  }, [text]);
  return late;
}

function usePeople(text: string, without: readonly string[]) {
  const brandId = useBrandId() ?? "none";
  const q = useLate(text.trim());
  const found = useQuery({
    queryKey: [brandId, "people", q],
    queryFn: async ({ signal }) => (await request<PersonRow[]>("GET", "/users", { query: { q: q || undefined, limit: MOST + without.length }, signal })).data,
    placeholderData: (old) => old,
  });
  return { people: (found.data ?? []).filter((p) => !without.includes(p.id)).slice(0, MOST), settled: !found.isPlaceholderData && !found.isPending };
}

interface PickerProps {
  label: string;
  value: Person | null;
  without?: readonly string[];
  error?: string | undefined;
  hint?: string;
  /** Nobody has to be chosen. */
  optional?: boolean;
  onChange(person: Person | null): void;
}

export function PersonPicker({ label, value, without = [], error, hint, optional = false, onChange }: PickerProps) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const list = useId();
  const { people, settled } = usePeople(text, without);
  const take = (person: Person) => {
    onChange(person);
    setOpen(false);
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      setAt((old) => (open ? (old + (event.key === "ArrowDown" ? 1 : -1) + people.length) % Math.max(1, people.length) : 0));
    } else if (event.key === "Enter" && open && people[at]) {
      event.preventDefault();
      take(people[at]);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      setOpen(false);
    }
  };
  if (value) {
    return (
      <div className={s.picked} role="group" aria-label={label}>
        <span className={s.pickedLabel}>{label}</span>
        <span className={s.pickedPerson}>
          <Avatar person={value} size={26} /><span>{value.name}</span>
          <Button look="quiet" icon size="small" aria-label={t("Choose somebody else than {name}", { name: value.name })} onClick={() => onChange(null)}><X size={15} /></Button>
        </span>
        {error && <span className={s.switchError}>{error}</span>}
      </div>
    );
  }
  return (
    <div className={s.picker}>
      <Field label={label} error={error} hint={hint}>
        {(props) => (
          <input
            {...props} role="combobox" aria-expanded={open} aria-controls={list} aria-autocomplete="list" autoComplete="off" placeholder={t("Name or e-mail")} required={!optional}
            aria-activedescendant={open && people[at] ? `${list}-${at}` : undefined} value={text}
            onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={onKeyDown}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
              setOpen(true);
            }}
          />
        )}
      </Field>
      <ul id={list} role="listbox" aria-label={label} className={s.options} hidden={!open || people.length === 0}>
        {people.map((person, i) => (
          <li key={person.id} id={`${list}-${i}`} role="option" aria-selected={i === at} className={s.option} onPointerDown={(event) => event.preventDefault()} onClick={() => take(person)}>
            <Avatar person={person} size={26} /><span className={s.lineMain}><span>{person.name}</span><span className={s.memberMail}>{person.email}</span></span>
          </li>
        ))}
      </ul>
      <span className="visually-hidden" role="status">{open && settled ? t("{count, plural, =0 {Nobody fits} one {# person} other {# people}}", { count: people.length }) : ""}</span>
      {open && settled && people.length === 0 && <p className={s.muted}>{t("Nobody fits")}</p>}
    </div>
  );
}
