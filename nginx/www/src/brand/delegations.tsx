/** Permissions that people lend each other for a time: what I give, what I get, and all of them for who manages people. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ArrowRight, Plus } from "lucide-react";
import { useState } from "react";
import { api, explain, localPath, request } from "../api/client";
import { session } from "../api/session";
import type { Person } from "../api/types";
import type { Delegation, MemberPermissions } from "../api/types.gen";
import { refetch, useBrand, useBrandId, useRights } from "../data/resources";
import { shortDate, zoneNote } from "../lib/dates";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { userZone } from "../lib/zone";
import { Page, RowsSkeleton } from "../screens/page";
import { Actions, Confirm, Dialog } from "../ui/overlays";
import { Avatar, Badge, Button, Choice, Empty, ErrorText, Failed, Notice } from "../ui/parts";
import { toast } from "../ui/toasts";
import { memberPath, memberWords } from "./member-acts";
import { PeopleNav } from "./people-nav";
import { PersonPicker } from "./person-picker";
import { inDays, WhenField } from "./when";
import { groupsOf, permissionName } from "./words";
import s from "./brand.module.css";

type Show = "mine" | "all";

const path = (brandId: string, id = "") => `/brands/${brandId}/delegations${id && `/${id}`}`;

type Side = "from_user_id" | "to_user_id";

/** Of somebody's side, or everybody's. */
function useDelegations(brandId: string, of: Partial<Record<Side, string>>, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: [brandId, "delegations", "list", of],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam }) => request<Delegation[]>("GET", pageParam ? localPath(pageParam) : path(brandId), pageParam ? {} : { query: { limit: 100, sort: "-ends_at", ...of } }),
    getNextPageParam: (page) => page.next,
    enabled,
  });
}

/** The parts of a list that is read by more than one question, as one list. */
function useShown(brandId: string, me: string, everybody: boolean) {
  const all = useDelegations(brandId, {}, everybody);
  const given = useDelegations(brandId, { from_user_id: me }, !everybody);
  const got = useDelegations(brandId, { to_user_id: me }, !everybody);
  const parts = everybody ? [all] : [given, got];
  const more = parts.filter((part) => part.hasNextPage);
  return {
    rows: parts.flatMap((part) => part.data?.pages.flatMap((page) => page.data) ?? []).sort((a, b) => b.ends_at.localeCompare(a.ends_at)),
    isPending: parts.some((part) => part.isPending),
    error: parts.find((part) => part.isError && !part.data)?.error ?? null,
    hasMore: more.length > 0,
    loadingMore: parts.some((part) => part.isFetchingNextPage),
    more: () => void Promise.all(more.map((part) => part.fetchNextPage())),
    refetch: () => void Promise.all(parts.map((part) => part.refetch())),
  };
}

/** What one has by role and overrides of one's own: that alone can be lent. */
function useLendable(brandId: string): string[] {
  const me = session.get().user?.id ?? "";
  const mine = useQuery({ queryKey: [brandId, "members", me, "permissions"], queryFn: () => api.get<MemberPermissions>(`${memberPath(brandId, me)}/permissions`) });
  return (mine.data?.permissions ?? []).filter((p) => p.effective && p.source !== "delegation").map((p) => p.key);
}

interface FormProps {
  brandId: string;
  /** The one to change; null makes a new one. */
  old: Delegation | null;
  onClose(): void;
}

