/** The brand above this one, and those below it. */
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { explain, getAll } from "../api/client";
import { session, switchBrand } from "../api/session";
import type { Brand } from "../api/types";
import type { ChildBrand } from "../api/types.gen";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { Confirm } from "../ui/overlays";
import { Badge, Button, Failed, Field } from "../ui/parts";
import { toast } from "../ui/toasts";
import { RowsSkeleton } from "../screens/page";
import { Card, FormCard } from "./card";
import type { Subscription } from "./plan";
import { useBrandForm } from "./save";
import { useDraft } from "../lib/use-draft";
import s from "./brand.module.css";

export const isEnterprise = (brand: Brand) => (brand.subscription as Subscription | undefined)?.plan === "enterprise";

const childrenQuery = (id: string) => ({ queryKey: [id, "children"], queryFn: () => getAll<ChildBrand>(`/brands/${id}/children`) });

function Parent({ brand, locked }: { brand: Brand; locked: boolean }) {
  const brands = useStore(session, (x) => x.brands);
  const own = brands.filter((b) => b.id !== brand.id && b.role === "owner");
  const above = brands.find((b) => b.id === brand.parent_brand_id);
  const draft = useDraft(`${brand.id}/parent`, { parent: brand.parent_brand_id ?? "" });
  const [asking, setAsking] = useState(false);
  const form = useBrandForm(brand, () => ({ parent_brand_id: draft.value.parent || null }), draft.reset, ["parent_brand_id"]);
  const mayChange = brand.role === "owner" && !locked;
  const asked = useRef<React.FormEvent>(null);
  const ask = (event: React.FormEvent) => {
    event.preventDefault();
    asked.current = { ...event, currentTarget: event.currentTarget, preventDefault: () => undefined };
    if (draft.dirty) setAsking(true);
  };
  const chosen = own.find((b) => b.id === draft.value.parent);
  const effect = chosen
    ? t("Those who may see figures in {parent} will see the name, size and figures of {brand}, and nothing else of it.", { parent: chosen.name, brand: brand.name })
    : t("{brand} will stand alone: the brand above it sees nothing of it any more.", { brand: brand.name });
  return (
    <FormCard
      title={t("Brand above")} about={t("A brand with an enterprise plan can have others below it, and sees figures across them. Who owns both decides.")}
      form={{ ...form, failed: null, submit: ask }} draft={draft} locked={!mayChange}
    >
      <Field label={t("Below which brand")} error={form.of("parent_brand_id") ?? form.failed ?? undefined} hint={mayChange ? t("Of the brands that you own.") : t("Only an owner changes this.")}>
        {(props) => (
          <select {...props} value={draft.value.parent} onChange={(event) => draft.set({ parent: event.target.value })}>
            <option value="">{t("None: it stands alone")}</option>
            {brand.parent_brand_id && !own.some((b) => b.id === brand.parent_brand_id) && <option value={brand.parent_brand_id}>{above?.name ?? t("A brand that you are not in")}</option>}
            {own.map((b) => <option key={b.id} value={b.id}>{b.name}</option>)}
          </select>
        )}
      </Field>
      <Confirm title={t("Change the brand above?")} text={effect} yes={t("Change it")} open={asking} onClose={() => setAsking(false)} onYes={() => form.submit(asked.current!)} />
    </FormCard>
  );
}

function Below({ brand }: { brand: Brand }) {
  const below = useQuery(childrenQuery(brand.id));
  const mine = useStore(session, (x) => x.brands);
  const enter = (id: string) => void switchBrand(id).catch((error: unknown) => toast({ text: explain(error), tone: "danger" }));
  return (
    <Card title={t("Brands below")} about={t("Their names and sizes; to see more one has to be a member of them.")}>
      {below.isPending && <RowsSkeleton rows={2} height={44} />}
      {below.isError && <Failed what={explain(below.error)} retry={() => void below.refetch()} />}
      {below.data?.length === 0 && <p className={s.muted}>{t("None. In the settings of another brand that you own you can put it below this one.")}</p>}
      <ul>
        {(below.data ?? []).map((child) => (
          <li key={child.id} className={s.line}>
            <span className={s.lineMain}>{child.name} {child.status !== "active" && <Badge>{child.status === "suspended" ? t("Suspended") : t("Closed")}</Badge>}</span>
            <span className={s.muted}>{t("{count, plural, one {# person} other {# people}}", { count: child.member_count })}</span>
            {mine.some((b) => b.id === child.id) && <Button size="small" onClick={() => enter(child.id)}>{t("Go there")}<span className="visually-hidden"> {child.name}</span></Button>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Family({ brand, locked, seesFigures }: { brand: Brand; locked: boolean; seesFigures: boolean }) {
  return (
    <>
      <Parent brand={brand} locked={locked} />
      {isEnterprise(brand) && seesFigures && <Below brand={brand} />}
    </>
  );
}
