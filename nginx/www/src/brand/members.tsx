/** Who belongs to the brand, and as what. */
import { useQuery } from "@tanstack/react-query";
import { UserMinus, UserPlus } from "lucide-react";
import { useState } from "react";
import { api, explain } from "../api/client";
import { session } from "../api/session";
import type { BrandMember, Role } from "../api/types";
import { membersQuery, refetch, useBrand, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Confirm, Dialog } from "../ui/overlays";
import { Avatar, Badge, Button, Empty, Failed, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { Page, RowsSkeleton } from "../screens/page";
import { roleMeaning, roleName, rolesBelow } from "./words";
import s from "../screens/screens.module.css";

function AddMember({ brandId, own, onClose }: { brandId: string; own: Role; onClose(): void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const form = useForm(
    async () => {
      await api.post(`/brands/${brandId}/users`, { email: email.trim(), role });
      await refetch(brandId, "members");
      toast({ text: t("{email} was added.", { email: email.trim() }) });
      onClose();
    },
    undefined,
    ["email", "role"],
  );
  return (
    <Dialog title={t("Add a member")} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <TextField label={t("E-mail")} hint={t("Of somebody who has an account here.")} type="email" required autoFocus error={form.of("email")} value={email} onChange={(event) => setEmail(event.target.value)} />
        <Field label={t("Role")} hint={roleMeaning(role)} error={form.of("role")}>
          {(props) => (
            <select {...props} value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {rolesBelow(own).map((r) => <option key={r} value={r}>{roleName(r)}</option>)}
            </select>
          )}
        </Field>
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy}>{t("Add")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

interface RowProps {
  member: BrandMember;
  brandId: string;
  own: Role;
  mayManage: boolean;
  mayRemove: boolean;
}

function MemberRow({ member, brandId, own, mayManage, mayRemove }: RowProps) {
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const me = member.id === session.get().user?.id;
  const below = rolesBelow(own).includes(member.role);
  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
      await refetch(brandId, "members");
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    } finally {
      setBusy(false);
    }
  };
  const address = `/brands/${brandId}/users/${member.id}`;
  // Nothing of this brand can be asked any more, so the app starts afresh with what is left.
  const leave = async () => {
    try {
      await api.delete(address);
      location.assign("/");
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
  };
  const changeRole = (role: Role) => void act(() => api.patch(address, { role }, { ifMatch: member.version }));
  return (
    <li className={s.memberRow}>
      <Avatar person={{ id: member.id, name: member.name, avatar_url: member.avatar_url }} size={36} />
      <div className={s.memberWho}>
        <span className={s.memberName}>{member.name}{me && <Badge>{t("you")}</Badge>}{member.status !== "active" && <Badge>{member.status}</Badge>}</span>
        <span className={s.memberMail}>{member.email}</span>
      </div>
      {mayManage && below ? (
        <select className={s.roleSelect} aria-label={t("Role of {name}", { name: member.name })} value={member.role} disabled={busy} onChange={(event) => changeRole(event.target.value as Role)}>
          {rolesBelow(own).map((role) => <option key={role} value={role}>{roleName(role)}</option>)}
        </select>
      ) : (
        <span className={s.roleText}>{roleName(member.role)}</span>
      )}
      {((mayRemove && below) || me) && (
        <Button look="quiet" icon aria-label={me ? t("Leave this brand") : t("Remove {name}", { name: member.name })} disabled={busy} onClick={() => setAsking(true)}><UserMinus size={17} /></Button>
      )}
      <Confirm
        title={me ? t("Leave this brand?") : t("Remove {name}?", { name: member.name })}
        text={t("Access to all its boards ends at once. What was made stays.")}
        yes={me ? t("Leave") : t("Remove")} open={asking} onClose={() => setAsking(false)} onYes={() => void (me ? leave() : act(() => api.delete(address)))}
      />
    </li>
  );
}

export default function Members() {
  const brandId = useBrandId() ?? "none";
  const brand = useBrand();
  const rights = useRights();
  const members = useQuery(membersQuery(brandId));
  const [adding, setAdding] = useState(false);
  const own = brand?.role ?? "guest";
  const mayAdd = rights.can("can_manage_users");
  const rows = [...(members.data ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <Page title={t("Members")} narrow action={mayAdd && <Button look="primary" onClick={() => setAdding(true)}><UserPlus size={16} aria-hidden />{t("Add a member")}</Button>}>
      {members.isPending && <RowsSkeleton />}
      {members.isError && !members.data && <Failed what={explain(members.error)} retry={() => void members.refetch()} />}
      {members.data?.length === 0 && <Empty title={t("Nobody here")}>{t("People who belong to this brand are listed here.")}</Empty>}
      {rows.length > 0 && (
        <ul className={s.rows}>
          {rows.map((member) => (
            <MemberRow key={member.id} member={member} brandId={brandId} own={own} mayManage={rights.can("can_manage_users")} mayRemove={rights.can("can_remove_users")} />
          ))}
        </ul>
      )}
      {adding && <AddMember brandId={brandId} own={own} onClose={() => setAdding(false)} />}
    </Page>
  );
}
