/** Who belongs to the brand, and as what: searched, filtered and paged by the server, changed one by one or many at once. */
import { Ellipsis, Eye, FileUp, MailPlus, UserMinus, UserPlus, UserRoundCog } from "lucide-react";
import { useCallback, useState } from "react";
import { Link, useLocation } from "wouter";
import type { BrandMember, Role } from "../api/types";
import { usePaged } from "../data/paged";
import { useBrand, useBrandId, useRights } from "../data/resources";
import { useAddress, type Address } from "../lib/address";
import { shortDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { usePhone } from "../lib/use-media";
import { Page } from "../screens/page";
import { Confirm, Menu, MenuItem } from "../ui/overlays";
import { Avatar, Badge, Button, Empty } from "../ui/parts";
import { Filters, foundIn, Listing, SearchFilter, SelectFilter } from "../ui/table";
import { AddMember, RoleField } from "./add-member";
import { BulkDialog } from "./bulk";
import { ImportMembers } from "./import";
import { attempt, look, patchMember, RemoveMember, setStatus, useStanding, type Standing } from "./member-acts";
import { Invitations, OpenInvitations } from "./invitations";
import { InvitePeople } from "./invite";
import { PeopleNav } from "./people-nav";
import { UntilField } from "./when";
import { roleMeaning, ROLES, roleName, rolesBelow, statusName, type MemberStatus } from "./words";
import s from "./brand.module.css";

const STATUSES: MemberStatus[] = ["active", "pending", "suspended", "expired"];
const NAMES = ["q", "role", "status", "two_factor", "sort"] as const;
const FIELDS = ["role", "status", "two_factor"] as const;

// ---- search and filters

const people = (count: number) => t("{count, plural, =0 {Nobody fits} one {# person} other {# people}}", { count });

interface SearchBoxProps {
  address: Address<(typeof NAMES)[number]>;
  found: string | undefined;
  /** Whether the second factors of others are told. */
  knowsFactors: boolean;
}

function SearchBox({ address, found, knowsFactors }: SearchBoxProps) {
  const { values, set, filtered, clear } = address;
  const search = useCallback((q: string) => set({ q }), [set]);
  return (
    <Filters
      filtered={filtered} onClear={clear} active={address.count(FIELDS)} found={found}
      search={<SearchFilter label={t("Name or e-mail")} value={values.q ?? ""} onChange={search} />}
    >
      <SelectFilter label={t("Role")} value={values.role ?? ""} options={ROLES.map((role) => [role, roleName(role)] as const)} onChange={(role) => set({ role })} />
      <SelectFilter label={t("Status")} value={values.status ?? ""} options={STATUSES.map((status) => [status, statusName(status)] as const)} onChange={(status) => set({ status })} />
      {knowsFactors && (
        <SelectFilter
          label={t("Second factor")} value={values.two_factor ?? ""} options={[["false", t("Without one")], ["true", t("With one")]]}
          onChange={(two_factor) => set({ two_factor })}
        />
      )}
      <SelectFilter
        always label={t("Order")} value={values.sort ?? "name"} onChange={(sort) => set({ sort: sort === "name" ? null : sort })}
        options={[["name", t("Name")], ["-joined_at", t("Newest first")], ["expires_at", t("Ends soonest")]]}
      />
    </Filters>
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
  return (
    <>
      <Menu trigger={<Button look="quiet" icon aria-label={t("Actions for {name}", { name: member.name })}><Ellipsis size={17} /></Button>}>
        <MenuItem icon={<UserRoundCog size={16} />} onSelect={() => navigate(`/members/${member.id}`)}>{t("Access and permissions")}</MenuItem>
        {standing.view && <MenuItem icon={<Eye size={16} />} onSelect={() => look(brandId, member)}>{t("View as this user")}</MenuItem>}
        {standing.manageMore && !standing.me && <MenuItem onSelect={() => setStatus(brandId, member, suspended ? "active" : "suspended")}>{suspended ? t("Let in again") : t("Suspend")}</MenuItem>}
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

type Dialogs = "add" | "import" | "invite";

/** On a phone what is done most stands alone, the rest behind it. */
function HeadActs({ mayManage, mayInvite, open }: { mayManage: boolean; mayInvite: boolean; open(dialog: Dialogs): void }) {
  const phone = usePhone();
  const folded = phone && mayManage && mayInvite;
  return (
    <span className={s.headActs}>
      {mayManage && !folded && <Button onClick={() => open("import")}><FileUp size={16} aria-hidden />{t("From a table")}</Button>}
      {mayManage && !folded && <Button onClick={() => open("add")}><UserPlus size={16} aria-hidden />{t("Add a member")}</Button>}
      {mayInvite && <Button look="primary" onClick={() => open("invite")}><MailPlus size={16} aria-hidden />{t("Invite people")}</Button>}
      {folded && (
        <Menu trigger={<Button icon aria-label={t("Other ways to add people")}><Ellipsis size={17} /></Button>}>
          <MenuItem icon={<UserPlus size={16} />} onSelect={() => open("add")}>{t("Add a member")}</MenuItem>
          <MenuItem icon={<FileUp size={16} />} onSelect={() => open("import")}>{t("From a table")}</MenuItem>
        </Menu>
      )}
    </span>
  );
}

export default function Members() {
  const brandId = useBrandId() ?? "none";
  const brand = useBrand();
  const rights = useRights();
  const standingOf = useStanding();
  const address = useAddress(NAMES);
  const { values } = address;
  const list = usePaged<BrandMember>(
    [brandId, "members", "list"], `/brands/${brandId}/users`, { q: values.q, role: values.role, status: values.status, two_factor: values.two_factor, sort: values.sort ?? "name" },
  );
  const [dialog, setDialog] = useState<Dialogs | null>(null);
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const { rows } = list;
  const own = brand?.role ?? "guest";
  const open = brand?.status === "active";
  const mayManage = rights.can("can_manage_users") && open;
  const mayInvite = rights.can("can_invite_users") && open;
  const seesInvitations = rights.can("can_invite_users") || rights.can("can_manage_users");
  const changeable = rows.filter((m) => standingOf(m).manage && !standingOf(m).me);
  const choose = (id: string, on: boolean) => setIds((old) => new Set(on ? [...old, id] : [...old].filter((x) => x !== id)));
  const factorWanted = brand?.settings.require_2fa === true || values.two_factor !== undefined;
  const close = () => setDialog(null);
  return (
    <Page title={t("Members")} action={(mayManage || mayInvite) && <HeadActs mayManage={mayManage} mayInvite={mayInvite} open={setDialog} />}>
      <PeopleNav />
      {brand && (own === "guest" || own === "client") && <p className={s.muted}>{t("Here are those with whom you share a team.")}</p>}
      <SearchBox address={address} found={foundIn(list, people)} knowsFactors={rights.can("can_manage_users")} />
      <ChosenBar chosen={changeable.filter((m) => ids.has(m.id))} all={changeable} brandId={brandId} own={own} mayRemove={rights.can("can_remove_users")} onChoose={(next) => setIds(new Set(next))} />
      <Listing
        list={list} filtered={address.filtered} onClear={address.clear} counted={people} empty={<Empty title={t("Nobody is here")} />}
        beside={seesInvitations && <OpenInvitations brandId={brandId} />}
      >
        <ul className={s.rows} aria-busy={list.of === null}>
          {rows.map((member) => (
            <MemberRow key={member.id} member={member} brandId={brandId} own={own} standing={standingOf(member)} choosing={mayManage} factorWanted={factorWanted} chosen={ids.has(member.id)} onChoose={(on) => choose(member.id, on)} />
          ))}
        </ul>
      </Listing>
      {seesInvitations && <Invitations brandId={brandId} mayChange={mayInvite || mayManage} />}
      {dialog === "invite" && <InvitePeople brandId={brandId} own={own} onClose={close} />}
      {dialog === "add" && <AddMember brandId={brandId} own={own} onClose={close} />}
      {dialog === "import" && <ImportMembers brandId={brandId} onClose={close} />}
    </Page>
  );
}
