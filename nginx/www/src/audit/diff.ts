/** What an entry changed, key by key, in words. */
import { t } from "../lib/i18n";

export interface Change {
  label: string;
  /** Null: it wasn't there, or isn't any more. */
  from: string | null;
  to: string | null;
}

/** Names for ids, as far as they are known. */
export type Names = (id: string) => string | undefined;

type Json = Record<string, unknown>;

const LABELS: Record<string, () => string> = {
  name: () => t("Name"), slug: () => t("Name in addresses"), description: () => t("Description"), status: () => t("Status"), role: () => t("Role"),
  platform_role: () => t("Platform role"), subscription: () => t("Subscription"), settings: () => t("Settings"), compliance: () => t("Compliance"),
  permissions: () => t("Permissions"), expires_at: () => t("Ends"), starts_at: () => t("Begins"), ends_at: () => t("Ends"), email: () => t("Address"),
  team_id: () => t("Team"), team_ids: () => t("Teams"), division_id: () => t("Division"), parent_division_id: () => t("Division above"),
  parent_brand_id: () => t("Brand above"), to_user_id: () => t("To"), from_user_id: () => t("From"), user_id: () => t("Person"),
  session_id: () => t("Session"), reason: () => t("Reason"), plan: () => t("Plan"), max_users: () => t("People at most"),
  max_projects: () => t("Boards at most"), features: () => t("Features"), last_owner_of: () => t("Was the last owner of"), scopes: () => t("Scopes"),
  deletion_at: () => t("Deleted for good"), trial_ends_at: () => t("Trial ends"), billing_cycle: () => t("Billing"), colours: () => t("Colours"),
};

const WORDS: Record<string, () => string> = {
  owner: () => t("Owner"), admin: () => t("Admin"), manager: () => t("Manager"), member: () => t("Member"), client: () => t("Client"), guest: () => t("Guest"),
  active: () => t("Active"), suspended: () => t("Suspended"), inactive: () => t("Inactive"), pending: () => t("Pending"), expired: () => t("Expired"),
  locked: () => t("the account was locked"), free: () => t("Free"), basic: () => t("Basic"), premium: () => t("Premium"), enterprise: () => t("Enterprise"),
};

/** Only of these is a word one of ours; a team may well be called "Admin". */
const WORDED = new Set(["role", "platform_role", "status", "plan", "reason"]);

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;

/** can_manage_users → "can manage users" */
export const labelOf = (key: string): string => LABELS[key]?.() ?? key.replace(/_/g, " ");

function words(key: string, value: unknown, names: Names, time: (iso: string) => string): string {
  if (value === null || value === undefined || value === "") return t("nothing");
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (Array.isArray(value)) return value.length === 0 ? t("nothing") : value.map((item) => words(key, item, names, time)).join(", ");
  if (isObject(value)) {
    if (typeof value["name"] === "string") return value["name"];
    const parts = Object.entries(value).map(([inner, x]) => `${labelOf(inner)}: ${words(inner, x, names, time)}`);
    return parts.length === 0 ? t("nothing") : parts.join("; ");
  }
  const text = String(value);
  if (UUID.test(text)) return names(text) ?? text.slice(0, 8);
  if (key.endsWith("_at") && TIME.test(text)) return time(text);
  return (WORDED.has(key) && WORDS[text]?.()) || text;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function walk(before: Json | null, after: Json | null, above: string, names: Names, time: (iso: string) => string): Change[] {
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return keys.flatMap((key): Change[] => {
    const [a, b] = [before?.[key], after?.[key]];
    if (before && after && same(a, b)) return [];
    const label = above ? `${above}: ${labelOf(key)}` : labelOf(key);
    if (isObject(a) && isObject(b)) return walk(a, b, label, names, time);
    const say = (side: Json | null, value: unknown) => (side && key in side ? words(key, value, names, time) : null);
    return [{ label, from: say(before, a), to: say(after, b) }];
  });
}

/** Only what differs; of something that was made or removed, all that is known of it. */
export function changesOf(before: Json | null, after: Json | null, names: Names, time: (iso: string) => string): Change[] {
  return walk(before, after, "", names, time);
}