function DelegationDialog({ brandId, old, onClose }: FormProps) {
  const lendable = useLendable(brandId);
  const [to, setTo] = useState<Person | null>(old?.to_user ?? null);
  const [keys, setKeys] = useState<string[]>(old?.permissions ?? []);
  const [starts, setStarts] = useState<string | null>(old?.starts_at ?? null);
  const [ends, setEnds] = useState<string | null>(old?.ends_at ?? inDays(7));
  const me = session.get().user?.id ?? "";
  const form = useForm(
    async () => {
      const body = { permissions: keys, ends_at: ends, ...(starts && starts !== old?.starts_at ? { starts_at: starts } : {}) };
      if (old) await api.patch(path(brandId, old.id), body, { ifMatch: old.version });
      else await api.post(path(brandId), { to_user_id: to?.id, ...body });
      await Promise.all([refetch(brandId, "delegations"), refetch(brandId, "members")]);
      toast({ text: old ? t("Saved.") : t("{name} has it from now until then.", { name: to?.name ?? "" }) });
      onClose();
    },
    memberWords,
    ["to_user_id", "permissions", "starts_at", "ends_at"],
  );
  const toggle = (key: string) => setKeys((all) => (all.includes(key) ? all.filter((k) => k !== key) : [...all, key]));
  const shown = [...lendable, ...keys.filter((key) => !lendable.includes(key))];
  return (
    <Dialog title={old ? t("Change what you lend to {name}", { name: old.to_user.name }) : t("Lend permissions")} open onClose={onClose} wide>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        {!old && <PersonPicker label={t("To whom")} value={to} without={[me]} error={form.of("to_user_id")} onChange={setTo} />}
        <div className={s.twin}>
          <WhenField label={t("From")} hint={t("Empty: from now on.")} error={form.of("starts_at")} value={starts} onChange={setStarts} />
          <WhenField label={t("Until")} hint={t("It ends by itself then.")} required error={form.of("ends_at")} value={ends} onChange={setEnds} />
        </div>
        <fieldset className={s.choices}>
          <legend>{t("What they may do in your place")}</legend>
          {groupsOf(shown).map((group) => (
            <div key={group.title}>
              <h3 className={s.small}>{group.title}</h3>
              <div className={s.choiceList}>
                {group.permissions.map(([key, words]) => <label key={key} className={s.check}><input type="checkbox" checked={keys.includes(key)} onChange={() => toggle(key)} />{words.name}</label>)}
              </div>
            </div>
          ))}
          {form.of("permissions") && <ErrorText>{form.of("permissions")}</ErrorText>}
        </fieldset>
        <p className={s.muted}>{t("What you lose yourself meanwhile, they lose with you.")}</p>
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy || keys.length === 0 || (!old && !to)}>{old ? t("Save") : t("Lend")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

function stateOf(d: Delegation): string {
  if (d.active) return t("Now");
  return new Date(d.ends_at).getTime() <= Date.now() ? t("Over") : t("Later");
}

function Row({ brandId, row, mayRevoke }: { brandId: string; row: Delegation; mayRevoke: boolean }) {
  const [asking, setAsking] = useState<"edit" | "revoke" | null>(null);
  const me = session.get().user?.id;
  const over = !row.active && new Date(row.ends_at).getTime() <= Date.now();
  const revoke = () => void api.delete(path(brandId, row.id)).then(
    () => toast({ text: t("{name} has it no longer.", { name: row.to_user.name }) }),
    (error: unknown) => toast({ text: memberWords(error), tone: "danger" }),
  ).finally(() => Promise.all([refetch(brandId, "delegations"), refetch(brandId, "members")]));
  return (
    <li className={s.delegation} data-delegation={row.id}>
      <span className={s.pair}>
        <Avatar person={row.from_user} size={28} /><span>{row.from_user.name}{row.from_user_id === me && <> <Badge>{t("you")}</Badge></>}</span>
        <ArrowRight size={15} aria-label={t("lends to")} />
        <Avatar person={row.to_user} size={28} /><span>{row.to_user.name}{row.to_user_id === me && <> <Badge>{t("you")}</Badge></>}</span>
        <Badge>{stateOf(row)}</Badge>
      </span>
      <span className={s.lent}>{row.permissions.map(permissionName).join(", ")}</span>
      <span className={s.muted}>{t("From {from} until {until}", { from: shortDate(row.starts_at), until: shortDate(row.ends_at) })}</span>
      <span className={s.barActs}>
        {row.from_user_id === me && !over && <Button size="small" onClick={() => setAsking("edit")}>{t("Change…")}<span className="visually-hidden"> {row.to_user.name}</span></Button>}
        {(row.from_user_id === me || mayRevoke) && <Button size="small" look="danger" onClick={() => setAsking("revoke")}>{over ? t("Take off the list") : t("Revoke")}<span className="visually-hidden"> {row.to_user.name}</span></Button>}
      </span>
      {asking === "edit" && <DelegationDialog brandId={brandId} old={row} onClose={() => setAsking(null)} />}
      <Confirm
        title={over ? t("Take it off the list?") : t("Revoke what {name} was lent?", { name: row.to_user.name })}
        text={over ? t("It has ended already: nobody loses anything.") : t("{count, plural, one {# permission that {from} lent ends} other {# permissions that {from} lent end}} at once.", { count: row.permissions.length, from: row.from_user.name })}
        yes={over ? t("Take off the list") : t("Revoke")} open={asking === "revoke"} onClose={() => setAsking(null)} onYes={revoke}
      />
    </li>
  );
}

export default function Delegations() {
  const brandId = useBrandId() ?? "none";
  const brand = useBrand();
  const rights = useRights();
  const [show, setShow] = useState<Show>("mine");
  const [making, setMaking] = useState(false);
  const manages = rights.can("can_manage_users");
  const open = brand?.status === "active";
  const list = useShown(brandId, session.get().user?.id ?? "", show === "all" && manages);
  const { rows } = list;
  const button = open && <Button look="primary" onClick={() => setMaking(true)}><Plus size={16} aria-hidden />{t("Lend permissions")}</Button>;
  return (
    <Page title={t("Delegations")} action={rows.length > 0 && button}>
      <PeopleNav />
      <div className={s.filterLine}>
        {manages && <Choice<Show> label={t("Which delegations")} value={show} onChange={setShow} options={[{ value: "mine", label: t("Mine") }, { value: "all", label: t("Everybody's") }]} />}
        {rows.length > 0 && zoneNote() && <span className={s.muted}>{t("Times are those of {zone}.", { zone: userZone() })}</span>}
      </div>
      {list.isPending && <RowsSkeleton rows={3} />}
      {list.error && <Failed what={explain(list.error)} retry={list.refetch} />}
      {!list.isPending && !list.error && rows.length === 0 && (
        <Empty title={show === "all" ? t("Nobody lends anything") : t("You lend nothing, and nobody lends you anything")} action={button}>
          {t("Before a holiday, give somebody what only you may do. It ends by itself.")}
        </Empty>
      )}
      {rows.length > 0 && <ul className={s.rows}>{rows.map((row) => <Row key={row.id} brandId={brandId} row={row} mayRevoke={manages && open} />)}</ul>}
      {list.hasMore && <div className={s.more}><Button disabled={list.loadingMore} onClick={list.more}>{t("Show more")}</Button></div>}
      {making && <DelegationDialog brandId={brandId} old={null} onClose={() => setMaking(false)} />}
    </Page>
  );
}
