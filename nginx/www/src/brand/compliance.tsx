/** What the law, or the brand's own rules, ask about its data. */
import type { Brand } from "../api/types";
import { t } from "../lib/i18n";
import { Field, TextField } from "../ui/parts";
import { FormCard, Switch } from "./card";
import { useBrandForm } from "./save";
import { useDraft } from "../lib/use-draft";

interface Rules {
  data_retention_days?: number | null;
  gdpr_compliant?: boolean | null;
  audit_logging?: boolean | null;
  data_encryption?: boolean | null;
  region?: string | null;
}

export function Compliance({ brand, locked }: { brand: Brand; locked: boolean }) {
  const rules = (brand.compliance ?? {}) as Rules;
  const draft = useDraft(`${brand.id}/compliance`, {
    days: rules.data_retention_days ? String(rules.data_retention_days) : "",
    gdpr: rules.gdpr_compliant ?? false,
    audit: rules.audit_logging ?? false,
    encryption: rules.data_encryption ?? false,
    region: rules.region ?? "",
  });
  const v = draft.value;
  const form = useBrandForm(
    brand,
    () => ({
      compliance: {
        data_retention_days: v.days ? Number(v.days) : null, gdpr_compliant: v.gdpr, audit_logging: v.audit, data_encryption: v.encryption, region: v.region.trim() || null,
      },
    }),
    draft.reset,
  );
  const years = Number(v.days) / 365.25;
  const retention = v.days && Number(v.days) > 0
    ? years >= 1 ? t("That is {years, plural, one {about # year} other {about # years}}.", { years: Math.round(years) }) : "" : t("Empty: for ever.");
  const what = t("Archived tasks, activity, notifications, and invitations and delegations that are over go for good after so many days, once a day.");
  return (
    <FormCard title={t("Compliance")} about={t("They stand in the compliance report, and decide how long data is kept.")} form={form} draft={draft} locked={locked}>
      <TextField
        label={t("Data is kept for so many days")} type="number" inputMode="numeric" min={1} max={36500} step={1} hint={`${what} ${retention}`.trim()}
        error={form.within("data_retention_days")} value={v.days} onChange={(event) => draft.set({ days: event.target.value })}
      />
      <Field label={t("Region in which data lies")} hint={t("A short word, such as eu or de-fra.")} error={form.within("region")}>
        {(props) => <input {...props} maxLength={64} pattern="[A-Za-z0-9_+\/\-]+" spellCheck={false} autoCapitalize="none" value={v.region} onChange={(event) => draft.set({ region: event.target.value })} />}
      </Field>
      <Switch label={t("Falls under the GDPR")} checked={v.gdpr} onChange={(on) => draft.set({ gdpr: on })} error={form.within("gdpr_compliant")} about={t("People may ask for a copy of their data, and for its erasure.")} />
      <Switch label={t("Audit log is asked for")} checked={v.audit} onChange={(on) => draft.set({ audit: on })} error={form.within("audit_logging")} about={t("Sign-ins, changes of access and acts of the administration are always written down; this says that the brand relies on it.")} />
      <Switch label={t("Encryption at rest is asked for")} checked={v.encryption} onChange={(on) => draft.set({ encryption: on })} error={form.within("data_encryption")} about={t("The disks are encrypted by who runs this installation; this says that the brand relies on it.")} />
    </FormCard>
  );
}
