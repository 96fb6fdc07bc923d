/** One division: what it is, who is in it, which teams it was given and which it has from above. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { ArrowUpFromLine, Pencil, Plus, Trash2, UserMinus, UserPlus, X } from "lucide-react";
import { useState } from "react";
import { api, explain, getAll } from "../api/client";
import type { Person } from "../api/types";
import type { Division, DivisionMember, DivisionTeam } from "../api/types.gen";
import { refetch, teamsQuery } from "../data/resources";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { RowsSkeleton } from "../screens/page";
import { Actions, Confirm, Dialog } from "../ui/overlays";
import { Avatar, Badge, Button, Failed, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { Card } from "./card";
import { above, treeOf, visible, withBelow } from "./division-tree";
import { PersonPicker } from "./person-picker";
import s from "./brand.module.css";

const teamsOf = (brandId: string, id: string) => ({ queryKey: [brandId, "divisions", id, "teams"], queryFn: () => getAll<DivisionTeam>(`/divisions/${id}/teams`) });
const peopleOf = (brandId: string, id: string) => ({ queryKey: [brandId, "divisions", id, "members"], queryFn: () => getAll<DivisionMember>(`/divisions/${id}/members`) });

/** What a division gives changes what people see, so teams and boards are asked for anew, too. */
const changed = (brandId: string) => Promise.all([refetch(brandId, "divisions"), refetch(brandId, "boards"), refetch(brandId, "teams")]);

/** `undo` takes back what was done, for as long as that is offered. */
async function attempt(brandId: string, work: () => Promise<unknown>, done?: string, undo?: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    if (done) toast({ text: done, ...(undo ? { action: { label: t("Undo"), run: () => void attempt(brandId, undo) } } : {}) });
    return true;
  } catch (error) {
    toast({ text: explain(error), tone: "danger" });
    return false;
  } finally {
    await changed(brandId);
  }
}

// ---- making, changing, moving

interface DialogProps {
  brandId: string;
  division: Division | null;
  all: Division[];
  parent: string | null;
  onClose(): void;
  onMade?(id: string): void;
}

