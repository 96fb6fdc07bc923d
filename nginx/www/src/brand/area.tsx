/** The settings of a brand: sections with addresses of their own, each for those whom it concerns. On a phone the list comes first. */
import { BadgeCheck, Building2, ChevronRight, Clock, CreditCard, Database, Network, Palette, Shield, Trash2, type LucideIcon } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import { Link, Redirect } from "wouter";
import type { Brand } from "../api/types";
import { NotFound } from "../app/not-found";
import { useBrand, useRights, type Rights } from "../data/resources";
import { pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import { usePhone } from "../lib/use-media";
import { Page, RowsSkeleton } from "../screens/page";
import { cx } from "../ui/parts";
import { Heading } from "./card";
import { Compliance } from "./compliance";
import { CustomFields } from "./custom-fields";
import { Danger } from "./danger";
import { Family, isEnterprise } from "./family";
import { General } from "./general";
import { LogoCard } from "./logo-card";
import { Looks } from "./looks";
import { Plan } from "./plan";
import { Holidays, Region, WorkingHours } from "./region";
import { Security } from "./security";
import s from "./brand.module.css";

interface Part {
  brand: Brand;
  locked: boolean;
  rights: Rights;
}

interface Section {
  slug: string;
  title: string;
  about: string;
  icon: LucideIcon;
  shown: boolean;
  render(part: Part): ReactNode;
}

function sectionsOf(brand: Brand, rights: Rights): Section[] {
  const settings = rights.can("can_manage_brand_settings");
  const family = settings && (isEnterprise(brand) || brand.parent_brand_id !== null || brand.role === "owner");
  const all: Section[] = [
    { slug: "general", title: t("General"), about: t("Name, short name, description"), icon: Building2, shown: settings, render: (p) => <General {...p} /> },
    { slug: "looks", title: t("Looks"), about: t("Logo and colour"), icon: Palette, shown: settings, render: (p) => <><LogoCard {...p} /><Looks {...p} /></> },
    { slug: "region", title: t("Region and time"), about: t("Time zone, dates, currency, working hours, holidays"), icon: Clock, shown: settings, render: (p) => <><Region {...p} /><WorkingHours {...p} /><Holidays {...p} /></> },
    { slug: "fields", title: t("Custom fields"), about: t("What cards hold besides the usual"), icon: Database, shown: settings, render: (p) => <CustomFields {...p} /> },
    { slug: "security", title: t("Security"), about: t("Two factors, rules for programs"), icon: Shield, shown: settings, render: (p) => <Security {...p} /> },
    { slug: "compliance", title: t("Compliance"), about: t("How long data is kept, and under which rules"), icon: BadgeCheck, shown: settings, render: (p) => <Compliance {...p} /> },
    { slug: "plan", title: t("Plan"), about: t("Limits, and how much is used"), icon: CreditCard, shown: settings || rights.can("can_manage_billing"), render: ({ brand: b }) => <Plan brand={b} /> },
    { slug: "family", title: t("Parent and children"), about: t("The brand above, and those below"), icon: Network, shown: family, render: ({ rights: r, ...p }) => <Family {...p} seesFigures={r.can("can_view_analytics")} /> },
    { slug: "delete", title: t("Delete the brand"), about: t("With a delay, and a way back"), icon: Trash2, shown: rights.can("can_manage_brand"), render: ({ brand: b }) => <Danger brand={b} /> },
  ];
  return all.filter((section) => section.shown);
}

function Sections({ sections, here, list }: { sections: Section[]; here: string | null; list: boolean }) {
  return (
    <nav aria-label={t("Brand settings")} className={list ? s.sectionList : s.sectionNav}>
      {sections.map(({ slug, title, about, icon: Icon }) => (
        <Link key={slug} href={`/brand/${slug}`} className={cx(s.sectionLink, here === slug && s.sectionHere)} aria-current={here === slug ? "page" : undefined}>
          <Icon size={list ? 19 : 16} aria-hidden />
          <span className={s.sectionWords}><span>{title}</span>{list && <span className={s.about}>{about}</span>}</span>
          {list && <ChevronRight size={17} aria-hidden className={s.chevron} />}
        </Link>
      ))}
    </nav>
  );
}

export default function BrandSettings({ section }: { section: string | null }) {
  const brand = useBrand();
  const rights = useRights();
  const phone = usePhone();
  const sections = brand ? sectionsOf(brand, rights) : [];
  const here = sections.find(({ slug }) => slug === section);
  useEffect(() => {
    if (here) document.title = pageTitle(`${here.title} · ${t("Brand settings")}`);
  });
  if (!brand) return <Page title={t("Brand settings")}><RowsSkeleton /></Page>;
  if (sections.length === 0 || (section && !here)) return <NotFound what={t("This page")} />;
  if (!here && !phone) return <Redirect to={`/brand/${sections[0]!.slug}`} replace />;
  if (!here) return <Page key="list" title={t("Brand settings")}><Sections sections={sections} here={null} list /></Page>;
  return (
    <Page key={phone ? here.slug : ""} title={phone ? here.title : t("Brand settings")} back={phone ? { href: "/brand", name: t("Brand settings") } : undefined}>
      <div className={s.area}>
        {!phone && <Sections sections={sections} here={here.slug} list={false} />}
        <Heading.Provider value={phone ? here.title : null}>
          <div className={s.sectionBody} key={here.slug}>{here.render({ brand, rights, locked: brand.status !== "active" })}</div>
        </Heading.Provider>
      </div>
    </Page>
  );
}
