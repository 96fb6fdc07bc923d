/** One card. Its title is a link that covers the card; the check box and the menu lie above it. */
import { Archive, ArrowRightLeft, CalendarClock, CircleAlert, Clock, Copy, Ellipsis, ListChecks, Trash2, UserPlus } from "lucide-react";
import { memo, useState } from "react";
import { session } from "../api/session";
import type { Person, Task } from "../api/types";
import { isTemporary } from "../data/ops";
import { dueState, dueWords } from "../lib/dates";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Menu, MenuItem, MenuLine } from "../ui/overlays";
import { Avatars, Badge, Button, cx } from "../ui/parts";
import { toast } from "../ui/toasts";
import { archiveTasks, assignTasks, deleteTasks } from "./actions";
import { useShared } from "./context";
import { useDragHandle } from "./dnd/pointer";
import { PriorityIcon, priorityName, TypeIcon, typeName } from "./labels";
import s from "./board.module.css";

const DUE_ICON = { overdue: CircleAlert, today: CalendarClock, soon: CalendarClock, later: Clock, done: Clock };

export function DueBadge({ task }: { task: Task }) {
  const state = dueState(task.due_at, task.status === "completed" || task.status === "cancelled");
  if (state === "none") return null;
  const Icon = DUE_ICON[state];
  return <span className={cx(s.due, s[`due_${state}`])}><Icon size={13} aria-hidden />{dueWords(task.due_at!, state)}</span>;
}

function ChecklistBadge({ task }: { task: Task }) {
  const { checklist_done: done, checklist_total: count } = task;
  if (!count) return null;
  const words = t("{done} of {count} steps done", { done, count });
  return (
    <span className={cx(s.steps, done === count && s.stepsDone)} title={words}>
      <ListChecks size={14} aria-hidden /><span aria-hidden>{`${done}/${count}`}</span><span className="visually-hidden">{words}</span>
    </span>
  );
}

function people(task: Task, members: Map<string, Person>): Person[] {
  const me = session.get().user;
  return task.assignee_ids.map((id) => members.get(id) ?? (me?.id === id ? { id, name: me.name } : { id, name: t("Former member") }));
}

/** What a card shows, with nothing to press: also drawn under the pointer while dragging. */
export function CardFace({ task, members, title }: { task: Task; members: Map<string, Person>; title: React.ReactNode }) {
  return (
    <>
      <div className={s.cardTop}>
        <span className={s.type} title={typeName(task.task_type)}>
          <TypeIcon type={task.task_type} />
          {task.task_type !== "task" && <span className="visually-hidden">{typeName(task.task_type)}</span>}
        </span>
        <span className={s.reference}>{task.reference || t("Saving…")}</span>
      </div>
      <div className={s.cardTitle}>{title}</div>
      <div className={s.cardFoot}>
        <div className={s.cardMeta}>
          <span className={cx(s.priority, s[`priority_${task.priority}`])} title={t("Priority: {name}", { name: priorityName(task.priority) })}>
            <PriorityIcon priority={task.priority} size={15} />
            <span className={task.priority === "urgent" || task.priority === "high" ? undefined : "visually-hidden"}>{priorityName(task.priority)}</span>
          </span>
          <DueBadge task={task} />
          <ChecklistBadge task={task} />
          {task.tags.slice(0, 3).map((tag) => <Badge key={tag}>{tag}</Badge>)}
          {task.tags.length > 3 && <Badge>+{task.tags.length - 3}</Badge>}
        </div>
        <Avatars people={people(task, members)} />
      </div>
    </>
  );
}

async function copyLink(href: string): Promise<void> {
  await navigator.clipboard.writeText(new URL(href, location.origin).href);
  toast({ text: t("Link copied.") });
}

function CardMenu({ task }: { task: Task }) {
  const { view, rights, askMove, hrefOf } = useShared();
  // Hundreds of menus that nobody opens would cost more than the cards, so a menu begins to exist when it's asked for.
  const [wanted, setWanted] = useState(false);
  const me = session.get().user?.id ?? "";
  const mine = task.assignee_ids.includes(me);
  const mayEdit = rights.editTask(task);
  const label = t("Actions for {task}", { task: task.reference || task.title });
  const button = (
    <Button look="quiet" size="small" icon className={s.cardMenu} aria-label={label} onClick={() => setWanted(true)}>
      <Ellipsis size={16} />
    </Button>
  );
  if (!wanted) return button;
  return (
    <Menu trigger={button} defaultOpen>
      {mayEdit && <MenuItem icon={<ArrowRightLeft size={16} />} onSelect={() => askMove([task])}>{t("Move to…")}</MenuItem>}
      {rights.assign(task) !== "none" && (
        <MenuItem icon={<UserPlus size={16} />} onSelect={() => assignTasks(view.board.id, [task], me, !mine)}>
          {mine ? t("Unassign me") : t("Assign to me")}
        </MenuItem>
      )}
      <MenuItem icon={<Copy size={16} />} onSelect={() => void copyLink(hrefOf(task))}>{t("Copy link")}</MenuItem>
      {mayEdit && <MenuLine />}
      {mayEdit && <MenuItem icon={<Archive size={16} />} onSelect={() => archiveTasks(view, [task])}>{t("Archive")}</MenuItem>}
      {rights.can("can_delete_tasks") && (
        <MenuItem icon={<Trash2 size={16} />} danger onSelect={() => deleteTasks(view, [task])}>{t("Delete")}</MenuItem>
      )}
    </Menu>
  );
}

function SelectBox({ task }: { task: Task }) {
  const { selection, toggle } = useShared();
  const selected = useStore(selection, (set) => set.has(task.id));
  return (
    <label className={s.select}>
      <input
        type="checkbox"
        checked={selected}
        aria-label={t("Select {task}", { task: task.reference || task.title })}
        onChange={(event) => toggle(task, (event.nativeEvent as MouseEvent).shiftKey)}
      />
    </label>
  );
}

interface CardProps {
  task: Task;
  /** Lifted by keyboard and drawn where it would drop. */
  lifted?: boolean;
}

export const Card = memo(function Card({ task, lifted = false }: CardProps) {
  const { view, rights, selection, toggle, open, hrefOf } = useShared();
  const saving = isTemporary(task.id);
  const mayDrag = !saving && rights.editTask(task);
  const { ref, listeners } = useDragHandle(task.id, !mayDrag || lifted);
  const selected = useStore(selection, (set) => set.has(task.id));
  const press = (event: React.MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      event.preventDefault();
      return toggle(task, event.shiftKey);
    }
    if (event.button !== 0) return;
    event.preventDefault();
    if (!saving) open(task);
  };
  const title = saving ? (
    <span>{task.title}</span>
  ) : (
    <a href={hrefOf(task)} className={s.cardLink} draggable={false} onClick={press} tabIndex={lifted ? -1 : 0}>{task.title}</a>
  );
  return (
    <div
      ref={ref}
      {...listeners}
      data-card={lifted ? undefined : task.id}
      className={cx(s.card, selected && s.cardSelected, saving && s.cardSaving, lifted && s.cardLifted, mayDrag && s.cardMovable)}
    >
      <CardFace task={task} members={view.members} title={title} />
      {!lifted && !saving && <div className={s.cardTools}><SelectBox task={task} /><CardMenu task={task} /></div>}
    </div>
  );
});
