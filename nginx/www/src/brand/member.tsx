/** One member: role, status, end of access, and each permission with where it comes from. */
import { useQuery } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { api, ApiError, explain } from "../api/client";
import type { BrandMember, Role } from "../api/types";
import type { Delegation, MemberPermission, MemberPermissions } from "../api/types.gen";
import { NotFound } from "../app/not-found";
import { refetch, useBrand, useBrandId, useRights } from "../data/resources";
import { asLeft } from "../lib/address";
import { longDate, onlyDay, shortDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Page, RowsSkeleton } from "../screens/page";
import { Avatar, Badge, Button, Choice, Failed } from "../ui/parts";
import { RoleField } from "./add-member";
import { Card, FormCard } from "./card";
import { look, memberPath, memberWords, patchMember, RemoveMember, setStatus, useStanding, type Standing } from "./member-acts";
import { useDraft } from "../lib/use-draft";
import { UntilField } from "./when";
import { groupsOf, permissionName, roleName, statusName } from "./words";
import s from "./brand.module.css";

const memberQuery = (brandId: string, id: string) => ({ queryKey: [brandId, "members", id], queryFn: () => api.get<BrandMember>(memberPath(brandId, id)) });
const permissionsQuery = (brandId: string, id: string) => ({
  queryKey: [brandId, "members", id, "permissions"], queryFn: () => api.get<MemberPermissions>(`${memberPath(brandId, id)}/permissions`),
});

interface Props {
  brandId: string;
  member: BrandMember;
  standing: Standing;
}

// ---- role, status, end

function Access({ brandId, member, standing }: Props) {
  const own: Role = useBrand()?.role ?? "guest";
  const draft = useDraft(`${brandId}/member/${member.id}`, { role: member.role, expires_at: member.expires_at });
  const { role, expires_at } = draft.value;
  const form = useForm(
    async () => {
      const change = { ...(role !== member.role ? { role } : {}), ...(expires_at !== member.expires_at ? { expires_at } : {}) };
      try {
        if (Object.keys(change).length > 0) await patchMember(brandId, member, change);
      } finally {
        await refetch(brandId, "members");
      }
      draft.reset();
    },
    memberWords,
    ["role", "expires_at"],
  );
  const loses = role !== member.role && !standing.me ? t("From the next request on {name} is {role}.", { name: member.name, role: roleName(role) }) : null;
  return (
    <FormCard title={t("Role and time")} form={form} draft={draft} locked={!standing.manage}>
      {standing.manage ? <RoleField own={own} value={role} error={form.of("role")} onChange={(next) => draft.set({ role: next })} /> : <p>{t("Role: {role}", { role: roleName(member.role) })}</p>}
      {standing.manageMore ? <UntilField value={expires_at} error={form.of("expires_at")} onChange={(next) => draft.set({ expires_at: next })} /> : <p>{member.expires_at ? t("Access ends {when}.", { when: longDate(member.expires_at) }) : t("Access doesn't end by itself.")}</p>}
      {loses && <p className={s.muted} role="status">{loses}</p>}
    </FormCard>
  );
}

function Status({ brandId, member }: Props) {
  const suspended = member.status === "suspended";
  return (
    <Card title={t("Status")} about={suspended ? t("Suspended: every page of this brand is closed to {name}. The membership with its teams is kept.", { name: member.name }) : t("Who is suspended loses access at once and keeps role and teams for later.")}>
      <div><Button className={s.named} onClick={() => setStatus(brandId, member, suspended ? "active" : "suspended")}>{suspended ? t("Let {name} in again", { name: member.name }) : t("Suspend {name}", { name: member.name })}</Button></div>
    </Card>
  );
}

// ---- permissions

type Three = "default" | "allowed" | "refused";

const threeOf = (value: unknown): Three => (value === true ? "allowed" : value === false ? "refused" : "default");
const toWire = (value: Three) => (value === "default" ? null : value === "allowed");

function sourceWords(p: MemberPermission, role: Role, lent: Delegation | undefined): string {
  switch (p.source) {
    case "override":
      return t("set for this person");
    case "role_change":
      return t("from this brand's change of the role {role}", { role: roleName(role) });
    case "delegation":
      return lent ? t("lent by {name} until {when}", { name: lent.from_user.name, when: shortDate(lent.ends_at) }) : t("lent by somebody for a time");
    default:
      return t("from the role {role}", { role: roleName(role) });
  }
}

interface PermissionRowProps {
  name: string;
  about: string;
  now: MemberPermission;
  source: string;
  value: Three;
  dirty: boolean;
  mayChange: boolean;
  mayGrant: boolean;
  onChange(value: Three): void;
}

function PermissionRow({ name, about, now, source, value, dirty, mayChange, mayGrant, onChange }: PermissionRowProps) {
  return (
    <li className={s.permission}>
      <div className={s.permissionWords}>
        <span className={s.switchName}>{name}</span>
        <span className={s.about}>{about}</span>
        <span className={now.effective ? s.can : s.cannot}>{now.effective ? t("Can") : t("Cannot")}<span className={s.source}> · {source}</span>{dirty && <em className={s.changed}> {t("not saved yet")}</em>}</span>
      </div>
      {mayChange && (mayGrant ? (
        <Choice<Three>
          label={t("{permission} for this person", { permission: name })} value={value} onChange={onChange}
          options={[{ value: "default", label: t("As the role") }, { value: "allowed", label: t("Allowed") }, { value: "refused", label: t("Refused") }]}
        />
      ) : <span className={s.muted}>{t("Only who has it themselves gives it.")}</span>)}
    </li>
  );
}

