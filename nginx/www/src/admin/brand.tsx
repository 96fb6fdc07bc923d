/** One brand from outside: its state and its plan. What is in it is for its members only. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, explain } from "../api/client";
import { NotFound } from "../app/not-found";
import { exactTime } from "../audit/log";
import { asLeft } from "../lib/address";
import { t } from "../lib/i18n";
import { Page, RowsSkeleton } from "../screens/page";
import { Confirm } from "../ui/overlays";
import { Button, Failed, Notice } from "../ui/parts";
import { State } from "../ui/table";
import { toast } from "../ui/toasts";
import { isMissing, platformBrandQuery, refetchAdmin, type PlatformBrand } from "./data";
import { Fact } from "./overview";
import { SubscriptionForm } from "./subscription";
import { brandStatusMeaning, planName, statusName, statusTone } from "./words";
import s from "./admin.module.css";

type Status = PlatformBrand["status"];

function Facts({ brand }: { brand: PlatformBrand }) {
  return (
    <section className={s.section}>
      <h2>{t("Brand")}</h2>
      <dl className={s.facts}>
        <Fact name={t("Name in addresses")}>{brand.slug}</Fact>
        <Fact name={t("Status")}><State tone={statusTone(brand.status)}>{statusName(brand.status)}</State><span className={s.muted}> · {brandStatusMeaning(brand.status)}</span></Fact>
        <Fact name={t("Plan")}>{planName(brand.plan)}</Fact>
        <Fact name={t("People")}>{t("{count, plural, one {# belongs} other {# belong}} to it", { count: brand.member_count })}, {t("{count, plural, =0 {nobody owns it} one {# owns it} other {# own it}}", { count: brand.owner_count })}</Fact>
        {brand.parent_brand_id && <Fact name={t("Brand above")}><Link href={`/admin/brands/${brand.parent_brand_id}`} className={s.link}>{t("See the brand")}</Link></Fact>}
        <Fact name={t("Made")}>{exactTime(brand.created_at)}</Fact>
      </dl>
      {brand.owner_count === 0 && (
        <Notice>
          <p>{t("Nobody who can sign in owns this brand. On the server it can be given an owner:")}</p>
          <code className={s.code}>kararactl brand owner {brand.slug} {t("ADDRESS")}</code>
        </Notice>
      )}
      <p className={s.more}><Link href={`/admin/audit?brand=${brand.id}`} className={s.link}>{t("What platform admins did to it")}</Link></p>
      <p className={s.muted}>{t("What is in the brand, its boards, cards and people, is for its members only and isn't shown here.")}</p>
    </section>
  );
}

function effect(status: Status, count: number): string {
  if (status === "suspended") return t("{count, plural, one {# person} other {# people}} can still read everything, and change nothing, from their next request on. Nothing is lost.", { count });
  if (status === "inactive") return t("{count, plural, one {# person} other {# people}} can no longer enter it, from their next request on. Nothing is lost.", { count });
  return t("{count, plural, one {# person works} other {# people work}} in it again as before.", { count });
}

function StatusActs({ brand }: { brand: PlatformBrand }) {
  const [asking, setAsking] = useState<Status | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const go = async (status: Status) => {
    try {
      await api.patch(`/admin/brands/${brand.id}`, { status }, { ifMatch: brand.version });
      setFailed(null);
      toast({ text: t("{name} is now {status}.", { name: brand.name, status: statusName(status).toLowerCase() }) });
    } catch (error) {
      setFailed(explain(error));
    } finally {
      await refetchAdmin();
    }
  };
  const title = (status: Status) => ({ active: t("Activate {name}?", { name: brand.name }), suspended: t("Suspend {name}?", { name: brand.name }), inactive: t("Close {name} to everybody?", { name: brand.name }) })[status];
  const yes = (status: Status) => ({ active: t("Activate"), suspended: t("Suspend"), inactive: t("Close") })[status];
  return (
    <section className={s.section}>
      <h2>{t("Status")}</h2>
      {failed && <Notice>{failed}</Notice>}
      <div className={s.buttons}>
        {brand.status !== "active" && <Button look="primary" onClick={() => setAsking("active")}>{t("Activate…")}</Button>}
        {brand.status !== "suspended" && <Button look="danger" onClick={() => setAsking("suspended")}>{t("Suspend…")}</Button>}
        {brand.status !== "inactive" && <Button look="danger" onClick={() => setAsking("inactive")}>{t("Close to everybody…")}</Button>}
      </div>
      {asking && (
        <Confirm
          title={title(asking)} text={`${effect(asking, brand.member_count)} ${t("It stands in the brand's audit log.")}`} yes={yes(asking)}
          open onClose={() => setAsking(null)} onYes={() => void go(asking)}
        />
      )}
    </section>
  );
}

export function AdminBrand({ id }: { id: string }) {
  const back = { href: asLeft("/admin/brands"), name: t("Brands") };
  const brand = useQuery(platformBrandQuery(id));
  if (brand.isPending) return <Page title={t("Brand")} narrow back={back}><RowsSkeleton /></Page>;
  if (!brand.data) return isMissing(brand.error) ? <NotFound what={t("This brand")} /> : <Failed what={explain(brand.error)} retry={() => void brand.refetch()} />;
  return (
    <Page title={brand.data.name} narrow back={back}>
      <Facts brand={brand.data} />
      <StatusActs brand={brand.data} />
      <SubscriptionForm key={id} brand={brand.data} />
    </Page>
  );
}
