/** Filters of a board. They live in the address, so that a filtered board can be linked, reloaded and gone back to. */
import type { Person, Priority, Task } from "../api/types";
import { daysFromToday, dueState } from "../lib/dates";

export type DueFilter = "overdue" | "today" | "week" | "none";

export interface Filters {
  text: string;
  /** Ids; "none" stands for cards that nobody is assigned to. */
  assignees: string[];
  priorities: Priority[];
  tags: string[];
  due: DueFilter | null;
}

const DUES = ["overdue", "today", "week", "none"];
const listOf = (params: URLSearchParams, key: string) => params.get(key)?.split(",").filter(Boolean) ?? [];

export function readFilters(search: string): Filters {
  const params = new URLSearchParams(search);
  const due = params.get("due");
  return {
    text: params.get("q") ?? "",
    assignees: listOf(params, "assignee"),
    priorities: listOf(params, "priority") as Priority[],
    tags: params.getAll("tag"),
    due: due && DUES.includes(due) ? (due as DueFilter) : null,
  };
}

export function writeFilters(filters: Filters): string {
  const params = new URLSearchParams();
  if (filters.text) params.set("q", filters.text);
  if (filters.assignees.length) params.set("assignee", filters.assignees.join(","));
  if (filters.priorities.length) params.set("priority", filters.priorities.join(","));
  for (const tag of filters.tags) params.append("tag", tag);
  if (filters.due) params.set("due", filters.due);
  return params.toString();
}

export const isFiltered = (f: Filters) =>
  Boolean(f.text.trim() || f.assignees.length || f.priorities.length || f.tags.length || f.due);

function matchesText(task: Task, words: string[], members: Map<string, Person>): boolean {
  if (words.length === 0) return true;
  const people = task.assignee_ids.map((id) => members.get(id)?.name ?? "").join(" ");
  const haystack = `${task.reference} ${task.title} ${task.tags.join(" ")} ${people}`.toLowerCase();
  return words.every((word) => haystack.includes(word));
}

function matchesDue(task: Task, due: DueFilter | null): boolean {
  if (!due) return true;
  if (due === "none") return task.due_at === null;
  const state = dueState(task.due_at, task.status === "completed" || task.status === "cancelled");
  if (due === "overdue") return state === "overdue";
  if (task.due_at === null) return false;
  const days = daysFromToday(task.due_at);
  return due === "today" ? days === 0 : days >= 0 && days < 7;
}

export function matcher(f: Filters, members: Map<string, Person>): (task: Task) => boolean {
  const words = f.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (task) =>
    matchesText(task, words, members) &&
    (f.priorities.length === 0 || f.priorities.includes(task.priority)) &&
    (f.tags.length === 0 || f.tags.some((tag) => task.tags.includes(tag))) &&
    (f.assignees.length === 0 ||
      f.assignees.some((id) => (id === "none" ? task.assignee_ids.length === 0 : task.assignee_ids.includes(id)))) &&
    matchesDue(task, f.due);
}
