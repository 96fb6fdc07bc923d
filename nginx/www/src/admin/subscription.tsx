/** A brand's plan, its limits and what it has been granted. Only what differs is sent; empty takes a limit away. */
import { Plus } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client";
import { announce } from "../lib/announce";
import { t } from "../lib/i18n";
import { useDraft } from "../lib/use-draft";
import { useForm } from "../lib/use-form";
import { Button, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { refetchAdmin, type PlatformBrand, type Subscription } from "./data";
import { planName, PLANS } from "./words";
import s from "./admin.module.css";

interface Draft {
  plan: string;
  status: string;
  billing_cycle: string;
  trial: string;
  max_users: string;
  max_projects: string;
  features: Record<string, boolean>;
}

const STATUSES = ["active", "trial", "expired", "cancelled"] as const;
const CYCLES = ["monthly", "yearly"] as const;

const subscriptionStatusName = (status: string): string =>
  ({ active: t("Paid"), trial: t("Trial"), expired: t("Expired"), cancelled: t("Cancelled") })[status] ?? status;

const draftOf = (x: Subscription): Draft => ({
  plan: x.plan ?? "free", status: x.status ?? "active", billing_cycle: x.billing_cycle ?? "", trial: (x.trial_ends_at ?? "").slice(0, 10),
  max_users: x.max_users?.toString() ?? "", max_projects: x.max_projects?.toString() ?? "",
  features: Object.fromEntries(Object.entries(x.features ?? {}).filter((pair): pair is [string, boolean] => typeof pair[1] === "boolean")),
});

const count = (text: string) => (text.trim() === "" ? null : Number(text));

/** A merge patch: what is as it was isn't named. */
export function subscriptionPatch(was: Draft, now: Draft): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  if (now.plan !== was.plan) patch["plan"] = now.plan;
  if (now.status !== was.status) patch["status"] = now.status;
  if (now.billing_cycle !== was.billing_cycle) patch["billing_cycle"] = now.billing_cycle || null;
  if (now.trial !== was.trial) patch["trial_ends_at"] = now.trial ? `${now.trial}T00:00:00Z` : null;
  if (now.max_users !== was.max_users) patch["max_users"] = count(now.max_users);
  if (now.max_projects !== was.max_projects) patch["max_projects"] = count(now.max_projects);
  if (JSON.stringify(now.features) !== JSON.stringify(was.features)) patch["features"] = now.features;
  return patch;
}

function Features({ features, onChange }: { features: Record<string, boolean>; onChange(next: Record<string, boolean>): void }) {
  const [name, setName] = useState("");
  const key = name.trim().toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");
  const add = () => {
    if (!key || key in features) return;
    onChange({ ...features, [key]: true });
    setName("");
    announce(t("{feature} was added.", { feature: key }), "polite");
  };
  return (
    <fieldset className={s.features}>
      <legend>{t("Features")}</legend>
      {Object.keys(features).length === 0 && <p className={s.muted}>{t("None beyond those of the plan.")}</p>}
      {Object.entries(features).map(([feature, on]) => (
        <label key={feature} className={s.checkLine}>
          <input type="checkbox" checked={on} onChange={(event) => onChange({ ...features, [feature]: event.target.checked })} />
          {feature.replace(/_/g, " ")}
        </label>
      ))}
      <div className={s.addLine}>
        <TextField
          label={t("Another feature")} value={name} maxLength={64} onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
        <Button disabled={!key || key in features} onClick={add}><Plus size={16} aria-hidden />{t("Add")}</Button>
      </div>
    </fieldset>
  );
}

export function SubscriptionForm({ brand }: { brand: PlatformBrand }) {
  const was = draftOf(brand.subscription);
  const { value: draft, set: put, reset } = useDraft(`admin/${brand.id}/subscription`, was);
  const patch = subscriptionPatch(was, draft);
  const limit = count(draft.max_users);
  const form = useForm(async () => {
    await api.patch(`/admin/brands/${brand.id}`, { subscription: patch }, { ifMatch: brand.version });
    toast({ text: t("The subscription is saved and holds from the next request on.") });
    await refetchAdmin();
    reset();
  }, undefined, ["max_users", "max_projects"]);
  return (
    <form className={`${s.section} ${s.form}`} onSubmit={form.submit}>
      <h2>{t("Subscription")}</h2>
      {form.failed && <Notice>{form.failed}</Notice>}
      <div className={s.twin}>
        <Field label={t("Plan")}>
          {(props) => <select {...props} value={draft.plan} onChange={(event) => put({ plan: event.target.value })}>{PLANS.map((x) => <option key={x} value={x}>{planName(x)}</option>)}</select>}
        </Field>
        <Field label={t("State")}>
          {(props) => <select {...props} value={draft.status} onChange={(event) => put({ status: event.target.value })}>{STATUSES.map((x) => <option key={x} value={x}>{subscriptionStatusName(x)}</option>)}</select>}
        </Field>
        <Field label={t("Billing")}>
          {(props) => (
            <select {...props} value={draft.billing_cycle} onChange={(event) => put({ billing_cycle: event.target.value })}>
              <option value="">{t("Not said")}</option>
              {CYCLES.map((x) => <option key={x} value={x}>{x === "monthly" ? t("Monthly") : t("Yearly")}</option>)}
            </select>
          )}
        </Field>
        <TextField label={t("Trial ends")} type="date" value={draft.trial} onChange={(event) => put({ trial: event.target.value })} />
        <TextField label={t("People at most")} hint={t("Empty: no limit.")} type="number" min={0} max={1_000_000_000} inputMode="numeric" value={draft.max_users} onChange={(event) => put({ max_users: event.target.value })} />
        <TextField label={t("Boards at most")} hint={t("Empty: no limit.")} type="number" min={0} max={1_000_000_000} inputMode="numeric" value={draft.max_projects} onChange={(event) => put({ max_projects: event.target.value })} />
      </div>
      {limit !== null && limit < brand.member_count && (
        <p className={s.warn}>{t("{count, plural, one {# person belongs} other {# people belong}} to it already. Nobody is removed, but nobody can be added either.", { count: brand.member_count })}</p>
      )}
      <Features features={draft.features} onChange={(features) => put({ features })} />
      <div><Button look="primary" type="submit" disabled={form.busy || Object.keys(patch).length === 0}>{t("Save")}</Button></div>
    </form>
  );
}
