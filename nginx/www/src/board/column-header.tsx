/** The head of a column: name, count, limit in words, and the list's menu. */
import { ArrowLeftRight, ChevronsLeftRight, ChevronsRightLeft, Ellipsis, Gauge, Pencil, Plus, Trash2 } from "lucide-react";
import { useEffect, useRef } from "react";
import type { List } from "../api/types";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Menu, MenuItem, MenuLine } from "../ui/overlays";
import { Button, cx } from "../ui/parts";
import { useShared } from "./context";
import { drag, registerColumn } from "./dnd/drag";
import { StatusIcon, statusName } from "./labels";
import s from "./board.module.css";

/** "3 of 5", and "full" or "over the limit" in words. */
function Count({ list }: { list: List }) {
  const { view, visible } = useShared();
  const total = view.cards.get(list.id)?.length ?? 0;
  const shown = visible.cards.get(list.id)?.length ?? 0;
  if (list.wip_limit === null) {
    const words = visible.filtered ? t("{shown} of {total}", { shown, total }) : String(total);
    return <span className={s.count}>{words}<span className="visually-hidden"> {t("cards")}</span></span>;
  }
  const state = total > list.wip_limit ? t("over the limit") : total === list.wip_limit ? t("full") : "";
  return (
    <span className={cx(s.count, state && s.countFull)} title={t("At most {limit} cards", { limit: list.wip_limit })}>
      {t("{total} of {limit}", { total, limit: list.wip_limit })}
      {state && <> · {state}</>}
      <span className="visually-hidden"> {t("cards allowed")}</span>
    </span>
  );
}

function ListMenu({ list, onCollapse }: { list: List; onCollapse(): void }) {
  const { manageLists, rights, askList, adding } = useShared();
  const trigger = (
    <Button look="quiet" size="small" icon aria-label={t("Actions for list {list}", { list: list.name })}>
      <Ellipsis size={16} />
    </Button>
  );
  return (
    <Menu trigger={trigger}>
      {rights.can("can_create_tasks") && <MenuItem icon={<Plus size={16} />} onSelect={() => adding.set(list.id)}>{t("Add cards")}</MenuItem>}
      <MenuItem icon={<ChevronsRightLeft size={16} />} onSelect={onCollapse}>{t("Collapse")}</MenuItem>
      {manageLists && (
        <>
          <MenuLine />
          <MenuItem icon={<Pencil size={16} />} onSelect={() => askList(list, "rename")}>{t("Rename…")}</MenuItem>
          <MenuItem icon={<Gauge size={16} />} onSelect={() => askList(list, "limit")}>{t("Set limit…")}</MenuItem>
          <MenuItem icon={<ArrowLeftRight size={16} />} onSelect={() => askList(list, "move")}>{t("Move to…")}</MenuItem>
          <MenuLine />
          <MenuItem icon={<Trash2 size={16} />} danger onSelect={() => askList(list, "delete")}>{t("Delete list…")}</MenuItem>
        </>
      )}
    </Menu>
  );
}

export function ColumnHeader({ list, onCollapse }: { list: List; onCollapse(): void }) {
  const status = list.status ? statusName(list.status) : null;
  return (
    <header className={s.columnHead}>
      <span className={s.status} title={status ? t("Cards here are: {status}", { status }) : undefined}><StatusIcon status={list.status} size={15} /></span>
      <h2 className={s.columnName}>{list.name}</h2>
      <Count list={list} />
      <ListMenu list={list} onCollapse={onCollapse} />
    </header>
  );
}

/** Narrow, but still a place to drop into. */
export function CollapsedColumn({ list, onExpand }: { list: List; onExpand(): void }) {
  const { view, visible } = useShared();
  const section = useRef<HTMLElement>(null);
  const size = useRef(0);
  const draggedHere = useStore(drag, (d) => d?.from.listId === list.id);
  size.current = (visible.cards.get(list.id)?.length ?? 0) - (draggedHere ? 1 : 0);
  useEffect(
    () => registerColumn(list.id, { element: () => section.current, scroller: () => null, indexAt: () => size.current }),
    [list.id],
  );
  const over = useStore(drag, (d) => d?.over.listId === list.id);
  const total = view.cards.get(list.id)?.length ?? 0;
  return (
    <section ref={section} className={cx(s.collapsed, over && s.columnOver)} aria-label={list.name} data-list={list.id}>
      <Button look="quiet" size="small" icon aria-label={t("Expand {list}", { list: list.name })} onClick={onExpand}>
        <ChevronsLeftRight size={16} />
      </Button>
      <h2 className={s.collapsedName}>{list.name}</h2>
      <span className={s.count}>{total}</span>
    </section>
  );
}
