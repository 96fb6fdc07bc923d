/** Who belongs to the brand, and as what: searched, filtered and paged by the server, changed one by one or many at once. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Ellipsis, Eye, FileUp, MailPlus, UserMinus, UserPlus, UserRoundCog } from "lucide-react";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { Link, useSearch, useLocation } from "wouter";
import { explain, localPath, request } from "../api/client";
import type { BrandMember, Role } from "../api/types";
import { useBrand, useBrandId, useRights } from "../data/resources";
import { shortDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { Confirm, Menu, MenuItem } from "../ui/overlays";
import { Avatar, Badge, Button, Empty, Failed, Field, TextField } from "../ui/parts";
import { AddMember, RoleField } from "./add-member";
import { BulkDialog } from "./bulk";
import { ImportMembers } from "./import";
import { attempt, look, patchMember, RemoveMember, useStanding, type Standing } from "./member-acts";
import { Invitations, OpenInvitations } from "./invitations";
import { InvitePeople } from "./invite";
import { PeopleNav } from "./people-nav";
import { UntilField } from "./when";
import { roleMeaning, ROLES, roleName, rolesBelow, statusName, type MemberStatus } from "./words";
import s from "./brand.module.css";

const PAGE = 50;
const STATUSES: MemberStatus[] = ["active", "pending", "suspended", "expired"];

interface Filters {
  q: string;
  role: string;
  status: string;
  two_factor: string;
  sort: string;
}

function readFilters(search: string): Filters {
  const p = new URLSearchParams(search);
  return { q: p.get("q") ?? "", role: p.get("role") ?? "", status: p.get("status") ?? "", two_factor: p.get("two_factor") ?? "", sort: p.get("sort") ?? "name" };
}

function writeFilters(filters: Filters): string {
  const p = new URLSearchParams();
  for (const [key, value] of Object.entries(filters)) if (value && !(key === "sort" && value === "name")) p.set(key, value);
  const text = p.toString();
  return text ? `?${text}` : "";
}

/** Filters live in the address, so that Back and a shared link find the same list. */
function useFilters(): [Filters, (change: Partial<Filters>) => void] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const filters = useMemo(() => readFilters(search), [search]);
  return [filters, (change) => navigate(`/members${writeFilters({ ...filters, ...change })}`, { replace: true })];
}

interface MemberPageOf {
  rows: BrandMember[];
  next: string | null;
  count: number | null;
}

function useMembers(brandId: string, filters: Filters) {
  return useInfiniteQuery({
    queryKey: [brandId, "members", "list", filters],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }): Promise<MemberPageOf> => {
      const { q, role, status, two_factor, sort } = filters;
      const first = { limit: PAGE, q: q || undefined, role: role || undefined, status: status || undefined, two_factor: two_factor || undefined, sort };
      const reply = pageParam
        ? await request<BrandMember[]>("GET", localPath(pageParam), { signal })
        : await request<BrandMember[]>("GET", `/brands/${brandId}/users`, { query: first, signal });
      return { rows: reply.data, next: reply.next, count: reply.count };
    },
    getNextPageParam: (page) => page.next,
    placeholderData: (old) => old,
  });
}

// ---- search and filters

interface SearchBoxProps {
  filters: Filters;
  set(change: Partial<Filters>): void;
  count: number | null;
  /** Whether the second factors of others are told. */
  knowsFactors: boolean;
  invitations: ReactNode;
}

function SearchBox({ filters, set, count, knowsFactors, invitations }: SearchBoxProps) {
  const [text, setText] = useState(filters.q);
  useEffect(() => {
    if (text === filters.q) return;
    const timer = setTimeout(() => set({ q: text.trim() }), 250);
    return () => clearTimeout(timer);
  });
  const filtered = filters.q || filters.role || filters.status || filters.two_factor;
  const clear = () => {
    setText("");
    set({ q: "", role: "", status: "", two_factor: "" });
  };
  return (
    <search className={s.filters} aria-label={t("Find members")}>
      <TextField label={t("Name or e-mail")} type="search" maxLength={100} value={text} onChange={(event) => setText(event.target.value)} />
      <Field label={t("Role")}>
        {(props) => (
          <select {...props} value={filters.role} onChange={(event) => set({ role: event.target.value })}>
            <option value="">{t("All roles")}</option>
            {ROLES.map((role) => <option key={role} value={role}>{roleName(role)}</option>)}
          </select>
        )}
      </Field>
      <Field label={t("Status")}>
        {(props) => (
          <select {...props} value={filters.status} onChange={(event) => set({ status: event.target.value })}>
            <option value="">{t("Any status")}</option>
            {STATUSES.map((status) => <option key={status} value={status}>{statusName(status)}</option>)}
          </select>
        )}
      </Field>
      {knowsFactors && (
        <Field label={t("Second factor")}>
          {(props) => (
            <select {...props} value={filters.two_factor} onChange={(event) => set({ two_factor: event.target.value })}>
              <option value="">{t("With and without")}</option>
              <option value="false">{t("Without one")}</option>
              <option value="true">{t("With one")}</option>
            </select>
          )}
        </Field>
      )}
      <Field label={t("Order")}>
        {(props) => (
          <select {...props} value={filters.sort} onChange={(event) => set({ sort: event.target.value })}>
            <option value="name">{t("Name")}</option>
            <option value="-joined_at">{t("Newest first")}</option>
            <option value="expires_at">{t("Ends soonest")}</option>
          </select>
        )}
      </Field>
      <p className={s.found} role="status">
        {count !== null && t("{count, plural, =0 {Nobody fits} one {# person} other {# people}}", { count })}
        {filtered && <> · <button type="button" className={s.textButton} onClick={clear}>{t("Show all")}</button></>}
        {invitations}
      </p>
    </search>
  );
}

