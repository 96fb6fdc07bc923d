/** Teams and who is in them. Boards belong to teams, so this decides who sees what. */
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Ellipsis, Pencil, Plus, Trash2, UserMinus, UserPlus } from "lucide-react";
import { useState } from "react";
import { api, explain } from "../api/client";
import type { Person, Team, TeamMember } from "../api/types";
import { refetch, teamMembersQuery, teamsQuery, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Confirm, Dialog, Menu, MenuItem } from "../ui/overlays";
import { Avatar, Button, Empty, Failed, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { PersonPicker } from "./person-picker";
import { Page, RowsSkeleton } from "../screens/page";
import s from "../screens/screens.module.css";

async function attempt(brandId: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    toast({ text: explain(error), tone: "danger" });
  }
  await refetch(brandId, "teams");
}

function TeamDialog({ brandId, team, onClose }: { brandId: string; team: Team | null; onClose(): void }) {
  const [name, setName] = useState(team?.name ?? "");
  const [description, setDescription] = useState(team?.description ?? "");
  const form = useForm(
    async () => {
      const body = { name: name.trim(), description: description.trim() };
      if (team) await api.patch(`/teams/${team.id}`, body, { ifMatch: team.version });
      else await api.post("/teams", body);
      await refetch(brandId, "teams");
      onClose();
    },
    undefined,
    ["name", "description"],
  );
  return (
    <Dialog title={team ? t("Edit team") : t("New team")} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField label={t("Name")} required autoFocus maxLength={100} error={form.of("name")} value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label={t("What it does (optional)")} maxLength={500} error={form.of("description")} value={description} onChange={(event) => setDescription(event.target.value)} />
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy}>{team ? t("Save") : t("Create team")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

function AddToTeam({ brandId, team, inTeam, onClose }: { brandId: string; team: Team; inTeam: TeamMember[]; onClose(): void }) {
  const [person, setPerson] = useState<Person | null>(null);
  const [role, setRole] = useState<TeamMember["role"]>("member");
  const form = useForm(
    async () => {
      await api.post(`/teams/${team.id}/members`, { user_id: person!.id, role });
      await refetch(brandId, "teams");
      onClose();
    },
    undefined,
    ["user_id", "role"],
  );
  return (
    <Dialog title={t("Add to {team}", { team: team.name })} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <PersonPicker label={t("Person")} value={person} without={inTeam.map((m) => m.id)} error={form.of("user_id")} onChange={setPerson} />
        <Field label={t("Role in the team")} error={form.of("role")}>
          {(props) => (
            <select {...props} value={role} onChange={(event) => setRole(event.target.value as TeamMember["role"])}>
              <option value="member">{t("Member")}</option>
              <option value="manager">{t("Manager")}</option>
            </select>
          )}
        </Field>
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy || !person}>{t("Add")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

function TeamMembers({ team, brandId, mayManage }: { team: Team; brandId: string; mayManage: boolean }) {
  const members = useQuery(teamMembersQuery(brandId, team.id));
  const [adding, setAdding] = useState(false);
  const address = (m: TeamMember) => `/teams/${team.id}/members/${m.id}`;
  return (
    <div className={s.teamBody}>
      {members.isPending && <RowsSkeleton rows={2} height={40} />}
      {members.isError && <Failed what={explain(members.error)} retry={() => void members.refetch()} />}
      <ul>
        {(members.data ?? []).map((m) => (
          <li key={m.id} className={s.memberRow}>
            <Avatar person={m} size={28} />
            <div className={s.memberWho}><span className={s.memberName}>{m.name}</span></div>
            {mayManage ? (
              <select
                className={s.roleSelect} aria-label={t("Role of {name} in the team", { name: m.name })} value={m.role}
                onChange={(event) => void attempt(brandId, () => api.patch(address(m), { role: event.target.value }))}
              >
                <option value="member">{t("Member")}</option>
                <option value="manager">{t("Manager")}</option>
              </select>
            ) : (
              <span className={s.roleText}>{m.role === "manager" ? t("Manager") : t("Member")}</span>
            )}
            {mayManage && (
              <Button look="quiet" icon aria-label={t("Remove {name} from the team", { name: m.name })} onClick={() => void attempt(brandId, () => api.delete(address(m)))}><UserMinus size={17} /></Button>
            )}
          </li>
        ))}
      </ul>
      {mayManage && <Button look="quiet" onClick={() => setAdding(true)}><UserPlus size={16} aria-hidden />{t("Add somebody")}</Button>}
      {adding && <AddToTeam brandId={brandId} team={team} inTeam={members.data ?? []} onClose={() => setAdding(false)} />}
    </div>
  );
}

interface TeamCardProps {
  team: Team;
  brandId: string;
  mayManage: boolean;
  mayDelete: boolean;
  first: boolean;
}

function TeamCard({ team, brandId, mayManage, mayDelete, first }: TeamCardProps) {
  const [open, setOpen] = useState(first);
  const [asking, setAsking] = useState<"edit" | "delete" | null>(null);
  const Arrow = open ? ChevronDown : ChevronRight;
  return (
    <li className={s.team}>
      <div className={s.teamHead}>
        <button type="button" className={s.teamOpen} aria-expanded={open} onClick={() => setOpen(!open)}>
          <Arrow size={16} aria-hidden />
          <span className={s.teamName}>{team.name}</span>
          <span className={s.teamMeta}>
            {t("{count, plural, one {# member} other {# members}}", { count: team.member_count })} · {t("{count, plural, one {# board} other {# boards}}", { count: team.board_count })}
          </span>
        </button>
        {mayManage && (
          <Menu trigger={<Button look="quiet" icon aria-label={t("Actions for team {team}", { team: team.name })}><Ellipsis size={16} /></Button>}>
            <MenuItem icon={<Pencil size={16} />} onSelect={() => setAsking("edit")}>{t("Edit…")}</MenuItem>
            {mayDelete && <MenuItem icon={<Trash2 size={16} />} danger onSelect={() => setAsking("delete")}>{t("Delete team…")}</MenuItem>}
          </Menu>
        )}
      </div>
      {team.description && <p className={s.teamText}>{team.description}</p>}
      {open && <TeamMembers team={team} brandId={brandId} mayManage={mayManage} />}
      {asking === "edit" && <TeamDialog brandId={brandId} team={team} onClose={() => setAsking(null)} />}
      <Confirm
        title={t("Delete team {team}?", { team: team.name })}
        text={t("It has {count, plural, =0 {no boards} one {# board} other {# boards}}. A team that still owns boards can't be deleted.", { count: team.board_count })}
        yes={t("Delete team")} open={asking === "delete"} onClose={() => setAsking(null)}
        onYes={() => void attempt(brandId, () => api.delete(`/teams/${team.id}`))}
      />
    </li>
  );
}

export default function Teams() {
  const brandId = useBrandId() ?? "none";
  const rights = useRights();
  const teams = useQuery(teamsQuery(brandId));
  const [creating, setCreating] = useState(false);
  const mayManage = rights.can("can_manage_users");
  const runsTeams = rights.can("can_invite_users");
  const button = mayManage && <Button look="primary" onClick={() => setCreating(true)}><Plus size={16} aria-hidden />{t("New team")}</Button>;
  return (
    <Page title={t("Teams")} narrow action={teams.data?.length ? button : undefined}>
      {teams.isPending && <RowsSkeleton />}
      {teams.isError && !teams.data && <Failed what={explain(teams.error)} retry={() => void teams.refetch()} />}
      {teams.data?.length === 0 && <Empty title={t("No teams")} action={button}>{t("A team owns boards; its members see them.")}</Empty>}
      <ul className={s.teams}>
        {(teams.data ?? []).map((team, i) => <TeamCard key={team.id} team={team} brandId={brandId} mayManage={mayManage || (runsTeams && team.role === "manager")} mayDelete={mayManage} first={i === 0} />)}
      </ul>
      {creating && <TeamDialog brandId={brandId} team={null} onClose={() => setCreating(false)} />}
    </Page>
  );
}
