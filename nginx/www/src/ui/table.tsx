/** Long lists with filters: a table where there is room, cards where there isn't. */
import { ArrowDown, ArrowUp, Search, SlidersHorizontal, X } from "lucide-react";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { explain } from "../api/client";
import type { Paged } from "../data/paged";
import { announce } from "../lib/announce";
import { t } from "../lib/i18n";
import { usePhone } from "../lib/use-media";
import { Actions, Dialog } from "./overlays";
import { Button, cx, Empty, Failed, Skeleton } from "./parts";
import s from "./table.module.css";

export interface Column<T> {
  title: string;
  cell(row: T): ReactNode;
  /** The field that the server orders by. */
  sort?: string;
  /** A date or a number: newest or largest first when it is chosen. */
  falling?: boolean;
  narrow?: boolean;
}

export interface Selection {
  chosen: ReadonlySet<string>;
  choose(ids: string[], on: boolean): void;
}

interface TableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  id(row: T): string;
  /** What a row is called, for its checkbox. */
  name?(row: T): string;
  sort?: string | undefined;
  onSort?(sort: string): void;
  selection?: Selection;
}

function Heading<T>({ column, sort, onSort }: { column: Column<T>; sort: string | undefined; onSort: ((sort: string) => void) | undefined }) {
  const field = column.sort;
  if (!field || !onSort) return <th role="columnheader" scope="col">{column.title}</th>;
  const rising = sort === field;
  const falling = sort === `-${field}`;
  const next = rising ? `-${field}` : falling ? field : column.falling ? `-${field}` : field;
  const Arrow = rising ? ArrowUp : ArrowDown;
  return (
    <th role="columnheader" scope="col" aria-sort={rising ? "ascending" : falling ? "descending" : "none"}>
      <button type="button" className={s.sort} onClick={() => onSort(next)}>
        {column.title}
        {(rising || falling) && <Arrow size={13} aria-hidden />}
      </button>
    </th>
  );
}

function Check({ label, checked, mixed = false, onChange }: { label: string; checked: boolean; mixed?: boolean; onChange(on: boolean): void }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = mixed;
  }, [mixed]);
  return (
    <label className={s.check}>
      <input ref={box} type="checkbox" aria-label={label} checked={checked} onChange={(event) => onChange(event.target.checked)} />
    </label>
  );
}

