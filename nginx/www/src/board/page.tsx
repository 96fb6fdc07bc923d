/** The board: one screen that puts data, filters, dragging and the sheet together. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { NotFound } from "../app/not-found";
import type { List, Task } from "../api/types";
import type { BoardView } from "../data/apply";
import { useBoard } from "../data/board";
import { forgetBoard } from "../data/cache";
import { realId } from "../data/outbox";
import { refetch, useBrandId, useRights } from "../data/resources";
import { TaskActivity } from "../activity/parts";
import { announce } from "../lib/announce";
import { part } from "../lib/part";
import { pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import { useKey, useModKey, isTyping } from "../lib/keys";
import { createStore } from "../lib/store";
import { readLocal, writeLocal } from "../lib/storage";
import { useBoardFeed } from "../live";
import { Failed } from "../ui/parts";
import { undoLatest } from "../ui/toasts";
import { moveTask } from "./actions";
import { AddList } from "./add-list";
import { BulkBar } from "./bulk-bar";
import { CardFace } from "./card";
import { Column, focusWanted } from "./column";
import { BoardContext, type BoardShared, type Visible } from "./context";
import { ListDialog, MoveTasksDialog, type ListQuestion } from "./dialogs";
import { drag, stayed, type Drag, type Spot } from "./dnd/drag";
import { useKeyboardDrag } from "./dnd/keyboard";
import { PointerLayer } from "./dnd/pointer";
import { FilterBar } from "./filter-bar";
import { isFiltered, matcher, readFilters, writeFilters, type Filters } from "./filters";
import { BoardHeader } from "./header";
import { onCardKey } from "./navigate";
import { BoardSkeleton } from "./skeleton";
import { Switcher, usePhone } from "./switcher";
import { quickAddWanted } from "./wanted";
import s from "./board.module.css";

const TaskSheet = part(() => import("../task/sheet"));

/** Once the board stands, its cards are to open at once, and without a connection to say so instead of breaking the board. */
const SHEET_AFTER_MS = 1000;
const fetchSheet = () => Promise.all([TaskSheet.fetch(), TaskActivity.fetch()]).catch(() => undefined);

const NOTHING: ReadonlySet<string> = new Set();

function useVisible(view: BoardView | null, filters: Filters): Visible {
  const old = useRef<Visible | null>(null);
  return useMemo(() => {
    if (!view) return { cards: new Map(), shown: 0, total: 0, filtered: false };
    const filtered = isFiltered(filters);
    if (!filtered) return (old.current = { cards: view.cards, shown: view.byId.size, total: view.byId.size, filtered });
    const matches = matcher(filters, view.members);
    const cards = new Map<string, Task[]>();
    let shown = 0;
    for (const [id, column] of view.cards) {
      const kept = column.filter(matches);
      const before = old.current?.cards.get(id);
      const same = before && before.length === kept.length && kept.every((task, i) => task === before[i]);
      cards.set(id, same ? before : kept);
      shown += kept.length;
    }
    return (old.current = { cards, shown, total: view.byId.size, filtered });
  }, [view, filters]);
}

/** Which lists are collapsed is a matter of this device. */
function useCollapsed(boardId: string) {
  return useMemo(() => {
    const key = `karara.collapsed.${boardId}`;
    const store = createStore<ReadonlySet<string>>(new Set(readLocal<string[]>(key) ?? []));
    store.subscribe(() => writeLocal(key, [...store.get()]));
    return store;
  }, [boardId]);
}

/** Space for the dragged card: where it stands, if the person may move it. */
function useLocate(shared: React.RefObject<BoardShared | null>) {
  return useCallback(
    (taskId: string): Spot | null => {
      const board = shared.current;
      const task = board?.view.byId.get(taskId);
      if (!board || !task || !board.rights.editTask(task)) return null;
      const index = (board.visible.cards.get(task.list_id) ?? []).findIndex((row) => row.id === taskId);
      return index < 0 ? null : { listId: task.list_id, index };
    },
    [shared],
  );
}

function commitDrop(shared: BoardShared, { taskId, over }: Drag): void {
  const rows = (shared.visible.cards.get(over.listId) ?? []).filter((task) => task.id !== taskId);
  const before = rows[over.index]?.id;
  // At the end of a filtered list, hidden cards may follow: stay with the last one that is seen.
  const after = !before && shared.visible.filtered ? rows[rows.length - 1]?.id : undefined;
  moveTask(shared.view.board.id, taskId, { listId: over.listId, before, after });
}

interface Dialogs {
  moving: Task[] | null;
  list: { list: List; what: ListQuestion } | null;
}

interface BoardProps {
  boardId: string;
  taskRef: string | null;
}

