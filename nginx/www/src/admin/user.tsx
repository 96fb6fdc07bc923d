/** One account: who it is, where it belongs, and what can be done about it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { explain } from "../api/client";
import { session } from "../api/session";
import type { Role } from "../api/types";
import { NotFound } from "../app/not-found";
import { exactTime } from "../audit/log";
import { asLeft } from "../lib/address";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { roleName } from "../brand/words";
import { Confirm } from "../ui/overlays";
import { Badge, Button, Failed, Notice } from "../ui/parts";
import { State } from "../ui/table";
import { toast } from "../ui/toasts";
import { changeAccount, Delete, Suspend } from "./acts";
import { accountQuery, isMissing, type Account } from "./data";
import { Fact } from "./overview";
import { When } from "./users";
import { platformRoleName, statusName, statusTone, userStatusMeaning } from "./words";
import s from "./admin.module.css";

const complain = (error: unknown) => void toast({ text: explain(error), tone: "danger" });

function Facts({ account }: { account: Account }) {
  return (
    <section className={s.section}>
      <h2>{t("Account")}</h2>
      <dl className={s.facts}>
        <Fact name={t("Address")}>{account.email}</Fact>
        {account.username && <Fact name={t("Username")}>{account.username}</Fact>}
        <Fact name={t("Status")}><State tone={statusTone(account.status)}>{statusName(account.status)}</State><span className={s.muted}> · {userStatusMeaning(account.status)}</span></Fact>
        <Fact name={t("Role")}>{platformRoleName(account.platform_role)}</Fact>
        <Fact name={t("Second factor")}>{account.two_factor_enabled ? t("On: signing in asks for a code, too.") : t("Off: the password alone opens the account.")}</Fact>
        <Fact name={t("Devices")}>{t("{count, plural, =0 {Signed in nowhere} one {Signed in on # device} other {Signed in on # devices}}", { count: account.session_count })}</Fact>
        <Fact name={t("Signed in")}><When at={account.last_login_at} /></Fact>
        <Fact name={t("Last seen")}><When at={account.last_active_at} /></Fact>
        <Fact name={t("Made")}>{exactTime(account.created_at)}</Fact>
      </dl>
      {account.locked_until && <Notice>{t("Locked until {time} after wrong passwords. They were sent a mail that unlocks it at once.", { time: exactTime(account.locked_until) })}</Notice>}
      <p className={s.more}>
        <Link href={`/admin/audit?id=${account.id}`} className={s.link}>{t("What was done to this account")}</Link>
        <Link href={`/admin/audit?actor=${account.id}`} className={s.link}>{t("What it did on the platform")}</Link>
        <Link href={`/admin/mails?to=${encodeURIComponent(account.email)}`} className={s.link}>{t("Mails to it")}</Link>
      </p>
    </section>
  );
}

function Brands({ account }: { account: Account }) {
  const brands = account.brands ?? [];
  return (
    <section className={s.section}>
      <h2>{t("Brands")}</h2>
      {brands.length === 0 && <p className={s.muted}>{t("Belongs to no brand.")}</p>}
      <ul className={s.lines}>
        {brands.map((brand) => (
          <li key={brand.id}>
            <Link href={`/admin/brands/${brand.id}`} className={s.rowLink}>{brand.name}</Link>
            <span>{roleName(brand.role as Role)}{brand.status !== "active" && `, ${statusName(brand.status).toLowerCase()}`}{brand.last_owner && <> <Badge>{t("last owner")}</Badge></>}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Asking = "suspended" | "inactive" | "delete" | "promote" | "demote" | "factor" | null;

function Acts({ account }: { account: Account }) {
  const [asking, setAsking] = useState<Asking>(null);
  const [, navigate] = useLocation();
  const close = () => setAsking(null);
  if (account.id === session.get().user?.id) {
    return <section className={s.section}><h2>{t("Change")}</h2><p>{t("This is your own account. Another platform admin can change its role and status.")}</p></section>;
  }
  const admin = account.platform_role === "admin";
  const activate = () => void changeAccount(account, { status: "active" }, t("{name} is active.", { name: account.name })).catch(complain);
  const endFactor = () => void changeAccount(account, { two_factor_enabled: false }, t("The second factor of {name} is off.", { name: account.name })).catch(complain);
  const role = (platform_role: string, said: string) => void changeAccount(account, { platform_role }, said).catch(complain);
  return (
    <section className={s.section}>
      <h2>{t("Change")}</h2>
      <div className={s.buttons}>
        {account.status !== "active" && <Button look="primary" onClick={activate}>{t("Activate")}</Button>}
        <Button onClick={() => setAsking(admin ? "demote" : "promote")}>{admin ? t("Take the platform role…") : t("Make platform admin…")}</Button>
        {account.two_factor_enabled && <Button onClick={() => setAsking("factor")}>{t("Switch off the second factor…")}</Button>}
        {account.status === "active" && <Button onClick={() => setAsking("inactive")}>{t("Make inactive…")}</Button>}
        {account.status !== "suspended" && <Button look="danger" onClick={() => setAsking("suspended")}>{t("Suspend…")}</Button>}
        <Button look="danger" onClick={() => setAsking("delete")}>{t("Delete…")}</Button>
      </div>
      {(asking === "suspended" || asking === "inactive") && <Suspend account={account} status={asking} onClose={close} />}
      {asking === "delete" && <Delete account={account} onClose={close} onDone={() => navigate("/admin/users", { replace: true })} />}
      <Confirm
        title={t("Switch off the second factor of {name}?", { name: account.name })} yes={t("Switch it off")} open={asking === "factor"} onClose={close}
        text={t("For who has lost authenticator and recovery codes. From now on the password alone opens the account; they are told by mail.")}
        onYes={endFactor}
      />
      <Confirm
        title={t("Make {name} a platform admin?", { name: account.name })} yes={t("Make platform admin")} open={asking === "promote"} onClose={close}
        text={t("They see all accounts, all brands and all mails, and can suspend and delete them, this account of yours included. What is in a brand stays closed to them.")}
        onYes={() => role("admin", t("{name} is a platform admin.", { name: account.name }))}
      />
      <Confirm
        title={t("Take the platform role from {name}?", { name: account.name })} yes={t("Take the role")} open={asking === "demote"} onClose={close}
        text={t("With their next request they see this area no more. Their brands and what they may do there stay.")}
        onYes={() => role("member", t("{name} is no platform admin any more.", { name: account.name }))}
      />
    </section>
  );
}

export function AdminUser({ id }: { id: string }) {
  const back = { href: asLeft("/admin/users"), name: t("Accounts") };
  const account = useQuery(accountQuery(id));
  if (account.isPending) return <Page title={t("Account")} narrow back={back}><RowsSkeleton /></Page>;
  if (!account.data) return isMissing(account.error) ? <NotFound what={t("This account")} /> : <Failed what={explain(account.error)} retry={() => void account.refetch()} />;
  return (
    <Page title={account.data.name || account.data.email} narrow back={back}>
      <Facts account={account.data} />
      <Brands account={account.data} />
      <Acts account={account.data} />
    </Page>
  );
}
