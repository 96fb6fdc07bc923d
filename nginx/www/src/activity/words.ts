/** What happened, as sentences. A sentence is made of text with two places in it: who did it, and to what; the screen puts its own there. */
import { priorityName, statusName, typeName } from "../board/labels";
import type { Activity, Person, Priority, Status, TaskType } from "../api/types";
import { shortDate } from "../lib/dates";
import { locale, t } from "../lib/i18n";

/** Who, to what, or words between. */
export type Piece = { kind: "who" } | { kind: "thing" } | { kind: "text"; text: string };

export interface Detail {
  label: string;
  from: string;
  to: string;
}

export interface Told {
  pieces: Piece[];
  details: Detail[];
}

interface Change {
  from?: unknown;
  to?: unknown;
  from_name?: string | null;
  to_name?: string | null;
  added?: string[];
  removed?: string[];
}

const WHO = "\u0001";
const THING = "\u0002";
const MARKS = /([\u0001\u0002])/;

const change = (entry: Activity, field: string) => entry.changes[field] as Change | undefined;
const is = (value: unknown): value is string => typeof value === "string" && value !== "";

/** Whether it is of a kind that people ask about; moving a card within its list, or nothing becoming different, isn't. */
export function isSmall(entry: Activity): boolean {
  if (!entry.actor) return true;
  if (entry.verb === "moved") return !change(entry, "list_id") && !change(entry, "status");
  const plain = entry.verb === "updated" || entry.verb === "assigned" || entry.verb === "reordered";
  return plain && Object.keys(entry.changes).length === 0;
}

const LABELS: Record<string, () => string> = {
  title: () => t("title"),
  description: () => t("description"),
  task_type: () => t("type"),
  status: () => t("status"),
  priority: () => t("priority"),
  list_id: () => t("list"),
  parent_task_id: () => t("parent task"),
  start_at: () => t("start date"),
  due_at: () => t("due date"),
  estimated_hours: () => t("estimate"),
  tags: () => t("tags"),
  custom_fields: () => t("own fields"),
  assignee_ids: () => t("assignees"),
  name: () => t("name"),
  key: () => t("key"),
  wip_limit: () => t("limit"),
  team_id: () => t("team"),
  settings: () => t("settings"),
  auto_archive_days: () => t("days until completed cards are archived"),
};

const label = (field: string) => LABELS[field]?.() ?? field.replaceAll("_", " ");

function value(field: string, raw: unknown): string {
  if (raw === null || raw === undefined || raw === "") return t("none");
  if (field === "status") return statusName(raw as Status);
  if (field === "priority") return priorityName(raw as Priority);
  if (field === "task_type") return typeName(raw as TaskType);
  if (field === "due_at" || field === "start_at") return shortDate(String(raw));
  if (field === "estimated_hours") return t("{count} h", { count: String(raw) });
  if (Array.isArray(raw)) return raw.length > 0 ? raw.join(", ") : t("none");
  return typeof raw === "object" ? "…" : String(raw);
}

const HIDDEN_VALUES = new Set(["parent_task_id", "team_id", "description", "custom_fields", "settings", "assignee_ids"]);

function details(entry: Activity, fields: string[]): Detail[] {
  return fields
    .filter((field) => !HIDDEN_VALUES.has(field) && "to" in (entry.changes[field] as object))
    .map((field) => {
      const { from, to, from_name: fromName, to_name: toName } = change(entry, field)!;
      if (field === "list_id") return { label: label(field), from: fromName ?? t("another list"), to: toName ?? t("another list") };
      return { label: label(field), from: from === undefined ? "" : value(field, from), to: value(field, to) };
    });
}

function names(entry: Activity, ids: string[] | undefined): string {
  const known = new Map(entry.people.map((person: Person) => [person.id, person.name]));
  return new Intl.ListFormat(locale()).format((ids ?? []).map((id) => known.get(id) || t("somebody")));
}

const base = { who: WHO, thing: THING };

function assigned(entry: Activity, { added = [], removed = [] }: Change): string {
  const self = entry.actor?.id;
  if (removed.length === 0) {
    if (added.length === 1 && added[0] === self) return t("{who} took on {thing}", base);
    return t("{who} assigned {people} to {thing}", { ...base, people: names(entry, added) });
  }
  if (added.length === 0) {
    if (removed.length === 1 && removed[0] === self) return t("{who} gave up {thing}", base);
    return t("{who} took {people} off {thing}", { ...base, people: names(entry, removed) });
  }
  return t("{who} assigned {people} to {thing} in place of {others}", { ...base, people: names(entry, added), others: names(entry, removed) });
}

