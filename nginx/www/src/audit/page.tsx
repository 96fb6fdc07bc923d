/** The brand's audit log, for those who may see it. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../api/client";
import type { BrandMember, Person } from "../api/types";
import { PersonPicker } from "../brand/person-picker";
import { NotFound } from "../app/not-found";
import { teamsQuery, useBrand, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { AuditLog, nothingYet } from "./log";
import s from "./audit.module.css";

/** To name those that entries speak of: a page of them. */
const peopleQuery = (brandId: string) =>
  queryOptions({ queryKey: [brandId, "audit", "people"], queryFn: () => api.get<BrandMember[]>(`/brands/${brandId}/users`, { query: { limit: 100 } }) });

/** Who did it, found among all people of the brand; of who has left it only the id is known. */
function Who({ brandId, value, onChange }: { brandId: string; value: string; onChange(id: string): void }) {
  const known = useQuery({ queryKey: [brandId, "people", "one", value], queryFn: () => api.get<Person>(`/users/${value}`), enabled: value !== "", retry: false });
  const person = value === "" ? null : (known.data ?? { id: value, name: known.isError ? t("Somebody who has left") : t("One moment…") });
  return <div className={s.who}><PersonPicker optional label={t("Who")} value={person} onChange={(next) => onChange(next?.id ?? "")} /></div>;
}

function BrandLog({ brandId }: { brandId: string }) {
  const members = useQuery(peopleQuery(brandId)).data;
  const teams = useQuery(teamsQuery(brandId)).data;
  const names = useMemo(() => {
    const known = new Map([...(members ?? []), ...(teams ?? [])].map((thing) => [thing.id, thing.name]));
    return (id: string) => known.get(id);
  }, [members, teams]);
  return <AuditLog scope={brandId} path="/audit" who={(value, onChange) => <Who brandId={brandId} value={value} onChange={onChange} />} names={names} empty={nothingYet()} />;
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
