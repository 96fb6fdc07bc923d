/** Invitations that are open, beside the members: sent again or taken back. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Ellipsis, Mail } from "lucide-react";
import { useState } from "react";
import { api, ApiError, explain, localPath, request } from "../api/client";
import type { Invitation } from "../api/types.gen";
import { refetch } from "../data/resources";
import { shortDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { RowsSkeleton } from "../screens/page";
import { Confirm, Menu, MenuItem } from "../ui/overlays";
import { Badge, Button, Choice, Failed } from "../ui/parts";
import { toast } from "../ui/toasts";
import { memberWords } from "./member-acts";
import { roleName } from "./words";
import s from "./brand.module.css";

type Show = "open" | "all";

function useInvitations(brandId: string, show: Show) {
  return useInfiniteQuery({
    queryKey: [brandId, "invitations", show],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam }) => request<Invitation[]>("GET", pageParam ? localPath(pageParam) : `/brands/${brandId}/invitations`, pageParam ? {} : { query: { limit: 20, status: show === "open" ? "open" : undefined } }),
    getNextPageParam: (page) => page.next,
  });
}

function stateWords(row: Invitation): string {
  switch (row.status) {
    case "accepted":
      return t("Accepted {when}", { when: row.accepted_at ? shortDate(row.accepted_at) : "" });
    case "revoked":
      return t("Taken back {when}", { when: row.revoked_at ? shortDate(row.revoked_at) : "" });
    case "expired":
      return t("Expired {when}", { when: shortDate(row.expires_at) });
    default:
      return t("Open until {when}", { when: shortDate(row.expires_at) });
  }
}

function about(row: Invitation): string {
  const teams = row.teams.map((team) => team.name).join(", ");
  const inviter = (row.invited_by as { name?: string } | null)?.name;
  return [
    teams, inviter ? t("by {name}", { name: inviter }) : "", t("mailed {when}", { when: shortDate(row.sent_at) }),
    row.access_expires_at ? t("access until {when}", { when: shortDate(row.access_expires_at) }) : "",
  ].filter(Boolean).join(" · ");
}

function Row({ brandId, row, mayChange }: { brandId: string; row: Invitation; mayChange: boolean }) {
  const [asking, setAsking] = useState(false);
  const path = `/brands/${brandId}/invitations/${row.id}`;
  const act = async (work: () => Promise<unknown>, done: string) => {
    try {
      await work();
      toast({ text: done });
    } catch (error) {
      const words = error instanceof ApiError && (error.status === 429 || error.code === "conflict") ? error.message : memberWords(error);
      toast({ text: words, tone: "danger" });
    }
    await refetch(brandId, "invitations");
  };
  const again = row.status === "open" || row.status === "expired";
  return (
    <li className={s.memberRow} data-invitation={row.id}>
      <span className={s.mailMark}><Mail size={17} aria-hidden /></span>
      <div className={s.memberWho}>
        <span className={s.memberName}>{row.email}<Badge>{stateWords(row)}</Badge></span>
        <span className={s.memberMail}>{about(row)}</span>
      </div>
      <span className={s.rowEnd}>
        <span className={s.roleText}>{roleName(row.role)}</span>
        {mayChange && again && (
          <Menu trigger={<Button look="quiet" icon aria-label={t("Actions for the invitation of {email}", { email: row.email })}><Ellipsis size={17} /></Button>}>
            <MenuItem onSelect={() => void act(() => api.post(`${path}/resend`), t("A new mail is on its way to {email}; the link of the old one is void.", { email: row.email }))}>{t("Send again")}</MenuItem>
            <MenuItem danger onSelect={() => setAsking(true)}>{t("Take back…")}</MenuItem>
          </Menu>
        )}
      </span>
      <Confirm
        title={t("Take the invitation back?")} text={t("The link in the mail to {email} opens nothing any more, and its place in the plan is free again.", { email: row.email })}
        yes={t("Take back")} open={asking} onClose={() => setAsking(false)} onYes={() => void act(() => api.delete(path), t("The invitation of {email} is taken back.", { email: row.email }))}
      />
    </li>
  );
}

/** Says above a long list of members that there are open ones below it, and goes there. */
export function OpenInvitations({ brandId }: { brandId: string }) {
  const count = useInvitations(brandId, "open").data?.pages[0]?.count ?? 0;
  if (count === 0) return null;
  const go = () => {
    const section = document.getElementById("invitations");
    section?.scrollIntoView();
    section?.focus();
  };
  return <button type="button" className={s.textButton} onClick={go}>{t("{count, plural, one {# open invitation} other {# open invitations}}", { count })}</button>;
}

export function Invitations({ brandId, mayChange }: { brandId: string; mayChange: boolean }) {
  const [show, setShow] = useState<Show>("open");
  const query = useInvitations(brandId, show);
  const rows = query.data?.pages.flatMap((page) => page.data) ?? [];
  const count = query.data?.pages[0]?.count ?? 0;
  return (
    <section className={s.invitations} aria-label={t("Invitations")} id="invitations" tabIndex={-1}>
      <div className={s.invitationsHead}>
        <h2>{!query.data ? t("Invitations") : show === "open" ? t("{count, plural, =0 {No open invitations} one {# open invitation} other {# open invitations}}", { count }) : t("{count, plural, =0 {No invitations} one {# invitation} other {# invitations}}", { count })}</h2>
        <Choice<Show> label={t("Which invitations")} value={show} onChange={setShow} options={[{ value: "open", label: t("Open") }, { value: "all", label: t("All") }]} />
      </div>
      {query.isPending && <RowsSkeleton rows={1} />}
      {query.isError && !query.data && <Failed what={explain(query.error)} retry={() => void query.refetch()} />}
      {rows.length > 0 && <ul className={s.rows}>{rows.map((row) => <Row key={row.id} brandId={brandId} row={row} mayChange={mayChange} />)}</ul>}
      {query.hasNextPage && <div className={s.more}><Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("Show more")}</Button></div>}
    </section>
  );
}