export function DivisionDialog({ brandId, division, all, parent, onClose, onMade }: DialogProps) {
  const [name, setName] = useState(division?.name ?? "");
  const [description, setDescription] = useState(division?.description ?? "");
  const [below, setBelow] = useState(division ? division.parent_division_id ?? "" : parent ?? "");
  const own = division ? withBelow(all, division.id) : new Set<string>();
  const places = visible(treeOf(all), new Set()).filter((node) => !own.has(node.division.id));
  const form = useForm(
    async () => {
      const body = { name: name.trim(), description: description.trim(), parent_division_id: below || null };
      const saved = division ? await api.patch<Division>(`/divisions/${division.id}`, body, { ifMatch: division.version }) : await api.post<Division>("/divisions", body);
      await changed(brandId);
      onClose();
      if (!division) onMade?.(saved.id);
    },
    undefined,
    ["name", "description", "parent_division_id"],
  );
  const moves = division && below !== (division.parent_division_id ?? "");
  return (
    <Dialog title={division ? t("Change {name}", { name: division.name }) : t("New division")} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField label={t("Name")} required autoFocus maxLength={120} error={form.of("name")} value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label={t("What it does (optional)")} maxLength={10000} error={form.of("description")} value={description} onChange={(event) => setDescription(event.target.value)} />
        <Field label={t("Stands below")} error={form.of("parent_division_id")}>
          {(props) => (
            <select {...props} value={below} onChange={(event) => setBelow(event.target.value)}>
              <option value="">{t("Nothing: at the top")}</option>
              {places.map((node) => <option key={node.division.id} value={node.division.id}>{"\u2003".repeat(node.level - 1) + node.division.name}</option>)}
            </select>
          )}
        </Field>
        {moves && <p className={s.warn} role="status">{t("It moves with all that is below it ({count, plural, one {# division} other {# divisions}}): its people lose the teams from above the old place and get those from above the new one.", { count: own.size })}</p>}
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy}>{division ? t("Save") : t("Create division")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

// ---- people

function People({ brandId, division, mayManage }: { brandId: string; division: Division; mayManage: boolean }) {
  const people = useQuery(peopleOf(brandId, division.id));
  const [person, setPerson] = useState<Person | null>(null);
  const [adding, setAdding] = useState(false);
  const address = `/divisions/${division.id}/members`;
  const form = useForm(
    async () => {
      await api.post(address, { user_id: person!.id });
      await changed(brandId);
      setPerson(null);
    },
    undefined,
    ["user_id"],
  );
  const rows = people.data ?? [];
  const remove = (p: Person) =>
    void attempt(brandId, () => api.delete(`${address}/${p.id}`), t("{name} is out of {division}.", { name: p.name, division: division.name }), () => api.post(address, { user_id: p.id }));
  return (
    <Card title={t("People")} about={t("In this division itself; those in divisions below count there.")}>
      {people.isPending && <RowsSkeleton rows={2} height={40} />}
      {people.isError && <Failed what={explain(people.error)} retry={() => void people.refetch()} />}
      {people.data?.length === 0 && <p className={s.muted}>{t("Nobody yet.")}</p>}
      <ul>
        {rows.map((p) => (
          <li key={p.id} className={s.line}>
            <Avatar person={p} size={28} /><span className={s.lineMain}>{p.name}</span>
            {mayManage && <Button look="quiet" icon aria-label={t("Take {name} out of the division", { name: p.name })} onClick={() => remove(p)}><UserMinus size={17} /></Button>}
          </li>
        ))}
      </ul>
      {mayManage && !adding && <div><Button onClick={() => setAdding(true)}><UserPlus size={16} aria-hidden />{t("Add somebody")}</Button></div>}
      {adding && (
        <form onSubmit={form.submit} className={s.form}>
          {form.failed && <Notice>{form.failed}</Notice>}
          <PersonPicker label={t("Person")} value={person} without={rows.map((p) => p.id)} error={form.of("user_id")} onChange={setPerson} />
          <Actions><Button onClick={() => setAdding(false)}>{t("Done")}</Button><Button look="primary" type="submit" disabled={form.busy || !person}>{t("Add")}</Button></Actions>
        </form>
      )}
    </Card>
  );
}

// ---- teams

function Teams({ brandId, division, all, mayManage }: { brandId: string; division: Division; all: Division[]; mayManage: boolean }) {
  const own = useQuery(teamsOf(brandId, division.id));
  const parents = above(all, division.id);
  const inherited = useQueries({ queries: parents.map((parent) => teamsOf(brandId, parent.id)) });
  const teams = useQuery({ ...teamsQuery(brandId), enabled: mayManage }).data ?? [];
  const [teamId, setTeamId] = useState("");
  const address = `/divisions/${division.id}/teams`;
  const mine = own.data ?? [];
  const fromAbove = parents.flatMap((parent, i) => (inherited[i]?.data ?? []).map((team) => ({ team, parent }))).filter(({ team }) => !mine.some((x) => x.id === team.id));
  const free = teams.filter((team) => !mine.some((x) => x.id === team.id));
  const give = async () => {
    if (await attempt(brandId, () => api.post(address, { team_id: teamId || free[0]!.id }))) setTeamId("");
  };
  const take = (team: DivisionTeam) =>
    void attempt(brandId, () => api.delete(`${address}/${team.id}`), t("{division} no longer sees {team}.", { division: division.name, team: team.name }), () => api.post(address, { team_id: team.id }));
  return (
    <Card title={t("Teams it sees")} about={t("Everybody in it, or in a division below it, sees the boards of these teams like a member of the team.")}>
      {own.isPending && <RowsSkeleton rows={2} height={40} />}
      {own.isError && <Failed what={explain(own.error)} retry={() => void own.refetch()} />}
      {own.data && mine.length + fromAbove.length === 0 && <p className={s.muted}>{t("None yet.")}</p>}
      <ul>
        {mine.map((team) => (
          <li key={team.id} className={s.line}>
            <span className={s.lineMain}>{team.name}</span>
            {mayManage && <Button look="quiet" icon aria-label={t("Take {team} from the division", { team: team.name })} onClick={() => take(team)}><X size={17} /></Button>}
          </li>
        ))}
        {fromAbove.map(({ team, parent }) => (
          <li key={`${parent.id}/${team.id}`} className={s.line}>
            <span className={s.lineMain}>{team.name}</span><Badge><ArrowUpFromLine size={13} aria-hidden />{t("from {division}", { division: parent.name })}</Badge>
          </li>
        ))}
      </ul>
      {mayManage && free.length > 0 && (
        <div className={s.giveTeam}>
          <Field label={t("Give it a team")}>
            {(props) => <select {...props} value={teamId || free[0]!.id} onChange={(event) => setTeamId(event.target.value)}>{free.map((team) => <option key={team.id} value={team.id}>{team.name}</option>)}</select>}
          </Field>
          <Button onClick={() => void give()}><Plus size={16} aria-hidden />{t("Give")}</Button>
        </div>
      )}
    </Card>
  );
}

// ---- the whole

interface PanelProps {
  brandId: string;
  division: Division;
  all: Division[];
  mayManage: boolean;
  onGone(): void;
  onChoose(id: string): void;
}

export function DivisionPanel({ brandId, division, all, mayManage, onGone, onChoose }: PanelProps) {
  const [asking, setAsking] = useState<"edit" | "below" | "delete" | null>(null);
  const children = all.filter((d) => d.parent_division_id === division.id).length;
  const path = [...above(all, division.id)].reverse().map((d) => d.name);
  const remove = async () => {
    const gone = await attempt(brandId, () => api.delete(`/divisions/${division.id}`, { query: children > 0 ? { move_children: "true" } : {} }), t("{name} is deleted.", { name: division.name }));
    if (gone) onGone();
  };
  const effect = [
    t("{people, plural, =0 {Nobody is} one {# person is} other {# people are}} in it and {teams, plural, =0 {no team was} one {# team was} other {# teams were}} given to it: what they see by it alone they see no longer.", { people: division.member_count, teams: division.team_count }),
    children > 0 ? t("{count, plural, one {The division below it moves} other {The # divisions below it move}} one level up.", { count: children }) : "",
  ].filter(Boolean).join(" ");
  return (
    <>
      <Card title={division.name} about={path.length > 0 ? path.join(" › ") : undefined}>
        {division.description && <p>{division.description}</p>}
        {mayManage && (
          <div className={s.headActs}>
            <Button onClick={() => setAsking("edit")}><Pencil size={15} aria-hidden />{t("Change or move…")}</Button>
            <Button onClick={() => setAsking("below")}><Plus size={15} aria-hidden />{t("Division below it…")}</Button>
            <Button look="danger" onClick={() => setAsking("delete")}><Trash2 size={15} aria-hidden />{t("Delete…")}</Button>
          </div>
        )}
      </Card>
      <People brandId={brandId} division={division} mayManage={mayManage} />
      <Teams brandId={brandId} division={division} all={all} mayManage={mayManage} />
      {asking === "edit" && <DivisionDialog brandId={brandId} division={division} all={all} parent={null} onClose={() => setAsking(null)} />}
      {asking === "below" && <DivisionDialog brandId={brandId} division={null} all={all} parent={division.id} onClose={() => setAsking(null)} onMade={onChoose} />}
      <Confirm title={t("Delete {name}?", { name: division.name })} text={effect} yes={t("Delete division")} open={asking === "delete"} onClose={() => setAsking(null)} onYes={() => void remove()} />
    </>
  );
}