// ---- one row

interface RowProps {
  member: BrandMember;
  brandId: string;
  own: Role;
  standing: Standing;
  chosen: boolean;
  choosing: boolean;
  /** Whether a missing second factor matters here. */
  factorWanted: boolean;
  onChoose(on: boolean): void;
}

/** Until when, and whether that is something to look at. */
function ends(member: BrandMember): string | null {
  if (!member.expires_at) return null;
  return member.status === "expired" ? t("ended {when}", { when: shortDate(member.expires_at) }) : t("until {when}", { when: shortDate(member.expires_at) });
}

function RowMenu({ member, brandId, standing }: Pick<RowProps, "member" | "brandId" | "standing">) {
  const [, navigate] = useLocation();
  const [removing, setRemoving] = useState(false);
  const suspended = member.status === "suspended";
  const setStatus = (status: "active" | "suspended") =>
    void attempt(brandId, () => patchMember(brandId, member, { status }), suspended ? t("{name} is in again.", { name: member.name }) : t("{name} is suspended.", { name: member.name }));
  return (
    <>
      <Menu trigger={<Button look="quiet" icon aria-label={t("Actions for {name}", { name: member.name })}><Ellipsis size={17} /></Button>}>
        <MenuItem icon={<UserRoundCog size={16} />} onSelect={() => navigate(`/members/${member.id}`)}>{t("Access and permissions")}</MenuItem>
        {standing.view && <MenuItem icon={<Eye size={16} />} onSelect={() => look(brandId, member)}>{t("View as this user")}</MenuItem>}
        {standing.manageMore && !standing.me && <MenuItem onSelect={() => setStatus(suspended ? "active" : "suspended")}>{suspended ? t("Let in again") : t("Suspend")}</MenuItem>}
        {standing.remove && <MenuItem icon={<UserMinus size={16} />} danger onSelect={() => setRemoving(true)}>{standing.me ? t("Leave this brand…") : t("Remove…")}</MenuItem>}
      </Menu>
      <RemoveMember brandId={brandId} member={member} open={removing} onClose={() => setRemoving(false)} />
    </>
  );
}

/** Arrow keys change a closed list at once, so the role is asked for once more. */
function RoleSelect({ member, brandId, own, standing }: Pick<RowProps, "member" | "brandId" | "own" | "standing">) {
  const [busy, setBusy] = useState(false);
  const [wanted, setWanted] = useState<Role | null>(null);
  const change = async (role: Role) => {
    setBusy(true);
    await attempt(brandId, () => patchMember(brandId, member, { role }), t("{name} is now {role}.", { name: member.name, role: roleName(role) }));
    setBusy(false);
  };
  const words = wanted && [standing.me ? t("You give up your own role; somebody else has to give it back.") : "", t("{role}: {meaning}. It holds from the next request on.", { role: roleName(wanted), meaning: roleMeaning(wanted) })].filter(Boolean).join(" ");
  return (
    <>
      <select className={s.roleSelect} aria-label={t("Role of {name}", { name: member.name })} value={member.role} disabled={busy} onChange={(event) => setWanted(event.target.value as Role)}>
        {rolesBelow(own).map((role) => <option key={role} value={role}>{roleName(role)}</option>)}
      </select>
      <Confirm
        title={t("Change the role of {name}?", { name: member.name })} text={words ?? ""} yes={wanted ? t("Make {role}", { role: roleName(wanted) }) : ""}
        open={wanted !== null} onClose={() => setWanted(null)} onYes={() => void change(wanted!)}
      />
    </>
  );
}

