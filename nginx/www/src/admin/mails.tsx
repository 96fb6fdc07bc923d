/** What goes out by mail, newest first. */
import { useCallback } from "react";
import { Link } from "wouter";
import type { Mail } from "../api/types.gen";
import { exactTime } from "../audit/log";
import { usePaged } from "../data/paged";
import { useAddress } from "../lib/address";
import { ago } from "../lib/dates";
import { t } from "../lib/i18n";
import { Page } from "../screens/page";
import { Empty } from "../ui/parts";
import { Filters, foundIn, Listing, SearchFilter, SelectFilter, State, Table, type Column } from "../ui/table";
import { MAIL_KINDS, mailKindName, MAIL_STATUSES, mailStatusName, mailStatusTone } from "./words";
import s from "./admin.module.css";

const NAMES = ["to", "status", "kind", "sort"] as const;
const FIELDS = ["status", "kind"] as const;

const columns = (): Column<Mail>[] => [
  {
    title: t("Subject"),
    cell: (mail) => (
      <span className={s.two}>
        <Link href={`/admin/mails/${mail.id}`} className={s.rowLink}>{mail.subject}</Link>
        <span className={s.sub}>{mailKindName(mail.template)}</span>
      </span>
    ),
  },
  { title: t("To"), cell: (mail) => <span className={s.two}><span>{mail.to_name || mail.to_address}</span>{mail.to_name && <span className={s.sub}>{mail.to_address}</span>}</span> },
  {
    title: t("State"),
    cell: (mail) => (
      <span className={s.two}>
        <State tone={mailStatusTone(mail.status)}>{mailStatusName(mail.status)}</State>
        {mail.last_error && <span className={s.sub}>{t("{count, plural, one {# attempt} other {# attempts}}", { count: mail.attempts })}: {mail.last_error}</span>}
      </span>
    ),
  },
  { title: t("Written"), sort: "created_at", falling: true, narrow: true, cell: (mail) => <time dateTime={mail.created_at} title={exactTime(mail.created_at)}>{ago(mail.created_at)}</time> },
];

const counted = (count: number) => t("{count, plural, one {# mail} other {# mails}}", { count });

export function AdminMails() {
  const address = useAddress(NAMES);
  const { values, set } = address;
  const list = usePaged<Mail>(["admin", "mails"], "/admin/mails", { to_address: values.to, status: values.status, template: values.kind, sort: values.sort });
  const to = useCallback((text: string) => set({ to: text }), [set]);
  return (
    <Page title={t("Mails")}>
      <Filters
        filtered={address.filtered} onClear={address.clear} active={address.count(FIELDS)} found={foundIn(list, counted)}
        search={<SearchFilter label={t("Whole address of a recipient")} value={values.to ?? ""} onChange={to} />}
      >
        <SelectFilter label={t("State")} value={values.status ?? ""} options={MAIL_STATUSES.map((x) => [x, mailStatusName(x)] as const)} onChange={(status) => set({ status })} />
        <SelectFilter label={t("Kind")} value={values.kind ?? ""} options={MAIL_KINDS.map((x) => [x, mailKindName(x)] as const)} onChange={(kind) => set({ kind })} />
        <SelectFilter
          phone always label={t("Order")} value={values.sort ?? "-created_at"} onChange={(sort) => set({ sort: sort === "-created_at" ? null : sort })}
          options={[["-created_at", t("Newest first")], ["created_at", t("Oldest first")]]}
        />
      </Filters>
      <Listing
        list={list} filtered={address.filtered} onClear={address.clear} counted={counted}
        empty={<Empty title={t("No mails yet")}>{t("When somebody registers, forgets a password or changes an address, the mail to them appears here.")}</Empty>}
      >
        <Table label={t("Mails")} columns={columns()} rows={list.rows} id={(mail) => mail.id} sort={values.sort ?? "-created_at"} onSort={(sort) => set({ sort: sort === "-created_at" ? null : sort })} />
      </Listing>
    </Page>
  );
}
