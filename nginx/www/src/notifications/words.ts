/** What notifications are called, and why one gets them. */
import type { Priority } from "../api/types";
import { priorityName } from "../board/labels";
import { shortDate } from "../lib/dates";
import { t } from "../lib/i18n";

/** The kinds in the order in which people read them, in groups. What the server has besides stands at the end. */
export const GROUPS = (): [title: string, types: string[]][] => [
  [t("Tasks"), ["task.assigned", "task.unassigned", "task.status", "task.completed", "task.updated"]],
  [t("Dates"), ["task.due_soon", "task.overdue", "task_template.spawned", "schedule.failed"]],
  [t("People and access"), ["invitation.received", "member.added", "member.role_changed", "delegation.received", "delegation.ended"]],
];

const NAMES = (): Record<string, string> => ({
  "task.assigned": t("Assigned to me"),
  "task.unassigned": t("No longer mine"),
  "task.status": t("Status changed"),
  "task.completed": t("Completed"),
  "task.updated": t("Date or priority changed"),
  "task.due_soon": t("Due soon"),
  "task.overdue": t("Overdue"),
  "task_template.spawned": t("Recurring task"),
  "schedule.failed": t("Recurring task paused"),
  "invitation.received": t("Invitation"),
  "member.added": t("Added to a brand"),
  "member.role_changed": t("Role changed"),
  "delegation.received": t("Permissions lent"),
  "delegation.ended": t("Permissions taken back"),
});

/** What is told, as a sentence; a kind that isn't known here in the server's words. */
export const newsName = (type: string, label: string): string =>
  ({
    "task.assigned": t("A task is assigned to me"),
    "task.unassigned": t("A task is no longer assigned to me"),
    "task.status": t("The status of one of my tasks changes"),
    "task.completed": t("One of my tasks is completed by somebody else"),
    "task.updated": t("Due date or priority of one of my tasks changes"),
    "task.due_soon": t("A task of mine is due within a day"),
    "task.overdue": t("A task of mine is overdue"),
    "task_template.spawned": t("A recurring task comes round for me"),
    "schedule.failed": t("A recurring task of mine had to be paused"),
    "invitation.received": t("I am invited to another brand"),
    "member.added": t("I am added to a brand"),
    "member.role_changed": t("My role in a brand changes"),
    "delegation.received": t("Permissions are lent to me"),
    "delegation.ended": t("Lent permissions are taken back"),
  })[type] ?? label;

export const typeName = (type: string): string => NAMES()[type] ?? type.replaceAll(/[._]/g, " ");
export const typeChoices = () => GROUPS().flatMap(([, types]) => types).map((type) => [type, typeName(type)] as const);

/** Stands behind the message: why I got it. */
export const reasonWords = (reason: string): string =>
  ({
    assigned: t("because it is assigned to you"),
    creator: t("because you made it"),
    watching: t("because you watch it"),
    member: t("because you belong here"),
    manager: t("because you manage the team"),
    admin: t("because you look after the installation"),
    you: t("because it is about you"),
  })[reason] ?? "";

/** "Priority: High → Urgent": what was changed, where that is the news. */
export function changeWords(changes: unknown): string[] {
  const found = (changes ?? {}) as Record<string, { from?: string | null; to?: string | null } | undefined>;
  const { priority, due_at: due } = found;
  const words: string[] = [];
  const date = (at: string | null | undefined) => (at ? shortDate(at) : t("none"));
  if (priority?.to) words.push(t("Priority: {from} → {to}", { from: priority.from ? priorityName(priority.from as Priority) : t("none"), to: priorityName(priority.to as Priority) }));
  if (due && "to" in due) words.push(t("Due: {from} → {to}", { from: date(due.from), to: date(due.to) }));
  return words;
}
