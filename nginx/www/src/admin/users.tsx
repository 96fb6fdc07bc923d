/** All accounts: search, filters, and acts on many at once. */
import { Plus } from "lucide-react";
import { useCallback, useState } from "react";
import { Link, useLocation } from "wouter";
import { api } from "../api/client";
import { session } from "../api/session";
import { exactTime } from "../audit/log";
import { usePaged } from "../data/paged";
import { useAddress } from "../lib/address";
import { ago } from "../lib/dates";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Page } from "../screens/page";
import { Actions, Dialog } from "../ui/overlays";
import { Badge, Button, Empty, Field, Notice, PasswordField, TextField } from "../ui/parts";
import { Filters, foundIn, Listing, SearchFilter, SelectFilter, State, Table, type Column } from "../ui/table";
import { BulkBar } from "./bulk";
import { refetchAdmin, type Account } from "./data";
import { PLATFORM_ROLES, platformRoleName, statusName, statusTone, USER_STATUSES } from "./words";
import s from "./admin.module.css";

const NAMES = ["q", "status", "role", "sort"] as const;
const FIELDS = ["status", "role"] as const;
const NEWEST = "-created_at";

export const When = ({ at }: { at: string | null }) => (at ? <time dateTime={at} title={exactTime(at)}>{ago(at)}</time> : <span className={s.muted}>{t("never")}</span>);

const columns = (): Column<Account>[] => [
  {
    title: t("Account"), sort: "name",
    cell: (user) => (
      <span className={s.two}>
        <span><Link href={`/admin/users/${user.id}`} className={s.rowLink}>{user.name || user.email}</Link>{user.id === session.get().user?.id && <> <Badge>{t("you")}</Badge></>}</span>
        <span className={s.sub}>{user.email}</span>
      </span>
    ),
  },
  { title: t("Status"), cell: (user) => <State tone={statusTone(user.status)}>{statusName(user.status)}</State> },
  { title: t("Role"), cell: (user) => platformRoleName(user.platform_role) },
  { title: t("Brands"), cell: (user) => user.brand_count },
  { title: t("Devices"), cell: (user) => user.session_count },
  { title: t("Last seen"), sort: "last_active_at", falling: true, narrow: true, cell: (user) => <When at={user.last_active_at} /> },
  { title: t("Made"), sort: "created_at", falling: true, narrow: true, cell: (user) => <When at={user.created_at} /> },
];

function NewAccount({ onClose }: { onClose(): void }) {
  const [fields, setFields] = useState({ first_name: "", last_name: "", email: "", password: "", platform_role: "member" });
  const [, navigate] = useLocation();
  const form = useForm(
    async () => {
      const { password, ...rest } = fields;
      const made = await api.post<Account>("/admin/users", { ...rest, email: rest.email.trim(), ...(password ? { password } : {}) });
      await refetchAdmin();
      onClose();
      navigate(`/admin/users/${made.id}`);
    },
    undefined,
    ["first_name", "last_name", "email", "password", "platform_role"],
  );
  const field = (name: keyof typeof fields) => ({
    value: fields[name], error: form.of(name), onChange: (event: React.ChangeEvent<HTMLInputElement>) => setFields({ ...fields, [name]: event.target.value }),
  });
  return (
    <Dialog title={t("New account")} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form} autoComplete="off">
        {form.failed && <Notice>{form.failed}</Notice>}
        <div className={s.twin}>
          <TextField label={t("First name")} maxLength={100} autoFocus {...field("first_name")} />
          <TextField label={t("Last name")} maxLength={100} {...field("last_name")} />
        </div>
        <TextField label={t("E-mail")} type="email" required {...field("email")} />
        <PasswordField label={t("Password (optional)")} autoComplete="new-password" hint={t("With one the account is active. Without one it is pending, and nobody can sign in yet.")} {...field("password")} />
        <Field label={t("Platform role")} hint={fields.platform_role === "admin" ? t("Runs the installation: all accounts, all brands, all mails.") : t("Works in the brands they belong to.")} error={form.of("platform_role")}>
          {(props) => (
            <select {...props} value={fields.platform_role} onChange={(event) => setFields({ ...fields, platform_role: event.target.value })}>
              {PLATFORM_ROLES.map((role) => <option key={role} value={role}>{platformRoleName(role)}</option>)}
            </select>
          )}
        </Field>
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy}>{t("Make the account")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

const counted = (count: number) => t("{count, plural, one {# account} other {# accounts}}", { count });

export function AdminUsers() {
  const address = useAddress(NAMES);
  const { values, set } = address;
  const [creating, setCreating] = useState(false);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Account>>(new Map());
  const list = usePaged<Account>(["admin", "users"], "/admin/users", { q: values.q, status: values.status, platform_role: values.role, sort: values.sort });
  const search = useCallback((q: string) => set({ q }), [set]);
  const order = (sort: string) => set({ sort: sort === NEWEST ? null : sort });
  const choose = (ids: string[], on: boolean) => {
    const next = new Map(chosen);
    for (const id of ids) {
      const row = list.rows.find((user) => user.id === id);
      if (on && row) next.set(id, row);
      else next.delete(id);
    }
    setChosen(next);
  };
  return (
    <Page title={t("Accounts")} action={<Button look="primary" onClick={() => setCreating(true)}><Plus size={16} aria-hidden />{t("New account")}</Button>}>
      <Filters
        filtered={address.filtered} onClear={address.clear} active={address.count(FIELDS)} found={foundIn(list, counted)}
        search={<SearchFilter label={t("Name or address")} value={values.q ?? ""} onChange={search} />}
      >
        <SelectFilter label={t("Status")} value={values.status ?? ""} options={USER_STATUSES.map((x) => [x, statusName(x)] as const)} onChange={(status) => set({ status })} />
        <SelectFilter label={t("Role")} value={values.role ?? ""} options={PLATFORM_ROLES.map((x) => [x, platformRoleName(x)] as const)} onChange={(role) => set({ role })} />
        <SelectFilter
          phone always label={t("Order")} value={values.sort ?? NEWEST} onChange={order}
          options={[[NEWEST, t("Newest first")], ["name", t("By name")], ["-last_active_at", t("Last seen first")]]}
        />
      </Filters>
      <BulkBar chosen={chosen} setChosen={setChosen} />
      <Listing
        list={list} filtered={address.filtered} onClear={address.clear} counted={counted}
        empty={<Empty title={t("No accounts")}>{t("Everybody who can sign in has an account; they are listed here.")}</Empty>}
      >
        <Table
          label={t("Accounts")} columns={columns()} rows={list.rows} id={(user) => user.id} name={(user) => user.name || user.email}
          sort={values.sort ?? NEWEST} onSort={order} selection={{ chosen: new Set(chosen.keys()), choose }}
        />
      </Listing>
      {creating && <NewAccount onClose={() => setCreating(false)} />}
    </Page>
  );
}
