/** One task template: what its tasks are, for whom, and when they come. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { api, ApiError, explain } from "../api/client";
import type { Team } from "../api/types";
import type { TaskTemplate } from "../api/types.gen";
import { boardsQuery, refetch, teamMembersQuery, teamsQuery, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { useDraft } from "../lib/use-draft";
import { useForm, type FormState } from "../lib/use-form";
import { isZone, toWall, userZone } from "../lib/zone";
import { Page, RowsSkeleton } from "../screens/page";
import screens from "../screens/screens.module.css";
import { Button, cx, Empty, Failed, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { listsQuery, manages, templateQuery } from "./data";
import { NextDates, RuleBuilder, usePreview } from "./dates";
import { Problems } from "./page";
import { newRule, ruleOf, ruleText, type Rule } from "./rule";
import s from "./templates.module.css";

interface Draft {
  title: string;
  description: string;
  team: string;
  board: string;
  list: string;
  priority: TaskTemplate["priority"];
  people: string[];
  tags: string;
  checklist: string;
  due: string;
  dueUnit: number;
  rule: Rule;
  date: string;
  time: string;
  zone: string;
  exdates: string;
  catchUp: TaskTemplate["catch_up"];
}

const HOUR = 60, DAY = 1440;
const pad = (n: number) => String(n).padStart(2, "0");

function fresh(team: string): Draft {
  const zone = userZone();
  const day = toWall(new Date(Date.now() + 864e5), zone);
  return {
    title: "", description: "", team, board: "", list: "", priority: "medium", people: [], tags: "", checklist: "", due: "", dueUnit: DAY, rule: newRule(),
    date: `${day.year}-${pad(day.month)}-${pad(day.day)}`, time: "09:00", zone, exdates: "", catchUp: "last",
  };
}

function draftOf(k: TaskTemplate): Draft {
  const minutes = k.due_offset_minutes, date = k.starts_at.slice(0, 10);
  const unit = minutes !== null && minutes % DAY === 0 ? DAY : minutes !== null && minutes % HOUR === 0 ? HOUR : 1;
  return {
    title: k.title, description: k.description, team: k.team_id, board: k.board_id, list: k.list_id ?? "", priority: k.priority, people: [...k.assignee_ids],
    tags: k.tags.join(", "), checklist: k.checklist.join("\n"), due: minutes === null ? "" : String(minutes / unit), dueUnit: minutes === null ? DAY : unit,
    rule: ruleOf(k.rrule, date), date, time: k.starts_at.slice(11, 16), zone: k.timezone, exdates: k.exdates.join(", "), catchUp: k.catch_up,
  };
}

const parts = (text: string, by: RegExp) => text.split(by).map((part) => part.trim()).filter(Boolean);

const whenOf = (d: Draft) => ({ rrule: ruleText(d.rule, d.date), starts_at: `${d.date}T${d.time}`, timezone: d.zone, exdates: parts(d.exdates, /[\s,]+/) });

const bodyOf = (d: Draft) => ({
  title: d.title.trim(), description: d.description, team_id: d.team, board_id: d.board, list_id: d.list || null, priority: d.priority, assignee_ids: d.people,
  tags: parts(d.tags, /,/), checklist: parts(d.checklist, /\n/), due_offset_minutes: d.due === "" ? null : Number(d.due) * d.dueUnit, catch_up: d.catchUp, ...whenOf(d),
});

/** What differs from before: a change of the title doesn't touch the rule. */
function changesOf(before: TaskTemplate, d: Draft) {
  const was = before as unknown as Record<string, unknown>;
  const same = (key: string, value: unknown) => (key === "starts_at" ? String(was[key]).slice(0, 16) === value : JSON.stringify(was[key]) === JSON.stringify(value));
  return Object.fromEntries(Object.entries(bodyOf(d)).filter(([key, value]) => !same(key, value)));
}

const patch = (before: TaskTemplate, d: Draft) => api.patch(`/task-templates/${before.id}`, changesOf(before, d), { ifMatch: before.version });

const words = (error: unknown): string =>
  error instanceof ApiError && error.code === "version_mismatch"
    ? t("Somebody else changed it meanwhile. What you typed is still here: look again, then save to keep yours.")
    : explain(error);

interface PartProps {
  draft: Draft;
  form: FormState;
  set(change: Partial<Draft>): void;
}

