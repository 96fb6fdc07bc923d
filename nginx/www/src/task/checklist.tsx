/** The steps of a task: checked by a click or Space, written in place, moved by Alt and the arrows. Each change is shown at once, and sent in turn. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Ellipsis, Plus, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, ApiError, explain, getAll } from "../api/client";
import type { ChecklistItem, ShownTask } from "../api/types";
import { queries, taskKey } from "../data/cache";
import { announce } from "../lib/announce";
import { t } from "../lib/i18n";
import { Menu, MenuItem } from "../ui/overlays";
import { Button, cx } from "../ui/parts";
import { toast } from "../ui/toasts";
import s from "./checklist.module.css";

const MOST = 100;

type Step = Pick<ChecklistItem, "id" | "text" | "done">;
type Edit =
  | { kind: "add"; id: string; text: string }
  | { kind: "change"; id: string; fields: { text?: string; done?: boolean } }
  | { kind: "move"; id: string; to: number }
  | { kind: "remove"; id: string };

const checklistKey = (taskId: string) => ["checklist", taskId] as const;

/** The steps as they will be. */
export function applied(steps: Step[], edit: Edit): Step[] {
  if (edit.kind === "add") return [...steps, { id: edit.id, text: edit.text, done: false }];
  if (edit.kind === "change") return steps.map((step) => (step.id === edit.id ? { ...step, ...edit.fields } : step));
  const rest = steps.filter((step) => step.id !== edit.id);
  const moved = steps.find((step) => step.id === edit.id);
  if (edit.kind === "remove" || !moved) return rest;
  return [...rest.slice(0, edit.to), moved, ...rest.slice(edit.to)];
}

/** Names the neighbour rather than a number, so that others' changes do no harm. `ids`: what the server calls steps that were shown before it knew. */
async function send(taskId: string, edit: Edit, steps: Step[], ids: Map<string, string>): Promise<void> {
  const named = (id: string) => ids.get(id) ?? id;
  const path = `/tasks/${taskId}/checklist`;
  if (edit.kind === "add") {
    ids.set(edit.id, (await api.post<ChecklistItem>(path, { text: edit.text })).id);
  } else if (edit.kind === "change") {
    await api.patch(`${path}/${named(edit.id)}`, edit.fields);
  } else if (edit.kind === "remove") {
    await api.delete(`${path}/${named(edit.id)}`);
  } else {
    const beside = steps[edit.to - 1] ? { after: named(steps[edit.to - 1]!.id) } : { before: named(steps[1]!.id) };
    await api.patch(`${path}/${named(edit.id)}`, beside);
  }
}

function useChecklist(task: ShownTask) {
  const key = checklistKey(task.id);
  const query = useQuery<Step[]>({ queryKey: key, queryFn: () => getAll<ChecklistItem>(`/tasks/${task.id}/checklist`), staleTime: 5000 });
  const ids = useRef(new Map<string, string>());
  const mutation = useMutation({
    scope: { id: `checklist-${task.id}` },
    mutationFn: ({ edit, steps }: { edit: Edit; steps: Step[] }) => send(task.id, edit, steps, ids.current),
    // Gone already: that is what a removal wanted, and what else was wanted can't be had.
    onError: (error) => !(error instanceof ApiError && error.status === 404) && toast({ text: explain(error), tone: "danger" }),
    onSettled: () => {
      if (queries.isMutating({ mutationKey: key }) > 1) return;
      void queries.invalidateQueries({ queryKey: key });
      void queries.invalidateQueries({ queryKey: taskKey(task.id), exact: true });
    },
    mutationKey: key,
  });
  // Somebody has changed the task, maybe these.
  const { refetch } = query;
  const seen = useRef(task.version);
  useEffect(() => {
    if (seen.current !== task.version && queries.isMutating({ mutationKey: checklistKey(task.id) }) === 0) void refetch();
    seen.current = task.version;
  }, [task.id, task.version, refetch]);
  const edit = async (change: Edit) => {
    await queries.cancelQueries({ queryKey: key }); // a reading that is given up puts back what was there before it: only then the change
    const steps = applied(queries.getQueryData<Step[]>(key) ?? [], change);
    queries.setQueryData(key, steps);
    mutation.mutate({ edit: change, steps });
  };
  return { steps: query.data, edit: (change: Edit) => void edit(change) };
}

interface RowProps {
  step: Step;
  index: number;
  count: number;
  mayEdit: boolean;
  edit(change: Edit): void;
  /** To the text of the step at this place; one behind the last is the new one. */
  focus(index: number): void;
}