function moved(entry: Activity): string {
  const list = change(entry, "list_id");
  const status = change(entry, "status");
  if (list && is(list.from_name) && is(list.to_name)) {
    return t("{who} moved {thing} from {from} to {to}", { ...base, from: list.from_name, to: list.to_name });
  }
  if (list) return t("{who} moved {thing} to {to}", { ...base, to: is(list.to_name) ? list.to_name : t("another list") });
  if (status?.to === "completed") return t("{who} completed {thing}", base);
  if (status) return t("{who} set the status of {thing} to {to}", { ...base, to: statusName(status.to as Status) });
  return t("{who} moved {thing} within its list", base);
}

/** Exactly one field became different. */
function single(entry: Activity, field: string): string | null {
  const one = change(entry, field)!;
  const to = value(field, one.to);
  if (field === "assignee_ids") return assigned(entry, one);
  if (field === "status") return moved(entry);
  if (field === "title" || field === "name") {
    return is(one.from) ? t("{who} renamed {thing}; it was “{from}”", { ...base, from: one.from }) : t("{who} renamed {thing}", base);
  }
  if (field === "description") return t("{who} edited the description of {thing}", base);
  if (HIDDEN_VALUES.has(field)) return t("{who} changed the {field} of {thing}", { ...base, field: label(field) });
  if (one.to === null || (Array.isArray(one.to) && one.to.length === 0)) {
    return t("{who} removed the {field} of {thing}", { ...base, field: label(field) });
  }
  return t("{who} set the {field} of {thing} to {to}", { ...base, field: label(field), to });
}

/** What the step is called now, or was before it went. */
function stepName(entry: Activity): string {
  const step = change(entry, "checklist");
  return String(step?.to ?? step?.from ?? "");
}

function sentence(entry: Activity, fields: string[]): string {
  const isMove = fields.length > 0 && fields.every((field) => field === "list_id" || field === "status");
  switch (entry.verb) {
    case "created": return entry.subject.type === "board" ? t("{who} made {thing}", base) : t("{who} added {thing}", base);
    case "deleted": return t("{who} deleted {thing}", base);
    case "archived": return t("{who} archived {thing}", base);
    case "restored": return t("{who} brought {thing} back", base);
    case "moved": return moved(entry);
    case "checklist_added": return t("{who} added the step “{step}” to {thing}", { ...base, step: stepName(entry) });
    case "checklist_checked": return t("{who} checked “{step}” on {thing}", { ...base, step: stepName(entry) });
    case "checklist_unchecked": return t("{who} unchecked “{step}” on {thing}", { ...base, step: stepName(entry) });
    case "checklist_edited": return t("{who} changed a step of {thing} to “{step}”", { ...base, step: stepName(entry) });
    case "checklist_removed": return t("{who} removed the step “{step}” from {thing}", { ...base, step: stepName(entry) });
    case "reordered": return t("{who} put {thing} in order", base);
  }
  if (isMove) return moved(entry);
  if (fields.length === 1) return single(entry, fields[0]!) ?? t("{who} changed {thing}", base);
  if (fields.length === 0) return t("{who} changed {thing}", base);
  return t("{who} changed {fields} of {thing}", { ...base, fields: new Intl.ListFormat(locale()).format(fields.map(label)) });
}

const PIECES: Record<string, Piece> = { [WHO]: { kind: "who" }, [THING]: { kind: "thing" } };

export function tell(entry: Activity): Told {
  const fields = Object.keys(entry.changes);
  const text = sentence(entry, fields);
  const several = entry.verb === "updated" && fields.length > 1;
  return {
    pieces: text.split(MARKS).filter(Boolean).map((part) => PIECES[part] ?? { kind: "text", text: part }),
    details: several ? details(entry, fields) : [],
  };
}

/** What the thing is called where nothing on the screen says so. */
export function thingName(entry: Activity): string {
  const { type, title, reference } = entry.subject;
  if (type === "board") return t("this board");
  if (type === "list") return title ? t("the list {name}", { name: title }) : t("a list");
  return [reference, title].filter(Boolean).join(" ") || t("a task");
}

export interface Row {
  entry: Activity;
  /** Small steps that belong to it: hidden until somebody asks. */
  small: Activity[];
}

export interface Day {
  day: string;
  rows: (Row | { entry: null; small: Activity[]; key: string })[];
}

/** Entries by day, newest first; small steps that follow each other become one row. */
export function byDay(entries: Activity[], dayOf: (iso: string) => string): Day[] {
  const days: Day[] = [];
  for (const entry of entries) {
    const day = dayOf(entry.created_at);
    if (days.at(-1)?.day !== day) days.push({ day, rows: [] });
    const rows = days.at(-1)!.rows;
    const last = rows.at(-1);
    if (!isSmall(entry)) rows.push({ entry, small: [] });
    else if (last && last.entry === null) last.small.push(entry);
    else rows.push({ entry: null, small: [entry], key: entry.id });
  }
  return days;
}
