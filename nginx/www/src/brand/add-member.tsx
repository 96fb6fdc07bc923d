/** Adds somebody: at once whom one shares a brand with, anybody else by an invitation. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import type { Role } from "../api/types";
import type { AddedMember } from "../api/types.gen";
import { refetch, teamsQuery } from "../data/resources";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Dialog } from "../ui/overlays";
import { Button, ErrorText, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { UntilField } from "./when";
import { roleMeaning, roleName, rolesBelow } from "./words";
import s from "./brand.module.css";

export function RoleField({ own, value, error, onChange }: { own: Role; value: Role; error?: string | undefined; onChange(role: Role): void }) {
  return (
    <Field label={t("Role")} hint={roleMeaning(value)} error={error}>
      {(props) => (
        <select {...props} value={value} onChange={(event) => onChange(event.target.value as Role)}>
          {rolesBelow(own).map((role) => <option key={role} value={role}>{roleName(role)}</option>)}
        </select>
      )}
    </Field>
  );
}

interface TeamChoiceProps {
  brandId: string;
  value: string[];
  error?: string | undefined;
  /** Which of them may be given; all, unless it is said. */
  only?: (teamId: string) => boolean;
  onChange(ids: string[]): void;
}

export function TeamChoice({ brandId, value, error, only = () => true, onChange }: TeamChoiceProps) {
  const teams = (useQuery(teamsQuery(brandId)).data ?? []).filter((team) => only(team.id));
  if (teams.length === 0) return null;
  const toggle = (id: string) => onChange(value.includes(id) ? value.filter((x) => x !== id) : [...value, id]);
  return (
    <fieldset className={s.choices}>
      <legend>{t("Teams")}</legend>
      <div className={s.choiceList}>
        {teams.map((team) => <label key={team.id} className={s.check}><input type="checkbox" checked={value.includes(team.id)} onChange={() => toggle(team.id)} />{team.name}</label>)}
      </div>
      {error && <ErrorText>{error}</ErrorText>}
    </fieldset>
  );
}

interface AddProps {
  brandId: string;
  own: Role;
  onClose(): void;
}

export function AddMember({ brandId, own, onClose }: AddProps) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [teams, setTeams] = useState<string[]>([]);
  const [until, setUntil] = useState<string | null>(null);
  const form = useForm(
    async () => {
      const made = await api.post<AddedMember>(`/brands/${brandId}/users`, { email: email.trim(), role, team_ids: teams, expires_at: until });
      await Promise.all([refetch(brandId, "members"), refetch(brandId, "invitations"), teams.length > 0 && refetch(brandId, "teams")]);
      toast({ text: made.invitation_id ? t("{email} was invited: a mail with a link is on its way.", { email: made.email }) : t("{email} was added.", { email: made.email }) });
      onClose();
    },
    undefined,
    ["email", "role", "team_ids", "expires_at"],
  );
  return (
    <Dialog title={t("Add a member")} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField label={t("E-mail")} hint={t("Who shares a brand with you already is in at once. Anybody else gets a mail and is in once they accept.")} type="email" required autoFocus error={form.of("email")} value={email} onChange={(event) => setEmail(event.target.value)} />
        <RoleField own={own} value={role} error={form.of("role")} onChange={setRole} />
        <TeamChoice brandId={brandId} value={teams} error={form.of("team_ids")} onChange={setTeams} />
        <UntilField value={until} error={form.of("expires_at")} onChange={setUntil} />
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy}>{t("Add")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}
