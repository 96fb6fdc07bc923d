/** What the board shows: text, people, priority, tags, due. Says how many cards are left and clears with one press. */
import { CalendarClock, Search, SignalHigh, Tag, UserRound } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { session } from "../api/session";
import type { Priority } from "../api/types";
import { t } from "../lib/i18n";
import { useKey } from "../lib/keys";
import { Menu, MenuChoice } from "../ui/overlays";
import { Avatar, Button, cx } from "../ui/parts";
import { useShared } from "./context";
import { type DueFilter, type Filters } from "./filters";
import { PRIORITIES, PriorityIcon, priorityName } from "./labels";
import s from "./board.module.css";

interface BarProps {
  filters: Filters;
  onChange(next: Filters): void;
}

const flip = <T,>(list: T[], item: T): T[] => (list.includes(item) ? list.filter((x) => x !== item) : [...list, item]);

function FilterMenu({ label, icon, count, children }: { label: string; icon: ReactNode; count: number; children: ReactNode }) {
  const trigger = (
    <Button look="quiet" size="small" className={cx(count > 0 && s.filterOn)}>
      {icon}{label}{count > 0 && <span className={s.filterCount}>{count}<span className="visually-hidden"> {t("chosen")}</span></span>}
    </Button>
  );
  return <Menu trigger={trigger} align="start">{children}</Menu>;
}

function Assignees({ filters, onChange }: BarProps) {
  const { view } = useShared();
  const me = session.get().user?.id;
  const people = [...view.members.values()].sort((a, b) => Number(b.id === me) - Number(a.id === me) || a.name.localeCompare(b.name));
  const choose = (id: string) => onChange({ ...filters, assignees: flip(filters.assignees, id) });
  return (
    <FilterMenu label={t("Assignee")} icon={<UserRound size={15} />} count={filters.assignees.length}>
      <MenuChoice checked={filters.assignees.includes("none")} onSelect={() => choose("none")}>{t("Nobody")}</MenuChoice>
      {people.map((person) => (
        <MenuChoice key={person.id} icon={<Avatar person={person} size={20} />} checked={filters.assignees.includes(person.id)} onSelect={() => choose(person.id)}>
          {person.id === me ? t("{name} (me)", { name: person.name }) : person.name}
        </MenuChoice>
      ))}
    </FilterMenu>
  );
}

function Priorities({ filters, onChange }: BarProps) {
  const choose = (priority: Priority) => onChange({ ...filters, priorities: flip(filters.priorities, priority) });
  return (
    <FilterMenu label={t("Priority")} icon={<SignalHigh size={15} />} count={filters.priorities.length}>
      {PRIORITIES.map((priority) => (
        <MenuChoice key={priority} icon={<PriorityIcon priority={priority} />} checked={filters.priorities.includes(priority)} onSelect={() => choose(priority)}>
          {priorityName(priority)}
        </MenuChoice>
      ))}
    </FilterMenu>
  );
}

function Tags({ filters, onChange }: BarProps) {
  const { view } = useShared();
  const tags = useMemo(() => {
    const all = new Set(filters.tags);
    for (const task of view.byId.values()) for (const tag of task.tags) all.add(tag);
    return [...all].sort((a, b) => a.localeCompare(b)).slice(0, 100);
  }, [view, filters.tags]);
  if (tags.length === 0) return null;
  return (
    <FilterMenu label={t("Tag")} icon={<Tag size={15} />} count={filters.tags.length}>
      {tags.map((tag) => (
        <MenuChoice key={tag} checked={filters.tags.includes(tag)} onSelect={() => onChange({ ...filters, tags: flip(filters.tags, tag) })}>{tag}</MenuChoice>
      ))}
    </FilterMenu>
  );
}

function Due({ filters, onChange }: BarProps) {
  const choices: [DueFilter, string][] = [
    ["overdue", t("Overdue")], ["today", t("Due today")], ["week", t("Due within 7 days")], ["none", t("Without a due date")],
  ];
  return (
    <FilterMenu label={t("Due")} icon={<CalendarClock size={15} />} count={filters.due ? 1 : 0}>
      {choices.map(([due, label]) => (
        <MenuChoice key={due} checked={filters.due === due} onSelect={() => onChange({ ...filters, due: filters.due === due ? null : due })}>{label}</MenuChoice>
      ))}
    </FilterMenu>
  );
}

/** Typing is shown at once and reaches the address a moment later. */
function TextFilter({ filters, onChange }: BarProps) {
  const [text, setText] = useState(filters.text);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef({ filters, onChange });
  latest.current = { filters, onChange };
  useEffect(() => setText(filters.text), [filters.text]);
  useEffect(() => {
    if (text === latest.current.filters.text) return;
    const timer = setTimeout(() => latest.current.onChange({ ...latest.current.filters, text }), 150);
    return () => clearTimeout(timer);
  }, [text]);
  useKey("/", () => input.current?.focus());
  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === "Escape") setText("");
  };
  return (
    <label className={s.filterText}>
      <Search size={15} aria-hidden />
      <input
        ref={input} type="search" value={text} placeholder={t("Filter cards")} aria-label={t("Filter cards by text")}
        onChange={(event) => setText(event.target.value)} onKeyDown={onKey}
      />
    </label>
  );
}

const EMPTY: Filters = { text: "", assignees: [], priorities: [], tags: [], due: null };

export function FilterBar(props: BarProps) {
  const { visible } = useShared();
  return (
    <div className={s.filters} role="search" aria-label={t("Filter")}>
      <TextFilter {...props} />
      <Assignees {...props} />
      <Priorities {...props} />
      <Tags {...props} />
      <Due {...props} />
      <span role="status" className={s.filterStatus}>
        {visible.filtered && t("{shown} of {total} shown", { shown: visible.shown, total: visible.total })}
      </span>
      {visible.filtered && <Button size="small" onClick={() => props.onChange(EMPTY)}>{t("Clear")}</Button>}
    </div>
  );
}
