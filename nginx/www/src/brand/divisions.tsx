/** The brand's divisions: a tree beside the one that is chosen. On a phone the tree comes first. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { explain, getAll } from "../api/client";
import type { Division } from "../api/types.gen";
import { NotFound } from "../app/not-found";
import { useBrand, useBrandId, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { usePhone } from "../lib/use-media";
import { Page, RowsSkeleton } from "../screens/page";
import { Button, Empty, Failed } from "../ui/parts";
import { Heading } from "./card";
import { DivisionDialog, DivisionPanel } from "./division";
import { treeOf } from "./division-tree";
import { PeopleNav } from "./people-nav";
import { Tree } from "./tree";
import s from "./brand.module.css";

const divisionsQuery = (brandId: string) => ({ queryKey: [brandId, "divisions"], queryFn: () => getAll<Division>("/divisions") });

export default function Divisions({ id }: { id: string | null }) {
  const brandId = useBrandId() ?? "none";
  const brand = useBrand();
  const rights = useRights();
  const phone = usePhone();
  const [, navigate] = useLocation();
  const [making, setMaking] = useState(false);
  const query = useQuery(divisionsQuery(brandId));
  const all = query.data ?? [];
  const chosen = all.find((d) => d.id === id) ?? null;
  const alone = phone && chosen !== null;
  const mayManage = rights.can("can_manage_users") && brand?.status === "active";
  const choose = (next: string) => navigate(`/divisions/${next}`);
  const button = mayManage && <Button look="primary" onClick={() => setMaking(true)}><Plus size={16} aria-hidden />{t("New division")}</Button>;
  if (id && query.data && !chosen) return <NotFound what={t("This division")} />;
  const tree = <Tree key={brandId} nodes={treeOf(all)} chosen={id} onChoose={choose} />;
  const panel = chosen && <DivisionPanel key={chosen.id} brandId={brandId} division={chosen} all={all} mayManage={mayManage} onGone={() => navigate("/divisions")} onChoose={choose} />;
  return (
    <Page
      key={alone ? chosen.id : ""} title={alone ? chosen.name : t("Divisions")} action={all.length > 0 && !alone && button}
      back={alone ? { href: "/divisions", name: t("Divisions") } : undefined}
    >
      {!alone && <PeopleNav />}
      {query.isPending && <RowsSkeleton />}
      {query.isError && !query.data && <Failed what={explain(query.error)} retry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <Empty title={brand?.role === "guest" || brand?.role === "client" ? t("You are in no division") : t("No divisions")} action={button}>{t("Departments, sites, regions: who is in one sees the teams that it was given, and those of all above it.")}</Empty>
      )}
      {all.length > 0 && phone && (panel ? <Heading.Provider value={chosen.name}>{panel}</Heading.Provider> : <div className={s.card}>{tree}</div>)}
      {all.length > 0 && !phone && (
        <div className={s.treeArea}>
          <div className={s.card}>{tree}</div>
          <div className={s.sectionBody}>{panel ?? <p className={s.muted}>{t("Choose a division to see who is in it and which teams it has.")}</p>}</div>
        </div>
      )}
      {making && <DivisionDialog brandId={brandId} division={null} all={all} parent={id} onClose={() => setMaking(false)} onMade={choose} />}
    </Page>
  );
}