function Where({ draft, form, set, teams }: PartProps & { teams: Team[] }) {
  const brand = useBrandId() ?? "none";
  const boards = (useQuery(boardsQuery(brand)).data ?? []).filter((board) => board.team_id === draft.team);
  const lists = useQuery(listsQuery(brand, draft.board)).data ?? [];
  return (
    <>
      <div className={cx(screens.twin, s.pair)}>
        <Field label={t("Team")} error={form.of("team_id")}>
          {(props) => (
            <select {...props} value={draft.team} onChange={(event) => set({ team: event.target.value, board: "", list: "", people: [] })}>
              {teams.map((team) => <option key={team.id} value={team.id}>{team.name}</option>)}
            </select>
          )}
        </Field>
        <Field label={t("Board")} error={form.of("board_id")}>
          {(props) => (
            <select {...props} required value={boards.some((b) => b.id === draft.board) ? draft.board : ""} onChange={(event) => set({ board: event.target.value, list: "" })}>
              <option value="" disabled>{t("Choose a board")}</option>
              {boards.map((board) => <option key={board.id} value={board.id}>{board.name}</option>)}
            </select>
          )}
        </Field>
        <Field label={t("List")} error={form.of("list_id")}>
          {(props) => (
            <select {...props} value={lists.some((l) => l.id === draft.list) ? draft.list : ""} onChange={(event) => set({ list: event.target.value })}>
              <option value="">{t("The first for work to do")}</option>
              {lists.map((list) => <option key={list.id} value={list.id}>{list.name}</option>)}
            </select>
          )}
        </Field>
      </div>
      <Assignees draft={draft} form={form} set={set} />
    </>
  );
}

function Assignees({ draft, form, set }: PartProps) {
  const brand = useBrandId() ?? "none";
  const members = useQuery({ ...teamMembersQuery(brand, draft.team), enabled: draft.team !== "" }).data ?? [];
  const toggle = (id: string) => set({ people: draft.people.includes(id) ? draft.people.filter((x) => x !== id) : [...draft.people, id] });
  const gone = draft.people.filter((id) => !members.some((m) => m.id === id));
  return (
    <fieldset className={s.people} aria-describedby={form.of("assignee_ids") ? "people-error" : undefined}>
      <legend>{t("Who gets it")}</legend>
      {members.map((m) => (
        <label key={m.id} className={screens.checkLine}><input type="checkbox" checked={draft.people.includes(m.id)} onChange={() => toggle(m.id)} />{m.name}</label>
      ))}
      {members.length > 0 && gone.map((id) => (
        <label key={id} className={screens.checkLine}><input type="checkbox" checked onChange={() => toggle(id)} />{t("Somebody who isn't in this team")}</label>
      ))}
      {form.of("assignee_ids") && <Notice><span id="people-error">{form.of("assignee_ids")}</span></Notice>}
    </fieldset>
  );
}

function What({ draft, form, set }: PartProps) {
  return (
    <>
      <TextField label={t("Title")} required autoFocus maxLength={255} error={form.of("title")} value={draft.title} onChange={(event) => set({ title: event.target.value })} />
      <Field label={t("Description (Markdown)")} error={form.of("description")}>
        {(props) => <textarea {...props} rows={3} maxLength={65536} value={draft.description} onChange={(event) => set({ description: event.target.value })} />}
      </Field>
      <Field label={t("Checklist")} hint={t("One step a line.")} error={form.of("checklist")}>
        {(props) => <textarea {...props} rows={3} value={draft.checklist} onChange={(event) => set({ checklist: event.target.value })} />}
      </Field>
      <div className={cx(screens.twin, s.pair)}>
        <Field label={t("Priority")} error={form.of("priority")}>
          {(props) => (
            <select {...props} value={draft.priority} onChange={(event) => set({ priority: event.target.value as Draft["priority"] })}>
              <option value="low">{t("Low")}</option>
              <option value="medium">{t("Medium")}</option>
              <option value="high">{t("High")}</option>
              <option value="urgent">{t("Urgent")}</option>
            </select>
          )}
        </Field>
        <TextField label={t("Tags")} hint={t("With commas between.")} error={form.of("tags")} value={draft.tags} onChange={(event) => set({ tags: event.target.value })} />
      </div>
      <div className={cx(screens.twin, s.pair)}>
        <TextField label={t("Due after")} type="number" min={0} max={527040} hint={t("Empty: no due date.")} error={form.of("due_offset_minutes")} value={draft.due} onChange={(event) => set({ due: event.target.value })} />
        <Field label={t("Counted in")}>
          {(props) => (
            <select {...props} value={draft.dueUnit} onChange={(event) => set({ dueUnit: Number(event.target.value) })}>
              <option value={1}>{t("Minutes")}</option>
              <option value={HOUR}>{t("Hours")}</option>
              <option value={DAY}>{t("Days")}</option>
            </select>
          )}
        </Field>
      </div>
    </>
  );
}

const zones = () => (Intl as { supportedValuesOf?(key: "timeZone"): string[] }).supportedValuesOf?.("timeZone") ?? [];