function Permissions({ brandId, member, standing }: Props) {
  const rights = useRights();
  const query = useQuery(permissionsQuery(brandId, member.id));
  const delegations = useQuery({ queryKey: [brandId, "delegations", "to", member.id], queryFn: () => api.get<Delegation[]>(`/brands/${brandId}/delegations`, { query: { to_user_id: member.id, limit: 100 } }) }).data ?? [];
  const draft = useDraft<{ set: Record<string, Three> }>(`${brandId}/permissions/${member.id}`, useMemo(() => ({ set: {} }), []));
  const saved = (key: string) => threeOf(member.permissions?.[key]);
  const changed = Object.entries(draft.value.set).filter(([key, value]) => value !== saved(key));
  const change = (key: string, value: Three) => draft.set({ set: Object.fromEntries(Object.entries({ ...draft.value.set, [key]: value }).filter(([k, v]) => v !== saved(k))) });
  const form = useForm(async () => {
    try {
      await patchMember(brandId, member, { permissions: Object.fromEntries(changed.map(([key, value]) => [key, toWire(value)])) });
    } finally {
      await refetch(brandId, "members");
    }
    draft.reset();
  }, memberWords, []);
  if (query.isPending) return <Card title={t("Permissions")}><RowsSkeleton /></Card>;
  if (query.isError) return <Card title={t("Permissions")}><Failed what={explain(query.error)} retry={() => void query.refetch()} /></Card>;
  const { permissions, active, role } = query.data;
  const byKey = new Map(permissions.map((p) => [p.key, p]));
  const owner = member.role === "owner";
  const about = owner ? t("Owners may do everything; nothing can be taken from or given to them one by one.") : t("Role, then the brand's change to the role, then what is set here, then what others lend.");
  return (
    <FormCard title={t("Permissions")} about={about} form={form} draft={{ ...draft, dirty: changed.length > 0 }} locked={owner || !standing.manageMore}>
      {!active && <p className={s.warn}>{t("Nothing of it is in force now: the membership is suspended or has ended.")}</p>}
      {groupsOf(permissions.map((p) => p.key)).map((group) => (
        <section key={group.title}>
          <h3 className={s.small}>{group.title}</h3>
          <ul className={s.permissions}>
            {group.permissions.map(([key, words]) => {
              const now = byKey.get(key)!;
              const value = draft.value.set[key] ?? saved(key);
              return (
                <PermissionRow
                  key={key} {...words} now={now} source={sourceWords(now, role, delegations.find((d) => d.id === now.delegation_id))}
                  value={value} dirty={value !== saved(key)} mayChange={!owner && standing.manageMore} mayGrant={rights.can(key)} onChange={(next) => change(key, next)}
                />
              );
            })}
          </ul>
        </section>
      ))}
      {changed.length > 0 && <p role="status">{t("To be saved: {names}.", { names: changed.map(([key]) => permissionName(key)).join(", ") })}</p>}
    </FormCard>
  );
}

// ---- the page

function Person({ brandId, member }: { brandId: string; member: BrandMember }) {
  const standing = useStanding()(member);
  const rights = useRights();
  const [removing, setRemoving] = useState(false);
  const [, navigate] = useLocation();
  const props = { brandId, member, standing };
  return (
    <>
      <div className={s.person}>
        <Avatar person={member} size={56} />
        <div className={s.lineMain}>
          <span className={s.memberName}>{standing.me && <Badge>{t("you")}</Badge>}<Badge>{roleName(member.role)}</Badge><Badge>{statusName(member.status)}</Badge></span>
          <span className={s.memberMail}>{member.email}</span>
          {member.joined_at && <span className={s.muted}>{t("Here since {day}", { day: onlyDay(member.joined_at) })}</span>}
        </div>
        {standing.view && <Button onClick={() => look(brandId, member)}><Eye size={16} aria-hidden />{t("View as this user")}</Button>}
      </div>
      <Access {...props} />
      {standing.manageMore && !standing.me && member.status !== "expired" && <Status {...props} />}
      {(standing.me || rights.can("can_manage_users")) && <Permissions {...props} />}
      {standing.remove && (
        <Card title={standing.me ? t("Leave this brand") : t("Remove from the brand")} tone="danger" about={t("Access ends at once; what was made stays.")}>
          <div><Button look="danger" className={s.named} onClick={() => setRemoving(true)}>{standing.me ? t("Leave…") : t("Remove {name}…", { name: member.name })}</Button></div>
          <RemoveMember brandId={brandId} member={member} open={removing} onClose={() => setRemoving(false)} onGone={() => navigate("/members")} />
        </Card>
      )}
    </>
  );
}

export default function MemberPage({ id }: { id: string }) {
  const brandId = useBrandId() ?? "none";
  const member = useQuery(memberQuery(brandId, id));
  const gone = member.error instanceof ApiError && [403, 404, 422].includes(member.error.status);
  if (gone) return <NotFound what={t("This person")} />;
  return (
    <Page title={member.data?.name ?? t("Member")} narrow back={{ href: asLeft("/members"), name: t("Members") }}>
      {member.isPending && <RowsSkeleton />}
      {member.isError && <Failed what={explain(member.error)} retry={() => void member.refetch()} />}
      {member.data && <Person brandId={brandId} member={member.data} />}
    </Page>
  );
}
