/** All brands, from outside: names, plans, numbers. */
import { useCallback } from "react";
import { Link } from "wouter";
import { usePaged } from "../data/paged";
import { useAddress } from "../lib/address";
import { t } from "../lib/i18n";
import { Page } from "../screens/page";
import { Empty } from "../ui/parts";
import { Filters, foundIn, Listing, SearchFilter, SelectFilter, State, Table, type Column } from "../ui/table";
import type { PlatformBrand } from "./data";
import { When } from "./users";
import { BRAND_STATUSES, planName, PLANS, statusName, statusTone } from "./words";
import s from "./admin.module.css";

const NAMES = ["q", "status", "plan", "sort"] as const;
const FIELDS = ["status", "plan"] as const;

const columns = (): Column<PlatformBrand>[] => [
  {
    title: t("Brand"), sort: "name",
    cell: (brand) => (
      <span className={s.two}>
        <Link href={`/admin/brands/${brand.id}`} className={s.rowLink}>{brand.name}</Link>
        <span className={s.sub}>{brand.slug}</span>
      </span>
    ),
  },
  { title: t("Status"), cell: (brand) => <State tone={statusTone(brand.status)}>{statusName(brand.status)}</State> },
  { title: t("Plan"), cell: (brand) => planName(brand.plan) },
  { title: t("People"), sort: "member_count", falling: true, cell: (brand) => brand.member_count },
  { title: t("Owners"), cell: (brand) => (brand.owner_count === 0 ? <State tone="bad">{t("none")}</State> : brand.owner_count) },
  { title: t("Made"), sort: "created_at", falling: true, narrow: true, cell: (brand) => <When at={brand.created_at} /> },
];

const counted = (count: number) => t("{count, plural, one {# brand} other {# brands}}", { count });

export function AdminBrands() {
  const address = useAddress(NAMES);
  const { values, set } = address;
  const list = usePaged<PlatformBrand>(["admin", "brands"], "/admin/brands", { q: values.q, status: values.status, plan: values.plan, sort: values.sort });
  const search = useCallback((q: string) => set({ q }), [set]);
  const order = (sort: string) => set({ sort: sort === "name" ? null : sort });
  return (
    <Page title={t("Brands")}>
      <Filters
        filtered={address.filtered} onClear={address.clear} active={address.count(FIELDS)} found={foundIn(list, counted)}
        search={<SearchFilter label={t("Name of the brand")} value={values.q ?? ""} onChange={search} />}
      >
        <SelectFilter label={t("Status")} value={values.status ?? ""} options={BRAND_STATUSES.map((x) => [x, statusName(x)] as const)} onChange={(status) => set({ status })} />
        <SelectFilter label={t("Plan")} value={values.plan ?? ""} options={PLANS.map((x) => [x, planName(x)] as const)} onChange={(plan) => set({ plan })} />
        <SelectFilter
          phone always label={t("Order")} value={values.sort ?? "name"} onChange={order}
          options={[["name", t("By name")], ["-created_at", t("Newest first")], ["-member_count", t("Largest first")]]}
        />
      </Filters>
      <Listing
        list={list} filtered={address.filtered} onClear={address.clear} counted={counted}
        empty={<Empty title={t("No brands")}>{t("A brand is a place where people work together, walled off from the others. People make their own.")}</Empty>}
      >
        <Table label={t("Brands")} columns={columns()} rows={list.rows} id={(brand) => brand.id} sort={values.sort ?? "name"} onSort={order} />
      </Listing>
    </Page>
  );
}
