/** A task as a sheet over its board, at an address of its own. Back closes it; j and k go to the neighbours. */
import * as RadixDialog from "@radix-ui/react-dialog";
import { useQuery } from "@tanstack/react-query";
import { Archive, Bell, BellOff, ChevronDown, ChevronUp, CloudOff, Ellipsis, Link2, Trash2, X } from "lucide-react";
import { useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { useLocation, useSearch } from "wouter";
import { api, ApiError } from "../api/client";
import type { Person, ShownTask, Task, TaskDetail } from "../api/types";
import { TaskActivity } from "../activity/parts";
import { archiveTasks, deleteTasks } from "../board/actions";
import { focusWanted } from "../board/column";
import { useShared } from "../board/context";
import { applyToTask, type BoardView } from "../data/apply";
import { useEntries } from "../data/board";
import { taskKey } from "../data/cache";
import { connection, isAway } from "../data/connection";
import { sheetIsOpen } from "../data/problems";
import { ago } from "../lib/dates";
import { pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import { useKey } from "../lib/keys";
import { useStore } from "../lib/store";
import { keepForToasts, LayerContext, Menu, MenuItem } from "../ui/overlays";
import { Button, Empty, Failed, Skeleton } from "../ui/parts";
import { toast } from "../ui/toasts";
import { useMute } from "../notifications/mutes";
import ui from "../ui/ui.module.css";
import { Checklist } from "./checklist";
import { AssigneesField, ListField, PriorityField, StatusField, TypeField } from "./choice-fields";
import { DateField } from "./date-field";
import { DescriptionField, HoursField, TagsField, TitleField } from "./text-fields";
import s from "./task.module.css";

function useTask(taskId: string | undefined, row: Task | undefined) {
  const query = useQuery({
    queryKey: taskKey(taskId ?? "none"),
    queryFn: () => api.get<TaskDetail>(`/tasks/${taskId}`),
    enabled: taskId !== undefined,
    staleTime: 5000,
  });
  const { data, refetch } = query;
  // The board's row is newer than what was fetched: somebody changed the task, so its description may differ too.
  const behind = Boolean(data && row && row.version > data.version);
  useEffect(() => {
    if (behind) void refetch();
  }, [behind, row?.version, refetch]);
  return query;
}

function Row({ label, htmlFor, children }: { label: string; htmlFor?: string; children: ReactNode }) {
  return (
    <div className={s.row}>
      {htmlFor ? <label className={s.name} htmlFor={htmlFor}>{label}</label> : <span className={s.name}>{label}</span>}
      {children}
    </div>
  );
}

interface Rest {
  error: Error | null;
  retry(): void;
}

/** Where the description will be: the card knows all the rest. */
function Unknown({ error, retry }: Rest) {
  const reachable = useStore(connection, (c) => c.reachable);
  if (!reachable || isAway(error)) {
    return <p className={s.later} role="status"><CloudOff size={16} aria-hidden />{t("Description, checklist and activity come with the connection. What you change here is kept, and sent then.")}</p>;
  }
  if (!error) return <div role="status" aria-label={t("Loading the task")}><Skeleton height={96} /></div>;
  return <div className={s.later} role="alert"><span>{t("The rest of the task could not be loaded.")}</span><Button size="small" onClick={retry}>{t("Try again")}</Button></div>;
}

/** `rest` is why what lists don't carry isn't here; while it only takes its time, its parts come as they can. */
function Details({ task, rest }: { task: ShownTask; rest: Rest }) {
  const { view, rights } = useShared();
  const mayEdit = rights.editTask(task);
  const known = useMemo(() => {
    const all = new Set<string>();
    for (const row of view.byId.values()) for (const tag of row.tags) all.add(tag);
    return [...all].sort();
  }, [view]);
  const author: Person | undefined = task.created_by ? view.members.get(task.created_by) : undefined;
  const both = { task, mayEdit };
  const reachable = useStore(connection, (c) => c.reachable);
  const whole = looksLikeId(task.id) && (task.description !== undefined || (reachable && !rest.error));
  return (
    <div className={s.body}>
      <TitleField key={`title-${task.id}`} {...both} />
      <div className={s.fields}>
        <div className={s.fieldColumn}>
          <Row label={t("Status")} htmlFor={`status-${task.id}`}><StatusField {...both} /></Row>
          <Row label={t("List")} htmlFor={`list-${task.id}`}><ListField {...both} /></Row>
          <Row label={t("Priority")} htmlFor={`priority-${task.id}`}><PriorityField {...both} /></Row>
          <Row label={t("Type")} htmlFor={`type-${task.id}`}><TypeField {...both} /></Row>
          <Row label={t("Tags")}><TagsField {...both} known={known} /></Row>
        </div>
        <div className={s.fieldColumn}>
          <Row label={t("Assignees")}><AssigneesField task={task} may={rights.assign(task)} /></Row>
          <Row label={t("Due")} htmlFor={`due_at-${task.id}`}><DateField {...both} field="due_at" label={t("Due")} /></Row>
          <Row label={t("Start")} htmlFor={`start_at-${task.id}`}><DateField {...both} field="start_at" label={t("Start")} /></Row>
          <Row label={t("Hours")} htmlFor={`hours-${task.id}`}><HoursField {...both} /></Row>
        </div>
      </div>
      <DescriptionField key={`text-${task.id}`} {...both} unknown={<Unknown {...rest} />} />
      {whole && <Checklist key={`checklist-${task.id}`} {...both} />}
      <footer className={s.foot}>
        <span>{author ? t("Created by {name}, {when}", { name: author.name, when: ago(task.created_at) }) : t("Created {when}", { when: ago(task.created_at) })}</span>
        <span>{t("Changed {when}", { when: ago(task.updated_at) })}</span>
      </footer>
      {whole && <TaskActivity key={task.id} taskId={task.id} version={task.version} />}
    </div>
  );
}

function SheetSkeleton() {
  return (
    <div className={s.body} role="status" aria-label={t("Loading the task")}>
      <Skeleton width="70%" height={30} />
      <div className={s.fields}>{Array.from({ length: 8 }, (_, i) => <Skeleton key={i} height={30} />)}</div>
      <Skeleton height={140} />
    </div>
  );
}

/** The task before and after, in the order of the board. */
function useNeighbours(row: Task | undefined): { previous: Task | undefined; next: Task | undefined } {
  const { view, visible } = useShared();
  return useMemo(() => {
    const order = view.lists.flatMap((list) => visible.cards.get(list.id) ?? []);
    const at = row ? order.findIndex((task) => task.id === row.id) : -1;
    return at < 0 ? { previous: undefined, next: undefined } : { previous: order[at - 1], next: order[at + 1] };
  }, [view, visible, row]);
}

function useClose(boardId: string, row: Task | undefined) {
  const [, navigate] = useLocation();
  const search = useSearch();
  return useCallback(() => {
    if (row) focusWanted.set(row.id);
    if ((history.state as { sheet?: boolean } | null)?.sheet) history.back();
    else navigate(`/b/${boardId}${search ? `?${search}` : ""}`, { replace: true });
  }, [boardId, row, search, navigate]);
}

function MuteTask({ id }: { id: string }) {
  const { muted, toggle } = useMute("task", id);
  if (muted === undefined) return null;
  const words = muted ? t("Muted: be told of this task again") : t("Mute this task");
  return <Button look="quiet" icon aria-label={words} title={words} aria-pressed={muted} onClick={toggle}>{muted ? <BellOff size={18} /> : <Bell size={18} />}</Button>;
}

interface BarProps {
  row: Task | undefined;
  task: ShownTask | undefined;
  close(): void;
}

function Bar({ row, task, close }: BarProps) {
  const { view, rights, hrefOf } = useShared();
  const [, navigate] = useLocation();
  const search = useSearch();
  const { previous, next } = useNeighbours(row);
  const go = (to: Task | undefined) => to && navigate(hrefOf(to) + (search ? `?${search}` : ""), { replace: true, state: history.state });
  useKey("j", () => go(next), { inOverlays: true });
  useKey("k", () => go(previous), { inOverlays: true });
  const copy = async () => {
    await navigator.clipboard.writeText(location.origin + location.pathname);
    toast({ text: t("Link copied.") });
  };
  const leave = (act: (from: BoardView, tasks: Task[]) => void) => {
    if (row) act(view, [row]);
    close();
  };
  const shown = task ?? row;
  const list = view.lists.find((candidate) => candidate.id === shown?.list_id)?.name;
  return (
    <div className={s.bar}>
      <div className={s.where}>
        <RadixDialog.Title className={s.reference}>{shown?.reference ?? t("Task")}</RadixDialog.Title>
        <span>{view.board.name}{list ? ` · ${list}` : ""}</span>
      </div>
      <Button look="quiet" icon className={s.onlyWide} aria-label={t("Previous task")} title="k" disabled={!previous} onClick={() => go(previous)}><ChevronUp size={18} /></Button>
      <Button look="quiet" icon className={s.onlyWide} aria-label={t("Next task")} title="j" disabled={!next} onClick={() => go(next)}><ChevronDown size={18} /></Button>
      {looksLikeId(shown?.id ?? "") && <MuteTask id={shown!.id} />}
      <Button look="quiet" icon aria-label={t("Copy link")} onClick={() => void copy()}><Link2 size={18} /></Button>
      {row && (rights.editTask(row) || rights.can("can_delete_tasks")) && (
        <Menu trigger={<Button look="quiet" icon aria-label={t("Actions for this task")}><Ellipsis size={18} /></Button>}>
          {rights.editTask(row) && <MenuItem icon={<Archive size={16} />} onSelect={() => leave(archiveTasks)}>{t("Archive")}</MenuItem>}
          {rights.can("can_delete_tasks") && <MenuItem icon={<Trash2 size={16} />} danger onSelect={() => leave(deleteTasks)}>{t("Delete")}</MenuItem>}
        </Menu>
      )}
      <RadixDialog.Close asChild><Button look="quiet" icon aria-label={t("Close")}><X size={18} /></Button></RadixDialog.Close>
    </div>
  );
}

function Content({ task, error, retry }: Rest & { task: ShownTask | undefined }) {
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 403 || error.status === 422);
  if (task && (!missing || task.description !== undefined)) return <Details task={task} rest={{ error, retry }} />;
  if (missing) return <Empty title={t("This task is not here")}>{t("It may be archived or deleted, or you may not see it.")}</Empty>;
  return error ? <Failed what={t("The task could not be loaded.")} retry={retry} /> : <SheetSkeleton />;
}

const looksLikeId = (text: string) => /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text);
const NOT_FOUND = new ApiError(404, "not_found", "");