function StepRow({ step, index, count, mayEdit, edit, focus }: RowProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [menu, setMenu] = useState(false);
  const finish = () => {
    const text = draft?.replace(/\s+/g, " ").trim();
    setDraft(null);
    if (text && text !== step.text) edit({ kind: "change", id: step.id, fields: { text } });
  };
  const move = (by: number) => {
    const to = index + by;
    if (to < 0 || to >= count) return;
    edit({ kind: "move", id: step.id, to });
    announce(t("Step {position} of {count}", { position: to + 1, count }));
  };
  const remove = () => {
    edit({ kind: "remove", id: step.id });
    focus(Math.max(0, index - 1));
  };
  const onKey = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    const empty = (draft ?? step.text) === "";
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) return edit({ kind: "change", id: step.id, fields: { done: !step.done } });
      finish();
      focus(index + 1);
    } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Backspace" && empty) {
      event.preventDefault();
      remove();
    } else if (event.key === "Escape" && draft !== null) {
      event.stopPropagation();
      setDraft(null);
    }
  };
  const button = <Button look="quiet" size="small" icon className={s.menu} aria-label={t("Actions for step {position}", { position: index + 1 })} onClick={() => setMenu(true)}><Ellipsis size={16} /></Button>;
  return (
    <li className={cx(s.step, step.done && s.done)}>
      <label className={s.check}>
        <input
          type="checkbox" checked={step.done} disabled={!mayEdit} aria-label={step.text}
          onChange={(event) => edit({ kind: "change", id: step.id, fields: { done: event.target.checked } })}
        />
      </label>
      <textarea
        className={s.text} rows={1} maxLength={500} readOnly={!mayEdit} aria-label={t("Step {position}", { position: index + 1 })} data-step={index}
        value={draft ?? step.text} onChange={(event) => setDraft(event.target.value)} onBlur={finish} onKeyDown={mayEdit ? onKey : undefined}
      />
      {mayEdit && (menu ? (
        <Menu trigger={button} defaultOpen>
          {index > 0 && <MenuItem icon={<ArrowUp size={16} />} onSelect={() => move(-1)}>{t("Move up")}</MenuItem>}
          {index < count - 1 && <MenuItem icon={<ArrowDown size={16} />} onSelect={() => move(1)}>{t("Move down")}</MenuItem>}
          <MenuItem icon={<Trash2 size={16} />} danger onSelect={remove}>{t("Remove")}</MenuItem>
        </Menu>
      ) : button)}
    </li>
  );
}

/** Enter adds and stays, so that a list is typed in one go; pasted lines become a step each. */
function NewStep({ place, room, edit, back }: { place: number; room: number; edit(change: Edit): void; back(): void }) {
  const [text, setText] = useState("");
  const add = (lines: string[]) => {
    const steps = lines.map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+(?:\[[ x]\]\s*)?/i, "").trim()).filter(Boolean);
    for (const step of steps.slice(0, room)) edit({ kind: "add", id: `new-${crypto.randomUUID()}`, text: step.slice(0, 500) });
    setText("");
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      add([text]);
    } else if (event.key === "Backspace" && text === "") {
      event.preventDefault();
      back();
    } else if (event.key === "Escape" && text !== "") {
      event.stopPropagation();
      setText("");
    }
  };
  const onPaste = (event: React.ClipboardEvent) => {
    const lines = event.clipboardData.getData("text").split(/\r?\n/);
    if (lines.length < 2 || text !== "") return;
    event.preventDefault();
    add(lines);
  };
  if (room <= 0) return <p className={s.full}>{t("A checklist has at most {most} steps.", { most: MOST })}</p>;
  return (
    <label className={s.new}>
      <Plus size={16} aria-hidden />
      <input
        className={s.add} maxLength={500} aria-label={t("Add a step")} placeholder={t("Add a step")} data-step={place} value={text}
        onChange={(event) => setText(event.target.value)} onKeyDown={onKey} onPaste={onPaste} onBlur={() => add([text])}
      />
    </label>
  );
}

export function Checklist({ task, mayEdit }: { task: ShownTask; mayEdit: boolean }) {
  const { steps, edit } = useChecklist(task);
  const area = useRef<HTMLElement>(null);
  const count = steps?.length ?? 0;
  const done = steps?.filter((step) => step.done).length ?? 0;
  if (!steps || (count === 0 && !mayEdit)) return null;
  const focus = (index: number) => area.current?.querySelector<HTMLElement>(`[data-step="${index}"]`)?.focus();
  return (
    <section ref={area} className={s.checklist} aria-label={t("Checklist")}>
      <div className={s.head}>
        <h3>{t("Checklist")}</h3>
        {count > 0 && <span className={s.count}>{t("{done} of {count} done", { done, count })}</span>}
      </div>
      {count > 0 && <progress className={s.bar} max={count} value={done} aria-label={t("Steps done")} />}
      <ol className={s.steps}>
        {steps.map((step, index) => <StepRow key={step.id} {...{ step, index, count, mayEdit, edit, focus }} />)}
      </ol>
      {mayEdit && <NewStep place={count} room={MOST - count} edit={edit} back={() => focus(count - 1)} />}
    </section>
  );
}
