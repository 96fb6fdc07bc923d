/** One field of a task: it saves alone, says so, and keeps my words when the server or somebody else disagrees. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { ShownTask } from "../api/types";
import type { Entry, TaskField, TaskPatch } from "../data/ops";
import { enqueue, outbox } from "../data/outbox";
import { sameValue } from "../data/perform";
import { clearProblem, problems, type Problem } from "../data/problems";
import { useStore } from "../lib/store";

export interface FieldState<F extends TaskField> {
  value: NonNullable<TaskPatch[F]> | null;
  saving: boolean;
  saved: boolean;
  problem: Problem | undefined;
  /** `base` is what the person saw when they began; it decides whether somebody else came between. */
  save(value: TaskPatch[F], base?: unknown): void;
  keepMine(): void;
  takeTheirs(): void;
}

const touches = (entry: Entry, taskId: string, field: TaskField) =>
  entry.op.kind === "task.patch" && entry.op.taskId === taskId && field in entry.op.patch;

const SAVED_MS = 2000;

export function useField<F extends TaskField>(task: ShownTask, field: F): FieldState<F> {
  const saving = useStore(outbox, (entries) => entries.some((entry) => touches(entry, task.id, field)));
  const problem = useStore(problems, (all) => all.find((p) => p.taskId === task.id && p.field === field));
  const [saved, setSaved] = useState(false);
  const was = useRef(false);
  useEffect(() => {
    const done = was.current && !saving && !problem;
    was.current = saving;
    if (!done) return;
    setSaved(true);
    const timer = setTimeout(() => setSaved(false), SAVED_MS);
    return () => clearTimeout(timer);
  }, [saving, problem]);

  const value = (task[field] ?? null) as NonNullable<TaskPatch[F]> | null;
  return useMemo(() => {
    const send = (next: unknown, base: unknown) => {
      clearProblem(task.id, field);
      setSaved(false);
      enqueue({
        kind: "task.patch", boardId: task.board_id, taskId: task.id,
        patch: { [field]: next } as TaskPatch, base: { [field]: base } as TaskPatch,
      });
    };
    return {
      value, saving, saved, problem,
      save(next: TaskPatch[F], base: unknown = value) {
        if (!sameValue(next, base)) send(next, base);
      },
      keepMine: () => problem && send(problem.mine, problem.theirs),
      takeTheirs: () => clearProblem(task.id, field),
    };
  }, [task.id, task.board_id, field, value, saving, saved, problem]);
}
