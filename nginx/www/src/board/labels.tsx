/** Words and icons of statuses, priorities and types: never a colour alone. */
import { BookOpen, Bug, CheckCircle2, ChevronsUp, Circle, CircleDashed, CircleDot, CirclePause, CircleX, Equal, ChevronUp, ChevronDown, Flag, Layers, Sparkles, SquareCheck } from "lucide-react";
import type { Priority, Status, TaskType } from "../api/types";
import { t } from "../lib/i18n";

export const STATUSES: Status[] = ["todo", "in_progress", "on_hold", "completed", "cancelled"];
export const PRIORITIES: Priority[] = ["urgent", "high", "medium", "low"];
export const TYPES: TaskType[] = ["task", "bug", "feature", "story", "epic", "milestone"];

export const statusName = (status: Status): string =>
  ({ todo: t("To do"), in_progress: t("In progress"), on_hold: t("On hold"), completed: t("Completed"), cancelled: t("Cancelled") })[status];

export const priorityName = (priority: Priority): string =>
  ({ urgent: t("Urgent"), high: t("High"), medium: t("Medium"), low: t("Low") })[priority];

export const typeName = (type: TaskType): string =>
  ({ task: t("Task"), bug: t("Bug"), feature: t("Feature"), story: t("Story"), epic: t("Epic"), milestone: t("Milestone") })[type];

const STATUS_ICONS = { todo: Circle, in_progress: CircleDot, on_hold: CirclePause, completed: CheckCircle2, cancelled: CircleX };
const PRIORITY_ICONS = { urgent: ChevronsUp, high: ChevronUp, medium: Equal, low: ChevronDown };
const TYPE_ICONS = { task: SquareCheck, bug: Bug, feature: Sparkles, story: BookOpen, epic: Layers, milestone: Flag };

export function StatusIcon({ status, size = 16 }: { status: Status | null; size?: number }) {
  const Icon = status ? STATUS_ICONS[status] : CircleDashed;
  return <Icon size={size} aria-hidden />;
}

export function PriorityIcon({ priority, size = 16 }: { priority: Priority; size?: number }) {
  const Icon = PRIORITY_ICONS[priority];
  return <Icon size={size} aria-hidden />;
}

export function TypeIcon({ type, size = 14 }: { type: TaskType; size?: number }) {
  const Icon = TYPE_ICONS[type];
  return <Icon size={size} aria-hidden />;
}
