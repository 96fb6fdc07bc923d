/** Task templates by team: what makes itself, when next, and whether something is wrong with it. */
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Ellipsis, Pause, Pencil, Play, Plus, Repeat2, Trash2, Zap } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api, explain } from "../api/client";
import type { Team } from "../api/types";
import type { Task, TaskTemplate } from "../api/types.gen";
import { refetch, teamsQuery, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { userZone } from "../lib/zone";
import { Page, RowsSkeleton } from "../screens/page";
import { Confirm, Menu, MenuItem } from "../ui/overlays";
import { Button, Empty, Failed } from "../ui/parts";
import { toast } from "../ui/toasts";
import ui from "../ui/ui.module.css";
import { manages, templatesQuery } from "./data";
import { momentWords, ruleWords } from "./rule";
import s from "./templates.module.css";

const problemWords = (problem: string): string => {
  const words: Record<string, string> = {
    board_missing: t("Its board is gone: choose another, then resume it."),
    list_missing: t("Its list is gone: tasks go to the first list for work to do."),
    assignee_missing: t("Somebody who should get it is no longer here, and is left out."),
    rule_unreadable: t("Its rule can't be read any more: set another, then resume it."),
  };
  return words[problem] ?? problem;
};

export const Problems = ({ of }: { of: readonly string[] }) => of.map((problem) => <span key={problem} className={s.problem}><CircleAlert size={14} aria-hidden />{problemWords(problem)}</span>);

/** Does something with a template, and shows what became of it. */
function useAct(template: TaskTemplate) {
  const brand = useBrandId() ?? "none";
  const [, navigate] = useLocation();
  const act = async (work: () => Promise<unknown>, done?: (result: unknown) => void) => {
    try {
      const result = await work();
      done?.(result);
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
    await refetch(brand, "templates");
  };
  return {
    pause: () => act(() => api.post(`/task-templates/${template.id}/${template.paused ? "resume" : "pause"}`)),
    remove: () => act(() => api.delete(`/task-templates/${template.id}`)),
    spawn: () =>
      act(() => api.post<Task>(`/task-templates/${template.id}/spawn`), (made) => {
        const task = made as Task;
        toast({ text: t("{reference} is made.", { reference: task.reference }), action: { label: t("Open the card"), run: () => navigate(`/b/${task.board_id}/t/${task.reference}`) } });
      }),
  };
}

function NextLine({ template }: { template: TaskTemplate }) {
  const mine = userZone();
  const next = template.next_run_at;
  return (
    <span className={s.next}>
      {template.paused && <span className={s.paused}>{t("Paused")}</span>}
      {next && <span>{t("Next: {date}", { date: momentWords(next, template.timezone) })}</span>}
      {next && mine !== template.timezone && <span>{t("({zone})", { zone: template.timezone })}</span>}
      {!next && !template.paused && <span>{t("Over: no date is left.")}</span>}
    </span>
  );
}

function Row({ template, mayManage }: { template: TaskTemplate; mayManage: boolean }) {
  const act = useAct(template);
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  return (
    <li className={s.row}>
      <div className={s.what}>
        {mayManage ? <Link className={s.title} href={`/templates/${template.id}`}>{template.title}</Link> : <span className={s.title}>{template.title}</span>}
        <span className={s.how}>{ruleWords(template.rrule, template.starts_at)}</span>
        <NextLine template={template} />
        <Problems of={template.problems} />
      </div>
      {mayManage && (
        <Menu trigger={<Button look="quiet" icon aria-label={t("Actions for {title}", { title: template.title })}><Ellipsis size={16} /></Button>}>
          <MenuItem icon={<Pencil size={16} />} onSelect={() => navigate(`/templates/${template.id}`)}>{t("Edit…")}</MenuItem>
          <MenuItem icon={<Zap size={16} />} onSelect={() => void act.spawn()}>{t("Make a task now")}</MenuItem>
          <MenuItem icon={template.paused ? <Play size={16} /> : <Pause size={16} />} onSelect={() => void act.pause()}>{template.paused ? t("Resume") : t("Pause")}</MenuItem>
          <MenuItem icon={<Trash2 size={16} />} danger onSelect={() => setAsking(true)}>{t("Delete…")}</MenuItem>
        </Menu>
      )}
      <Confirm
        title={t("Delete {title}?", { title: template.title })} text={t("No more tasks are made of it. Those that it has made stay.")}
        yes={t("Delete template")} open={asking} onClose={() => setAsking(false)} onYes={() => void act.remove()}
      />
    </li>
  );
}

const NewLink = ({ team, small = false }: { team: Team; small?: boolean }) => (
  <Link href={`/templates/new?team=${team.id}`} className={small ? `${ui.button} ${ui.plain} ${ui.small}` : `${ui.button} ${ui.primary}`} aria-label={t("New template for {team}", { team: team.name })}>
    <Plus size={16} aria-hidden />{t("New template")}
  </Link>
);

export default function Templates() {
  const brand = useBrandId() ?? "none";
  const rights = useRights();
  const templates = useQuery(templatesQuery(brand));
  const teams = useQuery(teamsQuery(brand));
  const all = templates.data ?? [];
  const managed = (teams.data ?? []).filter((team) => manages(rights, team));
  const shown = (teams.data ?? []).filter((team) => managed.includes(team) || all.some((x) => x.team_id === team.id));
  const failed = templates.error ?? teams.error;
  const ready = templates.data !== undefined && teams.data !== undefined;
  return (
    <Page title={t("Recurring tasks")} narrow>
      {!ready && !failed && <RowsSkeleton />}
      {!ready && failed && <Failed what={explain(failed)} retry={() => void Promise.all([templates.refetch(), teams.refetch()])} />}
      {ready && all.length === 0 && (
        <Empty icon={<Repeat2 size={28} aria-hidden />} title={t("Nothing makes itself yet")} action={managed[0] && <NewLink team={managed[0]} />}>
          {t("A template makes its task again and again: each Monday, on the last day of the month, as you say.")}
        </Empty>
      )}
      {ready && all.length > 0 && shown.map((team) => (
        <section key={team.id} className={s.team} aria-labelledby={`team-${team.id}`}>
          <div className={s.teamHead}><h2 id={`team-${team.id}`}>{team.name}</h2>{managed.includes(team) && <NewLink team={team} small />}</div>
          <ul className={s.rows}>
            {all.filter((x) => x.team_id === team.id).map((template) => <Row key={template.id} template={template} mayManage={managed.includes(team)} />)}
          </ul>
          {!all.some((x) => x.team_id === team.id) && <p className={s.none}>{t("Nothing yet.")}</p>}
        </section>
      ))}
    </Page>
  );
}