function MemberRow({ member, brandId, own, standing, chosen, choosing, factorWanted, onChoose }: RowProps) {
  const until = ends(member);
  return (
    <li className={s.memberRow} data-member={member.id}>
      {choosing && (
        <label className={s.choose}>
          <input type="checkbox" checked={chosen} disabled={!standing.manage || standing.me} onChange={(event) => onChoose(event.target.checked)} />
          <span className="visually-hidden">{t("Choose {name}", { name: member.name })}</span>
        </label>
      )}
      <Avatar person={member} size={36} />
      <div className={s.memberWho}>
        <span className={s.memberName}>
          <Link href={`/members/${member.id}`} className={s.nameLink}>{member.name}</Link>
          {standing.me && <Badge>{t("you")}</Badge>}
          {member.status !== "active" && <Badge>{statusName(member.status)}</Badge>}
          {factorWanted && member.two_factor === false && <Badge>{t("no second factor")}</Badge>}
          {until && <span className={s.until}>{until}</span>}
        </span>
        <span className={s.memberMail}>{member.email}</span>
      </div>
      <span className={s.rowEnd}>
        {standing.manage ? <RoleSelect member={member} brandId={brandId} own={own} standing={standing} /> : <span className={s.roleText}>{roleName(member.role)}</span>}
        {(standing.me || standing.manage || standing.remove || standing.view) && <RowMenu member={member} brandId={brandId} standing={standing} />}
      </span>
    </li>
  );
}

// ---- many at once

type Act = "role" | "suspend" | "restore" | "until" | "remove";

function ActDialog({ act, brandId, own, people, onClose }: { act: Act; brandId: string; own: Role; people: BrandMember[]; onClose(done: boolean): void }) {
  const [role, setRole] = useState<Role>("member");
  const [until, setUntil] = useState<string | null>(null);
  const count = people.length;
  const common = { brandId, people, onClose };
  switch (act) {
    case "role":
      return (
        <BulkDialog {...common} title={t("Change the role")} yes={t("Change the role")} effect={t("{count, plural, one {# person becomes} other {# people become}} {role}, from their next request on.", { count, role: roleName(role) })} operation={() => ({ op: "update", role })}>
          <RoleField own={own} value={role} onChange={setRole} />
        </BulkDialog>
      );
    case "until":
      return (
        <BulkDialog {...common} title={t("Set when access ends")} yes={t("Set the end")} effect={until ? t("Access of {count, plural, one {# person} other {# people}} ends then, by itself.", { count }) : t("Access of {count, plural, one {# person} other {# people}} doesn't end by itself any more.", { count })} operation={() => ({ op: "update", expires_at: until })}>
          <UntilField value={until} onChange={setUntil} />
        </BulkDialog>
      );
    case "suspend":
      return <BulkDialog {...common} danger title={t("Suspend?")} yes={t("Suspend")} effect={t("{count, plural, one {# person loses} other {# people lose}} access at once and keeps the membership: it can be given back.", { count })} operation={() => ({ op: "update", status: "suspended" })} />;
    case "restore":
      return <BulkDialog {...common} title={t("Let in again?")} yes={t("Let in again")} effect={t("{count, plural, one {# person has} other {# people have}} access again at once, with the role that they had.", { count })} operation={() => ({ op: "update", status: "active" })} />;
    default:
      return <BulkDialog {...common} danger title={t("Remove from the brand?")} yes={t("{count, plural, one {Remove # person} other {Remove # people}}", { count })} effect={t("{count, plural, one {# person loses} other {# people lose}} access to all boards at once, and leaves all teams and divisions. What they made stays.", { count })} operation={() => ({ op: "remove" })} />;
  }
}

interface ChosenBarProps {
  chosen: BrandMember[];
  all: BrandMember[];
  brandId: string;
  own: Role;
  mayRemove: boolean;
  onChoose(ids: string[]): void;
}

