/** One list as a column of virtual cards, with the placeholder of a drag among them. */
import { useVirtualizer, defaultRangeExtractor, type Range } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import type { List, Task } from "../api/types";
import { t } from "../lib/i18n";
import { createStore, useStore } from "../lib/store";
import { cx } from "../ui/parts";
import { Card } from "./card";
import { ColumnHeader, CollapsedColumn } from "./column-header";
import { useShared } from "./context";
import { drag, registerColumn } from "./dnd/drag";
import { QuickAdd } from "./quick-add";
import s from "./board.module.css";

/** The card to focus as soon as its column has drawn it. */
export const focusWanted = createStore<string | null>(null);

export const cardElement = (taskId: string) => document.querySelector<HTMLElement>(`[data-card="${CSS.escape(taskId)}"]`);

const NONE: Task[] = [];
const PLACEHOLDER = "placeholder";
const GAP = 6;

type Row = Task | typeof PLACEHOLDER;
const keyOf = (row: Row) => (row === PLACEHOLDER ? PLACEHOLDER : row.id);

/** A guess from the text, so that the scroll bar hardly moves when real heights are measured. */
function guessHeight(row: Row | undefined): number {
  if (row === undefined) return 80;
  if (row === PLACEHOLDER) return drag.get()?.height ?? 80;
  return 68 + Math.ceil(row.title.length / 36) * 20 + (row.tags.length > 1 ? 24 : 0);
}

/** The rows to draw: without the dragged card, and with the placeholder where it would go. */
function useRows(list: List): { rows: Row[]; hidden: Task | undefined } {
  const tasks = useShared().visible.cards.get(list.id) ?? NONE;
  const draggedId = useStore(drag, (d) => d?.taskId ?? null);
  const overIndex = useStore(drag, (d) => (d?.over.listId === list.id ? d.over.index : -1));
  return useMemo(() => {
    const hidden = draggedId ? tasks.find((task) => task.id === draggedId) : undefined;
    if (!draggedId || (!hidden && overIndex < 0)) return { rows: tasks, hidden: undefined };
    const rows: Row[] = tasks.filter((task) => task !== hidden);
    if (overIndex >= 0) rows.splice(overIndex, 0, PLACEHOLDER);
    return { rows, hidden };
  }, [tasks, draggedId, overIndex]);
}

function useColumnVirtualizer(rows: Row[], scroller: React.RefObject<HTMLElement | null>) {
  const latest = useRef(rows);
  latest.current = rows;
  return useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => guessHeight(latest.current[i]),
    getItemKey: useCallback((i: number) => (rows[i] ? keyOf(rows[i]) : i), [rows]),
    overscan: 4,
    gap: GAP,
    paddingStart: 2,
    paddingEnd: 8,
    // The card with the focus stays mounted, or the focus would be lost when it scrolls out of sight.
    rangeExtractor: (range: Range) => {
      const shown = defaultRangeExtractor(range);
      const focused = focusedCardId();
      const at = focused ? latest.current.findIndex((row) => keyOf(row) === focused) : -1;
      return at < 0 || shown.includes(at) ? shown : [...shown, at].sort((a, b) => a - b);
    },
  });
}

type ColumnVirtualizer = ReturnType<typeof useColumnVirtualizer>;

function focusedCardId(): string | null {
  return document.activeElement?.closest<HTMLElement>("[data-card]")?.dataset.card ?? null;
}

/** Others' changes above the focused card must not push it away: the scroll position follows it. */
function useFocusAnchor(rows: Row[], virtual: ColumnVirtualizer, scroller: React.RefObject<HTMLElement | null>): void {
  const last = useRef<{ id: string; start: number } | null>(null);
  useLayoutEffect(() => {
    const id = focusedCardId();
    const at = id ? rows.findIndex((row) => keyOf(row) === id) : -1;
    const start = at >= 0 ? virtual.measurementsCache[at]?.start : undefined;
    const before = last.current;
    last.current = id && start !== undefined ? { id, start } : null;
    if (!before || before.id !== id || start === undefined || drag.get() || !scroller.current) return;
    if (start !== before.start) scroller.current.scrollTop += start - before.start;
  });
}

function useWantedFocus(rows: Row[], virtual: ColumnVirtualizer): void {
  const wanted = useStore(focusWanted);
  useEffect(() => {
    if (!wanted) return;
    const at = rows.findIndex((row) => keyOf(row) === wanted);
    if (at < 0) return;
    virtual.scrollToIndex(at, { align: "auto" });
    const frame = requestAnimationFrame(() => {
      const link = cardElement(wanted)?.querySelector<HTMLElement>("a");
      if (!link) return;
      focusWanted.set(null);
      link.focus({ preventScroll: true });
      link.closest("section")?.scrollIntoView({ inline: "nearest", block: "nearest" });
    });
    return () => cancelAnimationFrame(frame);
  }, [wanted, rows, virtual]);
}