export default function TaskSheet({ taskRef }: { taskRef: string }) {
  const { view } = useShared();
  const row = useMemo(
    () => view.byId.get(taskRef) ?? [...view.byId.values()].find((task) => task.reference === taskRef.toUpperCase()),
    [view, taskRef],
  );
  const taskId = row?.id ?? (looksLikeId(taskRef) ? taskRef : undefined);
  const query = useTask(taskId, row);
  const entries = useEntries(view.board.id);
  const task = useMemo((): ShownTask | undefined => {
    if (!query.data) return row && applyToTask<ShownTask>(row, entries);
    const server = row && row.version >= query.data.version ? { ...query.data, ...row } : query.data;
    return applyToTask(server, entries);
  }, [query.data, row, entries]);
  const close = useClose(view.board.id, row);
  const [layer, setLayer] = useState<HTMLElement | null>(null);
  useEffect(() => (taskId ? sheetIsOpen(taskId) : undefined), [taskId]);
  useEffect(() => {
    const title = document.title;
    if (task) document.title = pageTitle(`${task.reference} ${task.title}`);
    return () => void (document.title = title);
  }, [task?.reference, task?.title]);
  return (
    <RadixDialog.Root open onOpenChange={(open) => !open && close()}>
      <RadixDialog.Portal>
        <div className={ui.veil} />
        <RadixDialog.Content
          ref={setLayer} className={s.sheet} aria-describedby={undefined} onInteractOutside={keepForToasts}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <LayerContext.Provider value={layer}>
            <Bar row={row} task={task} close={close} />
            <Content task={task} error={taskId ? query.error : NOT_FOUND} retry={() => void query.refetch()} />
          </LayerContext.Provider>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
