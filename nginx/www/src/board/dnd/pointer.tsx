/** Dragging by mouse, pen and finger. dnd-kit decides when a press becomes a drag; where it goes is decided here. */
import { DndContext, MouseSensor, TouchSensor, useDraggable, useSensor, useSensors, type DragStartEvent } from "@dnd-kit/core";
import { useEffect, useRef, type ReactNode, type RefObject } from "react";
import { createPortal } from "react-dom";
import { createStore, useStore } from "../../lib/store";
import { startAutoScroll } from "./autoscroll";
import { columnAt, columnHandle, drag, hover, type Drag, type Spot } from "./drag";
import s from "../board.module.css";

interface Held {
  taskId: string;
  left: number;
  top: number;
  width: number;
}

const held = createStore<Held | null>(null);
const pointer = { x: 0, y: 0, dx: 0, dy: 0 };

function follow(event: MouseEvent | TouchEvent): void {
  const at = "touches" in event ? event.touches[0] : event;
  if (at) [pointer.x, pointer.y] = [at.clientX, at.clientY];
}

function aim(): void {
  const listId = columnAt(pointer.x);
  if (listId) hover({ listId, index: columnHandle(listId)?.indexAt(pointer.y) ?? 0 });
}

/** After a drop the browser may still send a click to the link under the pointer. */
function swallowClick(): void {
  const stop = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 60);
}

interface LayerProps {
  board: RefObject<HTMLElement | null>;
  /** Where a card stands now, or null if it must not be lifted. */
  locate(taskId: string): Spot | null;
  onStart(): void;
  onDrop(result: Drag): void;
  onCancel(): void;
  renderCard(taskId: string): ReactNode;
  children: ReactNode;
}

const SILENT = {
  onDragStart: () => undefined, onDragMove: () => undefined, onDragOver: () => undefined,
  onDragEnd: () => undefined, onDragCancel: () => undefined,
};

export function PointerLayer({ board, locate, onStart, onDrop, onCancel, renderCard, children }: LayerProps) {
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 5 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 250, tolerance: 8 } }),
  );
  const stop = useRef<() => void>(() => undefined);
  useEffect(() => () => stop.current(), []);

  const start = ({ active, activatorEvent }: DragStartEvent) => {
    const taskId = String(active.id);
    const from = locate(taskId);
    const card = document.querySelector(`[data-card="${CSS.escape(taskId)}"]`);
    if (!from || !card || !board.current) return;
    const rect = card.getBoundingClientRect();
    follow(activatorEvent as MouseEvent | TouchEvent);
    pointer.dx = pointer.x - rect.left;
    pointer.dy = pointer.y - rect.top;
    drag.set({ taskId, mode: "pointer", from, over: from, height: rect.height });
    held.set({ taskId, left: rect.left, top: rect.top, width: rect.width });
    onStart();
    begin(board.current);
  };

  const begin = (element: HTMLElement) => {
    const options = { capture: true, passive: true };
    addEventListener("mousemove", follow, options);
    addEventListener("touchmove", follow, options);
    const stopScrolling = startAutoScroll(element, () => pointer, aim);
    stop.current = () => {
      stopScrolling();
      removeEventListener("mousemove", follow, options);
      removeEventListener("touchmove", follow, options);
      held.set(null);
      stop.current = () => undefined;
    };
  };

  const finish = (dropped: boolean) => {
    const result = drag.get();
    if (result?.mode !== "pointer") return;
    if (dropped) aim();
    const last = drag.get()!;
    stop.current();
    swallowClick();
    if (dropped) onDrop(last);
    drag.set(null);
    if (!dropped) onCancel();
  };

  return (
    <DndContext
      sensors={sensors}
      autoScroll={false}
      accessibility={{ announcements: SILENT, screenReaderInstructions: { draggable: "" } }}
      onDragStart={start}
      onDragEnd={() => finish(true)}
      onDragCancel={() => finish(false)}
    >
      {children}
      <HeldCard render={renderCard} />
    </DndContext>
  );
}

/** The card under the pointer; moved by the frame, not by React. */
function HeldCard({ render }: { render(taskId: string): ReactNode }) {
  const card = useStore(held);
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!card) return;
    let frame = 0;
    const draw = () => {
      if (element.current) element.current.style.transform = `translate(${pointer.x - pointer.dx}px, ${pointer.y - pointer.dy}px) rotate(1.2deg)`;
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [card]);
  if (!card) return null;
  const place = { width: card.width, transform: `translate(${card.left}px, ${card.top}px)` };
  return createPortal(<div ref={element} className={s.held} style={place} aria-hidden inert>{render(card.taskId)}</div>, document.body);
}

/** Makes a card draggable: give `ref` and the listeners to its element. */
export function useDragHandle(taskId: string, disabled: boolean) {
  const { setNodeRef, listeners } = useDraggable({ id: taskId, disabled });
  return { ref: setNodeRef, listeners: disabled ? undefined : listeners };
}
