/** What to do with several chosen cards; one undo takes back the whole batch. */
import { Archive, ArrowRightLeft, UserPlus, X } from "lucide-react";
import { useEffect } from "react";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Menu, MenuChoice } from "../ui/overlays";
import { Avatar, Button } from "../ui/parts";
import { archiveTasks, assignable, assignTasks } from "./actions";
import { useShared } from "./context";
import s from "./board.module.css";

const NOBODY: ReadonlySet<string> = new Set();

export function BulkBar() {
  const { view, rights, selection, askMove } = useShared();
  const ids = useStore(selection);
  const tasks = [...ids].flatMap((id) => view.byId.get(id) ?? []);
  const clear = () => selection.set(NOBODY);
  const any = tasks.length > 0;
  useEffect(() => {
    if (!any) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("[role=dialog], [role=menu]")) selection.set(NOBODY);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [any, selection]);
  if (!any) return null;
  const mayEdit = tasks.every((task) => rights.editTask(task));
  const archive = () => {
    archiveTasks(view, tasks);
    clear();
  };
  const assignTrigger = <Button look="quiet"><UserPlus size={16} aria-hidden />{t("Assign")}</Button>;
  return (
    <div className={s.bulk} role="toolbar" aria-label={t("Chosen cards")}>
      <span role="status" className={s.bulkCount}>{t("{count, plural, one {# chosen} other {# chosen}}", { count: tasks.length })}</span>
      {mayEdit && <Button look="quiet" onClick={() => askMove(tasks)}><ArrowRightLeft size={16} aria-hidden />{t("Move to…")}</Button>}
      {tasks.every((task) => rights.assign(task) === "all") && (
        <Menu trigger={assignTrigger}>
          {assignable(view).map((person) => {
            const all = tasks.every((task) => task.assignee_ids.includes(person.id));
            return (
              <MenuChoice key={person.id} icon={<Avatar person={person} size={20} />} checked={all} onSelect={() => assignTasks(view.board.id, tasks, person.id, !all)}>
                {person.name}
              </MenuChoice>
            );
          })}
        </Menu>
      )}
      {mayEdit && <Button look="quiet" onClick={archive}><Archive size={16} aria-hidden />{t("Archive")}</Button>}
      <Button look="quiet" icon aria-label={t("Clear the choice")} onClick={clear}><X size={16} /></Button>
    </div>
  );
}
