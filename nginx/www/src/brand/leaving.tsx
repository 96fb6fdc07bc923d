/** Brands that are to be deleted, for their owners: when they go, and the way back. Open to people who have no other brand, too. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, explain } from "../api/client";
import { session } from "../api/session";
import type { LeavingBrand } from "../api/types.gen";
import { leavingQuery } from "../data/resources";
import { longDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Outside } from "../screens/outside";
import { RowsSkeleton } from "../screens/page";
import { Button, Failed, Notice } from "../ui/parts";
import out from "../screens/screens.module.css";
import s from "./brand.module.css";

const daysLeft = (iso: string) => Math.max(0, Math.ceil((new Date(iso).getTime() - Date.now()) / 864e5));

function Row({ brand }: { brand: LeavingBrand }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const restore = async () => {
    setBusy(true);
    setFailed(null);
    try {
      await api.post(`/brands/${brand.id}/restore`);
      // The session learns its brands anew, and the tab opens in this one.
      sessionStorage.setItem("karara.brand", brand.id);
      location.assign("/");
    } catch (error) {
      setFailed(explain(error));
      setBusy(false);
    }
  };
  return (
    <li className={s.leaving}>
      <div className={s.lineMain}>
        <strong>{brand.name}</strong>
        {brand.deletion_at && (
          <span className={s.muted}>
            {t("Goes for good on {day}: {days, plural, =0 {in less than a day} one {# day is left} other {# days are left}}.", { day: longDate(brand.deletion_at), days: daysLeft(brand.deletion_at) })}
          </span>
        )}
      </div>
      <Button look="primary" disabled={busy} onClick={() => void restore()}>{busy ? t("One moment…") : t("Restore")}<span className="visually-hidden"> {brand.name}</span></Button>
      {failed && <Notice>{failed}</Notice>}
    </li>
  );
}

export default function LeavingBrands() {
  const leaving = useQuery(leavingQuery);
  const hasBrand = useStore(session, (x) => x.brands.length > 0);
  return (
    <Outside title={t("Brands to be deleted")} back={hasBrand ? { href: "/", name: t("Boards") } : undefined}>
      <p>{t("They are closed to everybody. Restored, a brand opens again with all that was in it.")}</p>
      {leaving.isPending && <RowsSkeleton rows={1} />}
      {leaving.isError && <Failed what={explain(leaving.error)} retry={() => void leaving.refetch()} />}
      {leaving.data?.length === 0 && <p>{t("None of your brands is to be deleted.")}</p>}
      <ul className={s.leavingList}>{(leaving.data ?? []).map((brand) => <Row key={brand.id} brand={brand} />)}</ul>
      {!hasBrand && <p className={out.outsideMore}><Link href="/start" className={out.link}>{t("Make a new brand")}</Link></p>}
    </Outside>
  );
}
