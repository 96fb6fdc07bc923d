/** The pages about people, one beside the other. */
import { Link, useLocation } from "wouter";
import { useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { cx } from "../ui/parts";
import s from "./brand.module.css";

export function PeopleNav() {
  const rights = useRights();
  const [path] = useLocation();
  const all: [href: string, name: string, shown: boolean][] = [
    ["/members", t("Members"), true],
    ["/roles", t("Roles"), rights.can("can_manage_users") || rights.can("can_invite_users")],
    ["/divisions", t("Divisions"), true],
    ["/delegations", t("Delegations"), true],
  ];
  return (
    <nav aria-label={t("People")} className={s.peopleNav}>
      {all.filter(([, , shown]) => shown).map(([href, name]) => (
        <Link key={href} href={href} className={cx(s.peopleLink, path.startsWith(href) && s.peopleHere)} aria-current={path.startsWith(href) ? "page" : undefined}>{name}</Link>
      ))}
    </nav>
  );
}
