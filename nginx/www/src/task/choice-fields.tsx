/** Status, list, priority, type and assignees. */
import { Columns3 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { session } from "../api/session";
import type { Person, Priority, Status, ShownTask, TaskType } from "../api/types";
import { assignable, moveTask } from "../board/actions";
import { useShared } from "../board/context";
import { PRIORITIES, PriorityIcon, priorityName, STATUSES, StatusIcon, statusName, TYPES, TypeIcon, typeName } from "../board/labels";
import { t } from "../lib/i18n";
import { Popover } from "../ui/overlays";
import { Avatar } from "../ui/parts";
import { FieldStatus } from "./field-state";
import { useField } from "./use-field";
import s from "./task.module.css";

interface Props {
  task: ShownTask;
  mayEdit: boolean;
}

interface SelectProps<T extends string> {
  id: string;
  icon: ReactNode;
  value: T;
  options: readonly T[];
  name(value: T): string;
  disabled: boolean;
  onChange(value: T): void;
}

function Select<T extends string>({ id, icon, value, options, name, disabled, onChange }: SelectProps<T>) {
  return (
    <div className={s.selectBox}>
      {icon}
      <select id={id} className={s.control} value={value} disabled={disabled} onChange={(event) => onChange(event.target.value as T)}>
        {options.map((option) => <option key={option} value={option}>{name(option)}</option>)}
      </select>
    </div>
  );
}

export function StatusField({ task, mayEdit }: Props) {
  const field = useField(task, "status");
  const value = (field.value ?? "todo") as Status;
  return (
    <div className={s.value}>
      <Select id={`status-${task.id}`} icon={<StatusIcon status={value} />} value={value} options={STATUSES} name={statusName} disabled={!mayEdit} onChange={(next) => field.save(next)} />
      <FieldStatus state={field} show={(v) => statusName(v as Status)} />
    </div>
  );
}

export function PriorityField({ task, mayEdit }: Props) {
  const field = useField(task, "priority");
  const value = (field.value ?? "medium") as Priority;
  return (
    <div className={s.value}>
      <Select id={`priority-${task.id}`} icon={<PriorityIcon priority={value} />} value={value} options={PRIORITIES} name={priorityName} disabled={!mayEdit} onChange={(next) => field.save(next)} />
      <FieldStatus state={field} show={(v) => priorityName(v as Priority)} />
    </div>
  );
}

export function TypeField({ task, mayEdit }: Props) {
  const field = useField(task, "task_type");
  const value = (field.value ?? "task") as TaskType;
  return (
    <div className={s.value}>
      <Select id={`type-${task.id}`} icon={<TypeIcon type={value} size={16} />} value={value} options={TYPES} name={typeName} disabled={!mayEdit} onChange={(next) => field.save(next)} />
      <FieldStatus state={field} show={(v) => typeName(v as TaskType)} />
    </div>
  );
}

export function ListField({ task, mayEdit }: Props) {
  const { view } = useShared();
  const name = (id: string) => view.lists.find((list) => list.id === id)?.name ?? "";
  return (
    <div className={s.value}>
      <Select
        id={`list-${task.id}`} icon={<Columns3 size={16} aria-hidden />} value={task.list_id} options={view.lists.map((list) => list.id)} name={name}
        disabled={!mayEdit} onChange={(listId) => moveTask(task.board_id, task.id, { listId })}
      />
    </div>
  );
}

function PeopleList({ people, chosen, onToggle }: { people: Person[]; chosen: string[]; onToggle(id: string): void }) {
  const [text, setText] = useState("");
  const me = session.get().user?.id;
  const shown = people.filter((person) => `${person.name} ${person.email ?? ""}`.toLowerCase().includes(text.toLowerCase()));
  return (
    <div className={s.people}>
      {people.length > 7 && (
        <input className={s.control} type="search" aria-label={t("Find a person")} placeholder={t("Find a person")} value={text} onChange={(event) => setText(event.target.value)} />
      )}
      {shown.map((person) => (
        <label key={person.id} className={s.person}>
          <input type="checkbox" checked={chosen.includes(person.id)} onChange={() => onToggle(person.id)} />
          <Avatar person={person} />
          {person.id === me ? t("{name} (me)", { name: person.name }) : person.name}
        </label>
      ))}
      {shown.length === 0 && <p className={s.unset}>{t("Nobody of that name.")}</p>}
    </div>
  );
}

export function AssigneesField({ task, may }: { task: ShownTask; may: "all" | "me" | "none" }) {
  const { view } = useShared();
  const field = useField(task, "assignee_ids");
  const chosen = (field.value ?? []) as string[];
  const people = assignable(view);
  const me = session.get().user?.id;
  const offered = may === "all" ? people : people.filter((p) => p.id === me);
  const person = (id: string): Person => people.find((p) => p.id === id) ?? task.assignees?.find((p) => p.id === id) ?? { id, name: t("Former member") };
  const names = (ids: unknown) => (ids as string[]).map((id) => person(id).name).join(", ") || t("Nobody");
  const toggle = (id: string) => field.save(chosen.includes(id) ? chosen.filter((x) => x !== id) : [...chosen, id]);
  const faces = (
    <span className={s.chosen}>
      {chosen.map((id) => <span key={id}><Avatar person={person(id)} size={20} />{person(id).name}{" "}</span>)}
      {chosen.length === 0 && <span className={s.unset}>{t("Nobody")}</span>}
    </span>
  );
  return (
    <div className={s.value}>
      {may !== "none" ? (
        <Popover label={t("Assignees")} trigger={<button type="button" className={s.control}><span className="visually-hidden">{t("Assignees:")} </span>{faces}</button>}>
          <PeopleList people={offered} chosen={chosen} onToggle={toggle} />
        </Popover>
      ) : (
        <div className={s.control}>{faces}</div>
      )}
      <FieldStatus state={field} show={names} />
    </div>
  );
}