function Timing({ draft, form, set }: PartProps) {
  const preview = usePreview(whenOf(draft));
  const names = useMemo(zones, []);
  const of = (field: string) => form.of(field) ?? preview.errors[field]?.join(" ");
  return (
    <>
      <RuleBuilder rule={draft.rule} date={draft.date} error={of("rrule")} onChange={(rule) => set({ rule })} />
      <div className={cx(screens.twin, s.pair)}>
        <TextField label={t("From")} type="date" required error={of("starts_at")} value={draft.date} onChange={(event) => event.target.value && set({ date: event.target.value })} />
        <TextField label={t("At")} type="time" required value={draft.time} onChange={(event) => set({ time: event.target.value })} />
        <TextField label={t("Time zone")} required list="zones" error={of("timezone")} value={draft.zone} onChange={(event) => set({ zone: event.target.value })} />
        <datalist id="zones">{names.map((name) => <option key={name} value={name} />)}</datalist>
      </div>
      <TextField label={t("Leave out")} hint={t("Days such as 2026-12-25, with commas between.")} error={of("exdates")} value={draft.exdates} onChange={(event) => set({ exdates: event.target.value })} />
      <NextDates preview={preview} startsAt={`${draft.date}T${draft.time}`} zone={isZone(draft.zone) ? draft.zone : "UTC"} />
      <Field label={t("What was missed while the server was down")}>
        {(props) => (
          <select {...props} value={draft.catchUp} onChange={(event) => set({ catchUp: event.target.value as Draft["catchUp"] })}>
            <option value="last">{t("Make up for the latest")}</option>
            <option value="all">{t("Make up for all of it")}</option>
            <option value="skip">{t("Leave it out")}</option>
          </select>
        )}
      </Field>
    </>
  );
}

const FIELDS = ["title", "description", "checklist", "priority", "tags", "due_offset_minutes", "team_id", "board_id", "list_id", "assignee_ids", "rrule", "starts_at", "timezone", "exdates"];

function Editor({ template, teams, team }: { template: TaskTemplate | null; teams: Team[]; team: string }) {
  const brand = useBrandId() ?? "none";
  const [, navigate] = useLocation();
  const saved = useMemo(() => (template ? draftOf(template) : fresh(team)), [template, team]);
  const { value: draft, set, reset } = useDraft(`${brand}/template/${template?.id ?? "new"}`, saved);
  /** What isn't touched here is shown as it is now; so saving once more keeps what is, and no more. */
  const takeNewer = async (error: unknown) => {
    if (error instanceof ApiError && error.code === "version_mismatch") await refetch(brand, "templates");
    throw error;
  };
  const leave = () => {
    reset();
    navigate("/templates");
  };
  const form = useForm(
    async () => {
      if (template) await patch(template, draft).catch(takeNewer);
      else await api.post("/task-templates", bodyOf(draft));
      await refetch(brand, "templates");
      toast({ text: template ? t("Saved.") : t("{title} will make itself.", { title: draft.title.trim() }) });
      leave();
    },
    words,
    FIELDS,
  );
  const props = { draft, form, set };
  return (
    <form onSubmit={form.submit} className={screens.form}>
      {template && <Problems of={template.problems} />}
      {form.failed && <Notice>{form.failed}</Notice>}
      <section className={screens.section} aria-labelledby="what"><h2 id="what">{t("The task")}</h2><What {...props} /></section>
      <section className={screens.section} aria-labelledby="where"><h2 id="where">{t("Where it goes, and to whom")}</h2><Where {...props} teams={teams} /></section>
      <section className={screens.section} aria-labelledby="when"><h2 id="when">{t("When it comes")}</h2><Timing {...props} /></section>
      <div className={s.foot}>
        <Button look="primary" type="submit" disabled={form.busy}>{template ? t("Save") : t("Create template")}</Button>
        <Button onClick={leave}>{t("Cancel")}</Button>
      </div>
    </form>
  );
}

export default function TemplateEditor({ id }: { id: string }) {
  const brand = useBrandId() ?? "none";
  const rights = useRights();
  const wanted = new URLSearchParams(useSearch()).get("team");
  const isNew = id === "new";
  const template = useQuery({ ...templateQuery(brand, id), enabled: !isNew });
  const all = useQuery(teamsQuery(brand));
  const teams = (all.data ?? []).filter((team) => manages(rights, team));
  const team = teams.find((x) => x.id === (template.data?.team_id ?? wanted)) ?? (isNew ? teams[0] : undefined);
  const failed = template.error ?? all.error;
  const ready = all.data !== undefined && (isNew || template.data !== undefined);
  const title = isNew ? t("New recurring task") : (template.data?.title ?? t("Recurring task"));
  return (
    <Page title={title} narrow back={{ href: "/templates", name: t("Recurring tasks") }}>
      {!ready && !failed && <RowsSkeleton />}
      {!ready && failed && <Failed what={explain(failed)} retry={() => void Promise.all([template.refetch(), all.refetch()])} />}
      {ready && !team && <Empty title={t("Not yours to change")}>{t("Templates are made by the managers of a team.")}</Empty>}
      {ready && team && <Editor key={id} template={template.data ?? null} teams={teams} team={team.id} />}
    </Page>
  );
}
