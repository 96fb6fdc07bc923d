/** The board's questions: where to move a card or list, a list's name and limit, what becomes of its cards. */
import { useState } from "react";
import type { List, Task } from "../api/types";
import { t } from "../lib/i18n";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Field, TextField } from "../ui/parts";
import { deleteList, moveList, moveTask, moveTasks, patchList } from "./actions";
import { useShared } from "./context";

function Submit({ label, onClose, danger = false }: { label: string; onClose(): void; danger?: boolean }) {
  return (
    <Actions>
      <Button onClick={onClose}>{t("Cancel")}</Button>
      <Button look={danger ? "danger" : "primary"} type="submit">{label}</Button>
    </Actions>
  );
}

function useForm(onClose: () => void, act: () => boolean | void) {
  return (event: React.FormEvent) => {
    event.preventDefault();
    if (act() !== false) onClose();
  };
}

const formStyle = { display: "grid", gap: 16 };

/** Position `1` is the top; the server is told the neighbour, so that others' moves do no harm. */
export function MoveTasksDialog({ tasks, onClose }: { tasks: Task[]; onClose(): void }) {
  const { view } = useShared();
  const one = tasks.length === 1 ? tasks[0]! : null;
  const [listId, setListId] = useState(tasks[0]!.list_id);
  const others = (view.cards.get(listId) ?? []).filter((row) => row !== one);
  const here = one && listId === one.list_id ? (view.cards.get(listId) ?? []).indexOf(one) + 1 : others.length + 1;
  const [typed, setTyped] = useState<string | null>(null);
  const position = Math.min(Math.max(1, Number(typed ?? here) || 1), others.length + 1);
  const submit = useForm(onClose, () => {
    if (!one) return moveTasks(view, tasks, listId);
    const before = others[position - 1]?.id;
    moveTask(view.board.id, one.id, { listId, before });
  });
  const choose = (id: string) => {
    setListId(id);
    setTyped(null);
  };
  const title = one ? t("Move {task}", { task: one.reference }) : t("Move {count, plural, one {# card} other {# cards}}", { count: tasks.length });
  return (
    <Dialog title={title} open onClose={onClose}>
      <form onSubmit={submit} style={formStyle}>
        <Field label={t("List")}>
          {(props) => (
            <select {...props} value={listId} onChange={(event) => choose(event.target.value)}>
              {view.lists.map((list) => <option key={list.id} value={list.id}>{list.name}</option>)}
            </select>
          )}
        </Field>
        {one && (
          <TextField
            label={t("Position, 1 to {last}", { last: others.length + 1 })}
            type="number" min={1} max={others.length + 1} inputMode="numeric"
            value={typed ?? String(here)}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
        <Submit label={t("Move")} onClose={onClose} />
      </form>
    </Dialog>
  );
}

export function RenameListDialog({ list, onClose }: { list: List; onClose(): void }) {
  const [name, setName] = useState(list.name);
  const submit = useForm(onClose, () => {
    if (!name.trim()) return false;
    if (name.trim() !== list.name) patchList(list.board_id, list.id, { name: name.trim() });
  });
  return (
    <Dialog title={t("Rename list")} open onClose={onClose}>
      <form onSubmit={submit} style={formStyle}>
        <TextField label={t("Name")} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <Submit label={t("Rename")} onClose={onClose} />
      </form>
    </Dialog>
  );
}

export function LimitDialog({ list, onClose }: { list: List; onClose(): void }) {
  const [limit, setLimit] = useState(list.wip_limit === null ? "" : String(list.wip_limit));
  const submit = useForm(onClose, () => {
    const next = limit.trim() === "" ? null : Math.max(1, Math.round(Number(limit)));
    if (next !== null && !Number.isFinite(next)) return false;
    if (next !== list.wip_limit) patchList(list.board_id, list.id, { wip_limit: next });
  });
  return (
    <Dialog title={t("Limit of {list}", { list: list.name })} open onClose={onClose}>
      <form onSubmit={submit} style={formStyle}>
        <TextField
          label={t("How many cards at most")}
          hint={t("Empty means no limit. A full list takes no further card.")}
          type="number" min={1} max={999} inputMode="numeric"
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        />
        <Submit label={t("Save")} onClose={onClose} />
      </form>
    </Dialog>
  );
}

export function MoveListDialog({ list, onClose }: { list: List; onClose(): void }) {
  const { view } = useShared();
  const at = view.lists.findIndex((row) => row.id === list.id);
  const [index, setIndex] = useState(at);
  const submit = useForm(onClose, () => {
    if (index !== at) moveList(view, list.id, index);
  });
  return (
    <Dialog title={t("Move list {list}", { list: list.name })} open onClose={onClose}>
      <form onSubmit={submit} style={formStyle}>
        <Field label={t("Position")}>
          {(props) => (
            <select {...props} value={index} onChange={(event) => setIndex(Number(event.target.value))}>
              {view.lists.map((row, i) => (
                <option key={row.id} value={i}>
                  {i === at ? t("{position} (here)", { position: i + 1 }) : t("{position}: where {list} is", { position: i + 1, list: row.name })}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Submit label={t("Move")} onClose={onClose} />
      </form>
    </Dialog>
  );
}

export function DeleteListDialog({ list, onClose }: { list: List; onClose(): void }) {
  const { view } = useShared();
  const count = view.cards.get(list.id)?.length ?? 0;
  const others = view.lists.filter((row) => row.id !== list.id);
  const [moveTo, setMoveTo] = useState(others[0]?.id ?? "");
  const submit = useForm(onClose, () => deleteList(list.board_id, list.id, moveTo || undefined));
  const last = others.length === 0;
  const words = last
    ? t("A board needs at least one list, so this one can't be deleted.")
    : count > 0
      ? t("{count, plural, one {# card moves} other {# cards move}} to the list that you choose.", { count })
      : t("The list is empty. Archived cards of it move to the list that you choose.");
  return (
    <Dialog title={t("Delete list {list}?", { list: list.name })} open onClose={onClose} description={words}>
      {!last && (
        <form onSubmit={submit} style={formStyle}>
          <Field label={t("Move its cards to")}>
            {(props) => (
              <select {...props} value={moveTo} onChange={(event) => setMoveTo(event.target.value)}>
                {others.map((row) => <option key={row.id} value={row.id}>{row.name}</option>)}
              </select>
            )}
          </Field>
          <Submit label={t("Delete list")} danger onClose={onClose} />
        </form>
      )}
    </Dialog>
  );
}

export type ListQuestion = "rename" | "limit" | "move" | "delete";

export function ListDialog({ list, what, onClose }: { list: List; what: ListQuestion; onClose(): void }) {
  const Kind = { rename: RenameListDialog, limit: LimitDialog, move: MoveListDialog, delete: DeleteListDialog }[what];
  return <Kind list={list} onClose={onClose} />;
}
