/** The plan and how much of it is used. The platform's administration changes it; here it can be read. */
import { useQuery } from "@tanstack/react-query";
import { request } from "../api/client";
import type { Brand } from "../api/types";
import { longDate } from "../lib/dates";
import { t } from "../lib/i18n";
import { Badge, Skeleton } from "../ui/parts";
import { Card } from "./card";
import s from "./brand.module.css";

export interface Subscription {
  plan?: string;
  status?: string;
  billing_cycle?: string | null;
  trial_ends_at?: string | null;
  max_users?: number | null;
  max_projects?: number | null;
  features?: Record<string, unknown> | null;
}

export const planName = (plan: string | undefined): string =>
  ({ free: t("Free"), basic: t("Basic"), premium: t("Premium"), enterprise: t("Enterprise") })[plan ?? "free"] ?? plan!;

const planStatus = (status: string | undefined): string =>
  ({ active: t("Active"), trial: t("Trial"), expired: t("Expired"), cancelled: t("Cancelled") })[status ?? "active"] ?? status!;

/** The places that are taken: who is active or pending and whose access hasn't ended. */
export const takenQuery = (id: string) => ({
  queryKey: [id, "members", "taken"],
  queryFn: async () => (await request<unknown[]>("GET", `/brands/${id}/users`, { query: { limit: 1, count: "exact", status: "active,pending" } })).count ?? 0,
});

const boardCountQuery = (id: string) => ({
  queryKey: [id, "boards", "count"],
  queryFn: async () => (await request<unknown[]>("GET", "/boards", { query: { limit: 1, count: "exact" } })).count ?? 0,
});

/** What a plan holds besides people and boards. */
const featureName = (name: string): string =>
  ({ white_label: t("Logo and host names of its own"), divisions: t("Divisions"), delegations: t("Delegations"), api_tokens: t("API tokens") })[name] ?? name.replace(/_/g, " ");

interface MeterProps {
  title: string;
  used: number | undefined;
  most: number | null | undefined;
  /** What happens at the limit. */
  full: string;
}

function Meter({ title, used, most, full }: MeterProps) {
  const limited = typeof most === "number";
  const atLimit = limited && used !== undefined && used >= most;
  return (
    <div className={s.meter}>
      <div className={s.meterWords}>
        <span className={s.meterName}>{title}</span>
        {used === undefined ? <Skeleton width={90} /> : <span>{limited ? t("{used} of {most} used", { used, most }) : t("{used} used, no limit", { used })}</span>}
      </div>
      {limited && <progress className={atLimit ? `${s.bar} ${s.barFull}` : s.bar} value={Math.min(used ?? 0, most)} max={Math.max(1, most)} aria-label={title} />}
      {atLimit && <p className={s.warn}>{full}</p>}
    </div>
  );
}

export function Plan({ brand }: { brand: Brand }) {
  const plan = (brand.subscription ?? {}) as Subscription;
  const members = useQuery(takenQuery(brand.id));
  const boards = useQuery(boardCountQuery(brand.id));
  const features = Object.entries(brand.features ?? {});
  const cycle = plan.billing_cycle === "yearly" ? t("Paid yearly") : plan.billing_cycle === "monthly" ? t("Paid monthly") : null;
  return (
    <Card title={t("Plan")} about={t("Plan and limits are changed by the administration of this installation alone.")}>
      <div className={s.planHead}>
        <span className={s.planName}>{planName(plan.plan)}</span>
        <Badge>{planStatus(plan.status)}</Badge>
        {cycle && <span className={s.muted}>{cycle}</span>}
      </div>
      {plan.trial_ends_at && <p>{t("The trial ends on {day}.", { day: longDate(plan.trial_ends_at) })}</p>}
      <Meter title={t("People")} used={members.data} most={plan.max_users} full={t("Nobody can be added until somebody leaves or the plan has more places.")} />
      <Meter title={t("Boards")} used={boards.data} most={plan.max_projects} full={t("No further board can be made until one is deleted or the plan has room for more.")} />
      {features.length > 0 && (
        <div>
          <h3 className={s.small}>{t("Also in the plan")}</h3>
          <ul>
            {features.map(([name, value]) => (
              <li key={name} className={s.line}>
                <span className={s.lineMain}>{featureName(name)}</span>
                <span className={value === false ? s.muted : s.can}>{value === true ? t("Included") : value === false ? t("Not included") : t("Up to {most}", { most: String(value) })}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}