function ChosenBar({ chosen, all, brandId, own, mayRemove, onChoose }: ChosenBarProps) {
  const [act, setAct] = useState<Act | null>(null);
  if (chosen.length === 0) return null;
  return (
    <section className={s.chosenBar} aria-label={t("For those who are chosen")}>
      <strong role="status">{t("{count, plural, one {# chosen} other {# chosen}}", { count: chosen.length })}</strong>
      {chosen.length < all.length && <button type="button" className={s.textButton} onClick={() => onChoose(all.map((m) => m.id))}>{t("Choose all {count} shown", { count: all.length })}</button>}
      <button type="button" className={s.textButton} onClick={() => onChoose([])}>{t("Clear")}</button>
      <span className={s.barActs}>
        <Button size="small" onClick={() => setAct("role")}>{t("Role…")}</Button>
        <Button size="small" onClick={() => setAct("until")}>{t("End…")}</Button>
        <Button size="small" onClick={() => setAct("suspend")}>{t("Suspend…")}</Button>
        <Button size="small" onClick={() => setAct("restore")}>{t("Let in again…")}</Button>
        {mayRemove && <Button size="small" look="danger" onClick={() => setAct("remove")}>{t("Remove…")}</Button>}
      </span>
      {act && (
        <ActDialog act={act} brandId={brandId} own={own} people={chosen} onClose={(done) => {
          setAct(null);
          if (done) onChoose([]);
        }} />
      )}
    </section>
  );
}

// ---- the page

export default function Members() {
  const brandId = useBrandId() ?? "none";
  const brand = useBrand();
  const rights = useRights();
  const standingOf = useStanding();
  const [filters, set] = useFilters();
  const members = useMembers(brandId, filters);
  const [dialog, setDialog] = useState<"add" | "import" | "invite" | null>(null);
  const [first, setFirst] = useState("");
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const own = brand?.role ?? "guest";
  const mayManage = rights.can("can_manage_users") && brand?.status === "active";
  const rows = members.data?.pages.flatMap((page) => page.rows) ?? [];
  const changeable = rows.filter((m) => standingOf(m).manage && !standingOf(m).me);
  const count = members.data?.pages[0]?.count ?? null;
  const choose = (id: string, on: boolean) => setIds((old) => new Set(on ? [...old, id] : [...old].filter((x) => x !== id)));
  const factorWanted = brand?.settings.require_2fa === true || filters.two_factor !== "";
  const mayInvite = rights.can("can_invite_users") && brand?.status === "active";
  const seesInvitations = rights.can("can_invite_users") || rights.can("can_manage_users");
  const invite = (email: string) => {
    setFirst(email);
    setDialog("invite");
  };
  const actions = (mayManage || mayInvite) && (
    <span className={s.headActs}>
      {mayManage && <Button onClick={() => setDialog("import")}><FileUp size={16} aria-hidden />{t("From a table")}</Button>}
      {mayManage && <Button onClick={() => setDialog("add")}><UserPlus size={16} aria-hidden />{t("Add a member")}</Button>}
      {mayInvite && <Button look="primary" onClick={() => invite("")}><MailPlus size={16} aria-hidden />{t("Invite people")}</Button>}
    </span>
  );
  return (
    <Page title={t("Members")} action={actions}>
      <PeopleNav />
      <SearchBox filters={filters} set={set} count={count} knowsFactors={rights.can("can_manage_users")} invitations={seesInvitations && <OpenInvitations brandId={brandId} />} />
      <ChosenBar chosen={changeable.filter((m) => ids.has(m.id))} all={changeable} brandId={brandId} own={own} mayRemove={rights.can("can_remove_users")} onChoose={(next) => setIds(new Set(next))} />
      {members.isPending && <RowsSkeleton />}
      {members.isError && !members.data && <Failed what={explain(members.error)} retry={() => void members.refetch()} />}
      {members.data && rows.length === 0 && <Empty title={t("Nobody fits")}>{t("Try a part of the name, or another role or status.")}</Empty>}
      {rows.length > 0 && (
        <ul className={s.rows} aria-busy={members.isPlaceholderData}>
          {rows.map((member) => (
            <MemberRow key={member.id} member={member} brandId={brandId} own={own} standing={standingOf(member)} choosing={mayManage} factorWanted={factorWanted} chosen={ids.has(member.id)} onChoose={(on) => choose(member.id, on)} />
          ))}
        </ul>
      )}
      {members.hasNextPage && (
        <div className={s.more}>
          <Button disabled={members.isFetchingNextPage} onClick={() => void members.fetchNextPage()}>
            {members.isFetchingNextPage ? t("Loading…") : t("Show more: {shown} of {count} are here", { shown: rows.length, count: count ?? "" })}
          </Button>
        </div>
      )}
      {seesInvitations && <Invitations brandId={brandId} mayChange={mayInvite || mayManage} />}
      {dialog === "invite" && <InvitePeople brandId={brandId} own={own} first={first} onClose={() => setDialog(null)} />}
      {dialog === "add" && <AddMember brandId={brandId} own={own} onClose={() => setDialog(null)} />}
      {dialog === "import" && <ImportMembers brandId={brandId} onClose={() => setDialog(null)} />}
    </Page>
  );
}
