/** What the brand asks of its people and of programs. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "../api/client";
import type { Brand, BrandMember } from "../api/types";
import { useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { FormCard, Switch } from "./card";
import { useBrandForm } from "./save";
import { useDraft } from "../lib/use-draft";
import s from "./brand.module.css";

/** How many would be shut out, for those who may know it. */
function Lacking({ brand }: { brand: Brand }) {
  const mayKnow = useRights().can("can_manage_users");
  const lacking = useQuery({
    queryKey: [brand.id, "members", "lacking"],
    queryFn: async () => (await request<BrandMember[]>("GET", `/brands/${brand.id}/users`, { query: { two_factor: "false", status: "active", limit: 1 } })).count,
    enabled: mayKnow,
    staleTime: 0,
  }).data;
  return (
    <p className={s.warn} role="status">
      {lacking === 0 && t("Everybody here has a second factor already.")}
      {lacking ? <><Link href="/members?two_factor=false&status=active">{t("{count, plural, one {# person lacks} other {# people lack}} a second factor.", { count: lacking })}</Link>{" "}</> : null}
      {lacking !== 0 && t("From the moment you save, people without a second factor can do nothing here until they have set one up. You need one yourself first.")}
    </p>
  );
}

export function Security({ brand, locked }: { brand: Brand; locked: boolean }) {
  const draft = useDraft(`${brand.id}/security`, {
    require_2fa: brand.settings.require_2fa ?? false,
    require_if_match: brand.settings.require_if_match ?? false,
  });
  const { require_2fa, require_if_match } = draft.value;
  const form = useBrandForm(brand, () => ({ settings: { require_2fa, require_if_match } }), draft.reset);
  return (
    <FormCard title={t("Security")} form={form} draft={draft} locked={locked}>
      <Switch
        label={t("Everybody signs in with two factors")} checked={require_2fa} onChange={(on) => draft.set({ require_2fa: on })} error={form.within("require_2fa")}
        about={t("Who hasn't set them up is led there, and gets into this brand afterwards. Other brands of theirs stay open.")}
      />
      {require_2fa && !brand.settings.require_2fa && <Lacking brand={brand} />}
      <Switch
        label={t("Programs must say which version they change")} checked={require_if_match} onChange={(on) => draft.set({ require_if_match: on })} error={form.within("require_if_match")}
        about={t("For those who use the API: a change without If-Match is refused, so that nobody overwrites what they haven't seen. This app always does so.")}
      />
    </FormCard>
  );
}