/** A card moved by keyboard stays in sight. */
function useKeyboardSight(list: List, virtual: ColumnVirtualizer, section: React.RefObject<HTMLElement | null>): void {
  const at = useStore(drag, (d) => (d?.mode === "keyboard" && d.over.listId === list.id ? d.over.index : -1));
  useEffect(() => {
    if (at < 0) return;
    virtual.scrollToIndex(at, { align: "auto" });
    section.current?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [at, virtual, section]);
}

/** Where a drop at this height would go: after every card whose middle lies above it. */
function indexAt(clientY: number, scroller: HTMLElement, rows: Row[], virtual: ColumnVirtualizer): number {
  const y = clientY - scroller.getBoundingClientRect().top + scroller.scrollTop;
  const placeholder = rows.indexOf(PLACEHOLDER);
  const items = virtual.getVirtualItems();
  let index = items[0]?.index ?? 0;
  for (const item of items) if (item.start + item.size / 2 < y) index = item.index + 1;
  return placeholder >= 0 && placeholder < index ? index - 1 : index;
}

function Placeholder({ list }: { list: List }) {
  const { view } = useShared();
  const { taskId, mode, height } = drag.get() ?? {};
  const task = taskId ? view.byId.get(taskId) : undefined;
  if (task && mode === "keyboard") return <Card task={{ ...task, list_id: list.id }} lifted />;
  return <div className={s.placeholder} style={{ height }} />;
}

interface CardRowsProps {
  rows: Row[];
  hidden: Task | undefined;
  virtual: ColumnVirtualizer;
  list: List;
}

/**
 * One array for all rows, so that the dragged card stays the same element when it becomes the hidden one:
 * a finger's moves are sent to the element that it touched first, and to nothing if that is gone.
 */
function CardRows({ rows, hidden, virtual, list }: CardRowsProps) {
  const drawn = virtual.getVirtualItems().flatMap((item) => {
    const row = rows[item.index];
    if (row === undefined) return [];
    const place = { transform: `translateY(${item.start}px)` };
    return [
      <li key={keyOf(row)} ref={virtual.measureElement} data-index={item.index} className={s.row} style={place}>
        {row === PLACEHOLDER ? <Placeholder list={list} /> : <Card task={row} />}
      </li>,
    ];
  });
  if (hidden) drawn.push(<li key={hidden.id} data-index={-1} className={cx(s.row, s.rowHidden)}><Card task={hidden} /></li>);
  return drawn;
}

function OpenColumn({ list, onCollapse }: { list: List; onCollapse(): void }) {
  const { visible } = useShared();
  const section = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, hidden } = useRows(list);
  const virtual = useColumnVirtualizer(rows, scroller);
  const current = useRef({ rows, virtual });
  current.current = { rows, virtual };
  useFocusAnchor(rows, virtual, scroller);
  useWantedFocus(rows, virtual);
  useKeyboardSight(list, virtual, section);
  useEffect(
    () =>
      registerColumn(list.id, {
        element: () => section.current,
        scroller: () => scroller.current,
        indexAt: (y) => (scroller.current ? indexAt(y, scroller.current, current.current.rows, current.current.virtual) : 0),
      }),
    [list.id],
  );
  const over = useStore(drag, (d) => d?.over.listId === list.id);
  const scrollToEnd = () => requestAnimationFrame(() => virtual.scrollToIndex(current.current.rows.length - 1, { align: "end" }));
  return (
    <section ref={section} className={cx(s.column, over && s.columnOver)} aria-label={list.name} data-list={list.id}>
      <ColumnHeader list={list} onCollapse={onCollapse} />
      <div ref={scroller} className={s.scroller}>
        {rows.length === 0 && (
          <p className={s.emptyColumn}>{visible.filtered ? t("No card here matches the filter.") : t("No cards yet.")}</p>
        )}
        <ol className={s.cards} style={{ height: virtual.getTotalSize() }} aria-label={t("Cards in {list}", { list: list.name })}>
          <CardRows rows={rows} hidden={hidden} virtual={virtual} list={list} />
        </ol>
      </div>
      <QuickAdd list={list} onAdded={scrollToEnd} />
    </section>
  );
}

export function Column({ list }: { list: List }) {
  const { collapsed } = useShared();
  const isCollapsed = useStore(collapsed, (set) => set.has(list.id));
  const flip = () =>
    collapsed.set((old) => {
      const next = new Set(old);
      if (!next.delete(list.id)) next.add(list.id);
      return next;
    });
  return isCollapsed ? <CollapsedColumn list={list} onExpand={flip} /> : <OpenColumn list={list} onCollapse={flip} />;
}
