/** The brand's audit log, for those who may see it. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../api/client";
import type { BrandMember } from "../api/types";
import { NotFound } from "../app/not-found";
import { teamsQuery, useBrand, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { AuditLog, nothingYet } from "./log";
import s from "./audit.module.css";

/** To choose from and to name: a page of them. Who isn't among them is found through their entries' own names. */
const peopleQuery = (brandId: string) =>
  queryOptions({ queryKey: [brandId, "audit", "people"], queryFn: () => api.get<BrandMember[]>(`/brands/${brandId}/users`, { query: { limit: 100 } }) });

function BrandLog({ brandId }: { brandId: string }) {
  const members = useQuery(peopleQuery(brandId)).data;
  const teams = useQuery(teamsQuery(brandId)).data;
  const people = useMemo(() => [...(members ?? [])].sort((a, b) => a.name.localeCompare(b.name)), [members]);
  const names = useMemo(() => {
    const known = new Map([...(members ?? []), ...(teams ?? [])].map((thing) => [thing.id, thing.name]));
    return (id: string) => known.get(id);
  }, [members, teams]);
  return <AuditLog scope={brandId} path="/audit" people={people} names={names} empty={nothingYet()} />;
}

export default function Audit() {
  const brand = useBrand();
  const brandId = useBrandId() ?? "none";
  const rights = useRights();
  if (!brand) return <Page title={t("Audit log")}><RowsSkeleton /></Page>;
  if (!rights.can("can_view_audit")) return <NotFound what={t("This page")} />;
  return (
    <Page title={t("Audit log")}>
      <p className={s.lead}>{t("Who changed what people may see and do in {brand}. Entries are never changed and never removed by hand.", { brand: brand.name })}</p>
      <BrandLog brandId={brandId} />
    </Page>
  );
}