/** Roles are written out: a table that is laid out as cards would lose them. */
export function Table<T>({ label, columns, rows, id, name, sort, onSort, selection }: TableProps<T>) {
  const ids = rows.map(id);
  const chosen = selection ? ids.filter((x) => selection.chosen.has(x)).length : 0;
  return (
    <table role="table" className={s.table} aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {selection && (
            <th role="columnheader" scope="col" className={s.pick}>
              <Check label={t("Choose all that are shown")} checked={chosen > 0 && chosen === ids.length} mixed={chosen > 0 && chosen < ids.length} onChange={(on) => selection.choose(ids, on)} />
            </th>
          )}
          {columns.map((column) => <Heading key={column.title} column={column} sort={sort} onSort={onSort} />)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row, i) => (
          <tr role="row" key={ids[i]} className={cx(selection?.chosen.has(ids[i]!) && s.chosen)}>
            {selection && (
              <td role="cell" className={s.pick}>
                <Check label={t("Choose {name}", { name: name?.(row) ?? "" })} checked={selection.chosen.has(ids[i]!)} onChange={(on) => selection.choose([ids[i]!], on)} />
              </td>
            )}
            {columns.map((column, c) => (
              <td role="cell" key={column.title} data-label={c === 0 ? undefined : column.title} className={cx(c === 0 && s.first, column.narrow && s.narrow)}>{column.cell(row)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/* ---- filters ---- */

interface FiltersProps {
  /** Where one types what is looked for: it stays in sight where the fields don't. */
  search?: ReactNode;
  /** The fields, each of which narrows the list. */
  children: ReactNode;
  /** How many of the fields are in use. Said, the fields stand behind one button on a phone. */
  active?: number;
  filtered: boolean;
  onClear(): void;
  /** "12 accounts", for the button that closes the fields; undefined while it isn't known. */
  found?: string | undefined;
}

export function Filters(props: FiltersProps) {
  const phone = usePhone();
  const { search, children, active, filtered, onClear } = props;
  if (phone && active !== undefined) return <FoldedFilters {...props} active={active} />;
  return (
    <div role="search" className={s.filters}>
      {search}
      {children}
      {filtered && <Button look="quiet" onClick={onClear}><X size={15} aria-hidden />{t("Clear filters")}</Button>}
    </div>
  );
}

/** One row, however many fields there are: they open over the list, which follows each of them at once. */
function FoldedFilters({ search, children, active, filtered, onClear, found }: FiltersProps & { active: number }) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <div role="search" className={s.folded}>
      {search}
      <Button className={cx(active > 0 && s.inUse)} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(true)}>
        <SlidersHorizontal size={16} aria-hidden />{active > 0 ? t("Filters ({count})", { count: active }) : t("Filters")}
      </Button>
      {filtered && !search && <Button look="quiet" onClick={onClear}>{t("Clear filters")}</Button>}
      <Dialog title={t("Filters")} open={open} onClose={close}>
        <div className={s.fields}>{children}</div>
        <Actions>
          {filtered && <Button onClick={onClear}>{t("Clear filters")}</Button>}
          <Button look="primary" onClick={close}>{found ? t("Show {found}", { found }) : t("Done")}</Button>
        </Actions>
      </Dialog>
    </div>
  );
}

const PAUSE = 300;

/** Tells what was typed when the typing pauses. */
export function SearchFilter({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => {
    if (text.trim() === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text.trim();
      onChange(sent.current);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <div className={s.search}>
      <Search size={15} aria-hidden />
      <input type="search" aria-label={label} placeholder={label} value={text} onChange={(event) => setText(event.target.value)} />
    </div>
  );
}

interface SelectFilterProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onChange(value: string): void;
  /** Shown on phones only, where there are no headings to click. */
  phone?: boolean;
  /** There is always one of them chosen. */
  always?: boolean;
}

export function SelectFilter({ label, value, options, onChange, phone = false, always = false }: SelectFilterProps) {
  const id = useId();
  const known = options.some(([option]) => option === value);
  return (
    <div className={cx(s.filter, phone && s.phone)}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {!always && <option value="">{t("Any")}</option>}
        {value && !known && <option value={value}>{value}</option>}
        {options.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </select>
    </div>
  );
}

export function DateFilter({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  const id = useId();
  return (
    <div className={cx(s.filter, s.date)}>
      <label htmlFor={id}>{label}</label>
      <input id={id} type="date" value={value} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}

/* ---- the list as a whole ---- */

interface ListingProps<T> {
  list: Paged<T>;
  filtered: boolean;
  onClear(): void;
  /** Words for "12 accounts". */
  counted(count: number): string;
  empty: ReactNode;
  /** Stands beside the count: something else to know of the list, or to do with all of it. */
  beside?: ReactNode;
  children: ReactNode;
}

/** How many the filters leave, in words; undefined while that isn't known. */
export const foundIn = (list: Pick<Paged<unknown>, "of" | "count" | "exact">, counted: (count: number) => string): string | undefined =>
  list.of !== null && list.count !== null && list.exact ? counted(list.count) : undefined;

/** How many there are, the rows, and a button for more; or why there is nothing to see. */
export function Listing<T>({ list, filtered, onClear, counted, empty, beside, children }: ListingProps<T>) {
  const said = useRef<string | null>(null);
  const { count, exact, rows, of } = list;
  const words = count === null ? "" : exact ? counted(count) : t("More than {count}", { count: counted(count) });
  // Said when something else was asked for; not each time that the server has more of the same.
  useEffect(() => {
    if (of === null) return;
    if (said.current !== null && said.current !== of) announce(words, "polite");
    said.current = of;
  }, [of, words]);
  if (list.error) return <Failed what={explain(list.error)} retry={list.refetch} />;
  if (list.isPending) {
    return <div className={s.waiting} role="status" aria-label={t("Loading")}>{Array.from({ length: 6 }, (_, i) => <Skeleton key={i} height={44} />)}</div>;
  }
  if (rows.length === 0) {
    return filtered
      ? <Empty title={t("Nothing fits these filters")} action={<Button onClick={onClear}>{t("Clear filters")}</Button>} />
      : <>{empty}</>;
  }
  const more = () => {
    list.more();
    announce(t("Loading more"), "polite");
  };
  return (
    <div className={s.listing}>
      <div className={s.listingHead}>
        <p className={s.count}>{rows.length < (count ?? 0) ? t("{shown} of {all}", { shown: rows.length, all: words }) : words}</p>
        {beside}
      </div>
      {children}
      {list.hasMore && <div className={s.more}><Button onClick={more} disabled={list.loadingMore}>{list.loadingMore ? t("Loading…") : t("Show more")}</Button></div>}
    </div>
  );
}

/** A state as a word with a colour: the word says it, the colour finds it. */
export function State({ tone, children }: { tone: "good" | "plain" | "warn" | "bad"; children: ReactNode }) {
  return <span className={cx(s.state, s[tone])}>{children}</span>;
}
