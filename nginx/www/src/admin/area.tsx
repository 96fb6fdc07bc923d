/** The platform's administration: accounts, brands, jobs, mails and the log of it all. Only platform admins get here. */
import { Building2, Cog, Gauge, Mail, ScrollText, Users } from "lucide-react";
import { useEffect, useRef } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { ErrorBoundary } from "../app/error-boundary";
import { NotFound } from "../app/not-found";
import { t } from "../lib/i18n";
import { cx } from "../ui/parts";
import { AdminAudit } from "./audit";
import { AdminBrand } from "./brand";
import { AdminBrands } from "./brands";
import { AdminJob } from "./job";
import { AdminJobs } from "./jobs";
import { AdminMail } from "./mail";
import { AdminMails } from "./mails";
import { Overview } from "./overview";
import { AdminUser } from "./user";
import { AdminUsers } from "./users";
import s from "./admin.module.css";

const parts = (): [string, string, typeof Users][] => [
  ["/admin", t("Overview"), Gauge], ["/admin/users", t("Accounts"), Users], ["/admin/brands", t("Brands"), Building2],
  ["/admin/jobs", t("Jobs"), Cog], ["/admin/mails", t("Mails"), Mail], ["/admin/audit", t("Audit log"), ScrollText],
];

function Parts() {
  const [path] = useLocation();
  const bar = useRef<HTMLElement>(null);
  // On a phone the bar is wider than the screen.
  useEffect(() => {
    // In newer browsers it answers with a promise, which an effect must not.
    void bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [path]);
  return (
    <nav ref={bar} aria-label={t("Platform")} className={s.parts}>
      {parts().map(([href, name, Icon]) => {
        const within = href === "/admin" ? path === href : path === href || path.startsWith(`${href}/`);
        return (
          <Link key={href} href={href} className={cx(s.part, within && s.partHere)} aria-current={path === href ? "page" : within ? "true" : undefined}>
            <Icon size={16} aria-hidden /><span>{name}</span>
          </Link>
        );
      })}
    </nav>
  );
}

export default function Admin() {
  const [path] = useLocation();
  return (
    <>
      <Parts />
      <ErrorBoundary key={path}>
        <Switch>
          <Route path="/admin"><Overview /></Route>
          <Route path="/admin/users"><AdminUsers /></Route>
          <Route path="/admin/users/:id">{({ id }) => <AdminUser id={id} />}</Route>
          <Route path="/admin/brands"><AdminBrands /></Route>
          <Route path="/admin/brands/:id">{({ id }) => <AdminBrand id={id} />}</Route>
          <Route path="/admin/jobs"><AdminJobs /></Route>
          <Route path="/admin/jobs/:id">{({ id }) => <AdminJob key={id} id={id} />}</Route>
          <Route path="/admin/mails"><AdminMails /></Route>
          <Route path="/admin/mails/:id">{({ id }) => <AdminMail id={id} />}</Route>
          <Route path="/admin/audit"><AdminAudit /></Route>
          <Route><NotFound /></Route>
        </Switch>
      </ErrorBoundary>
    </>
  );
}