function useShare(boardId: string, view: BoardView | null, visible: Visible, setDialogs: (next: Dialogs) => void): BoardShared | null {
  const rights = useRights();
  const search = useSearch();
  const [, navigate] = useLocation();
  const selection = useMemo(() => createStore(NOTHING), [boardId]);
  const adding = useMemo(() => createStore<string | null>(null), [boardId]);
  const collapsed = useCollapsed(boardId);
  const lastToggled = useRef<Task | null>(null);
  return useMemo(() => {
    if (!view) return null;
    const hrefOf = (task: Task) => `/b/${boardId}/t/${task.reference || realId(task.id)}`;
    return {
      view, visible, rights, selection, collapsed, adding, hrefOf,
      manageLists: rights.can("can_edit_projects"),
      open: (task) => navigate(hrefOf(task) + (search ? `?${search}` : ""), { state: { sheet: true } }),
      askMove: (moving) => setDialogs({ moving, list: null }),
      askList: (list, what) => setDialogs({ moving: null, list: { list, what } }),
      toggle(task, range = false) {
        const column = visible.cards.get(task.list_id) ?? [];
        const [from, to] = [column.indexOf(lastToggled.current!), column.indexOf(task)].sort((a, b) => a - b) as [number, number];
        selection.set((old) => {
          const next = new Set(old);
          if (range && from >= 0) for (const row of column.slice(from, to + 1)) next.add(row.id);
          else if (!next.delete(task.id)) next.add(task.id);
          return next;
        });
        lastToggled.current = task;
      },
    };
  }, [view, visible, rights, boardId, search, selection, collapsed, adding]);
}

function useBoardKeys(shared: BoardShared | null): void {
  const latest = useRef(shared);
  latest.current = shared;
  const add = useCallback(() => {
    const board = latest.current;
    if (!board?.rights.can("can_create_tasks")) return;
    const focused = (document.activeElement?.closest("[data-list]") as HTMLElement | null)?.dataset.list;
    board.adding.set(focused ?? board.view.lists[0]?.id ?? null);
  }, []);
  useKey("c", add);
  useEffect(() => quickAddWanted.subscribe(add), [add]);
  useModKey("z", (event) => {
    if (!isTyping(event.target) && undoLatest()) event.preventDefault();
  });
}

export default function BoardPage({ boardId, taskRef }: BoardProps) {
  const { view, error, retry } = useBoard(boardId);
  const brand = useBrandId();
  const [gone, setGone] = useState(false);
  useEffect(() => setGone(false), [boardId]);
  useEffect(() => {
    document.title = pageTitle(view?.board.name ?? "");
  }, [view?.board.name]);
  const onGone = () => {
    setGone(true);
    void forgetBoard(boardId);
    if (brand) void refetch(brand, "boards");
  };
  const feed = useBoardFeed(boardId, view !== null, onGone);
  if (gone || (error && "status" in error && (error.status === 404 || error.status === 403 || error.status === 422))) return <NotFound what={t("This board")} />;
  if (error) return <Failed what={t("The board could not be loaded.")} retry={retry} />;
  if (!view) return <BoardSkeleton />;
  return <LoadedBoard key={boardId} boardId={boardId} taskRef={taskRef} view={view} feed={feed} />;
}

interface LoadedProps extends BoardProps {
  view: BoardView;
  feed: ReturnType<typeof useBoardFeed>;
}

function LoadedBoard({ boardId, taskRef, view, feed }: LoadedProps) {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const filters = useMemo(() => readFilters(search), [search]);
  const visible = useVisible(view, filters);
  const [dialogs, setDialogs] = useState<Dialogs>({ moving: null, list: null });
  const shared = useShare(boardId, view, visible, setDialogs)!;
  const latest = useRef<BoardShared | null>(shared);
  latest.current = shared;
  const board = useRef<HTMLDivElement>(null);
  const locate = useLocate(latest);
  const phone = usePhone();
  useBoardKeys(shared);

  useEffect(() => {
    const timer = setTimeout(() => void fetchSheet(), SHEET_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    let release: (() => void) | null = null;
    const unsubscribe = drag.subscribe(() => {
      if (drag.get()) release ??= feed.current?.hold() ?? null;
      else {
        release?.();
        release = null;
      }
    });
    return () => {
      unsubscribe();
      drag.set(null);
    };
  }, [feed]);

  const handlers = useMemo(
    () => ({
      onDrop(result: Drag) {
        if (!stayed(result)) commitDrop(latest.current!, result);
        if (result.mode === "keyboard") focusWanted.set(result.taskId);
      },
      onCancel: (result: Drag) => focusWanted.set(result.taskId),
    }),
    [],
  );
  useKeyboardDrag(shared, handlers);
  const applyFilters = (next: Filters) => {
    const query = writeFilters(next);
    navigate(path + (query ? `?${query}` : ""), { replace: true });
  };
  const close = () => setDialogs({ moving: null, list: null });
  const renderCard = (taskId: string) => {
    const task = latest.current?.view.byId.get(taskId);
    return task && <div className={s.card}><CardFace task={task} members={view.members} title={task.title} /></div>;
  };
  return (
    <BoardContext.Provider value={shared}>
      <div className={s.page}>
        <BoardHeader board={view.board} feed={feed} />
        <FilterBar filters={filters} onChange={applyFilters} />
        {phone && <Switcher board={board} />}
        <PointerLayer
          board={board} locate={locate} onStart={() => navigator.vibrate?.(8)} onDrop={handlers.onDrop}
          onCancel={() => announce(t("Cancelled."), "polite")} renderCard={renderCard}
        >
          <div ref={board} className={s.board} data-paged={phone} onKeyDown={(event) => latest.current && onCardKey(latest.current, event)}>
            {view.lists.map((list) => <Column key={list.id} list={list} />)}
            <AddList />
          </div>
        </PointerLayer>
        <BulkBar />
      </div>
      {dialogs.moving && <MoveTasksDialog tasks={dialogs.moving} onClose={close} />}
      {dialogs.list && <ListDialog {...dialogs.list} onClose={close} />}
      {taskRef && <TaskSheet taskRef={taskRef} />}
    </BoardContext.Provider>
  );
}
