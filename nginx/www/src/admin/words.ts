/** What the platform's states, plans and mails are called. */
import { locale, t } from "../lib/i18n";

type Tone = "good" | "plain" | "warn" | "bad";

export const USER_STATUSES = ["active", "pending", "inactive", "suspended"] as const;
export const BRAND_STATUSES = ["active", "suspended", "inactive"] as const;
export const PLANS = ["free", "basic", "premium", "enterprise"] as const;
export const PLATFORM_ROLES = ["member", "admin"] as const;

export const statusName = (status: string): string =>
  ({ active: t("Active"), pending: t("Pending"), inactive: t("Inactive"), suspended: t("Suspended") })[status] ?? status;

export const statusTone = (status: string): Tone => (({ active: "good", suspended: "bad", pending: "warn" }) as Record<string, Tone>)[status] ?? "plain";

export const userStatusMeaning = (status: string): string =>
  ({
    active: t("Can sign in."),
    pending: t("Has never signed in: the address isn't confirmed, or there is no password yet."),
    inactive: t("Can't sign in. The account is resting; nothing is wrong with it."),
    suspended: t("Can't sign in: an admin has shut the account out."),
  })[status] ?? "";

export const brandStatusMeaning = (status: string): string =>
  ({
    active: t("Everybody in it works as their role says."),
    suspended: t("Everybody in it can read, nobody can change anything."),
    inactive: t("Nobody can enter it. Nothing in it is lost."),
  })[status] ?? "";

export const planName = (plan: string): string =>
  ({ free: t("Free"), basic: t("Basic"), premium: t("Premium"), enterprise: t("Enterprise") })[plan] ?? plan;

export const platformRoleName = (role: string): string => (role === "admin" ? t("Platform admin") : t("Person"));

export const MAIL_STATUSES = ["queued", "sending", "sent", "failed"] as const;

export const mailStatusName = (status: string): string =>
  ({ queued: t("Waiting"), sending: t("On its way"), sent: t("Sent"), failed: t("Failed") })[status] ?? status;

export const mailStatusTone = (status: string): Tone => (status === "sent" ? "good" : status === "failed" ? "bad" : "plain");

export const MAIL_KINDS = [
  "verify_email", "account_exists", "reset_password", "password_changed", "change_email", "keep_email", "account_locked", "account_deleted",
  "new_sign_in", "two_factor_on", "two_factor_off", "two_factor_reset", "recovery_code_used", "invitation", "notification", "digest",
] as const;

export const mailKindName = (kind: string): string =>
  ({
    verify_email: t("Confirm the address"),
    account_exists: t("Account exists already"),
    reset_password: t("New password"),
    password_changed: t("Password was changed"),
    change_email: t("Confirm a new address"),
    keep_email: t("Keep the old address"),
    account_locked: t("Account is locked"),
    account_deleted: t("Account was deleted"),
    new_sign_in: t("New sign-in"),
    two_factor_on: t("Second factor is on"),
    two_factor_off: t("Second factor is off"),
    two_factor_reset: t("Second factor was taken away"),
    recovery_code_used: t("Recovery code was used"),
    invitation: t("Invitation"),
    notification: t("Notification"),
    digest: t("Summary of notifications"),
  })[kind] ?? kind;

export const JOB_STATES = ["waiting", "running", "parked", "done", "cancelled"] as const;

export const jobStateName = (state: string): string =>
  ({ waiting: t("Waiting"), running: t("Running"), parked: t("Failed"), done: t("Done"), cancelled: t("Cancelled") })[state] ?? state;

export const jobStateTone = (state: string): Tone => (({ running: "good", done: "good", parked: "bad" }) as Record<string, Tone>)[state] ?? "plain";

export const jobPriorityName = (priority: string): string =>
  ({ urgent: t("Urgent"), high: t("High"), normal: t("Normal"), low: t("Low") })[priority]?.toLowerCase() ?? priority;

/** "task_template_spawn" → "Recurring task". A kind that isn't known here is called as the server calls it. */
export const jobKindName = (kind: string): string =>
  ({
    noop: t("Trial without effect"),
    partitions: t("Room for months to come"),
    housekeeping: t("Clearing up"),
    task_template_spawn: t("Recurring task"),
    mail_send: t("Mail"),
    notifications_decide: t("Who is to be told"),
    notification_send: t("Notification on its way"),
    notification_digest: t("Summary of notifications"),
    reminders: t("Reminders of due dates"),
    push_send: t("Push message"),
    sms_send: t("SMS"),
    mail_sweep: t("Clearing up mails"),
    ends: t("Ends of memberships and delegations"),
    brand_removal: t("Removal of deleted brands"),
    auto_archive: t("Archiving"),
    auto_archive_brand: t("Archiving in a brand"),
    retention: t("What brands keep no longer"),
    retention_brand: t("What a brand keeps no longer"),
  })[kind] ?? (kind.charAt(0).toUpperCase() + kind.slice(1)).replaceAll("_", " ");

/** What a kind of job does; one that isn't known here in the server's words. */
export const jobKindMeaning = (kind: string, words: string | undefined): string =>
  ({
    noop: t("Does nothing: for the bench, and to see whether jobs run."),
    partitions: t("Makes room for the events and audit entries of months to come, and lets go of those whose time is over."),
    housekeeping: t("Removes what has expired: kept answers, sessions, links, counts of failed sign-ins, jobs that are done."),
    ends: t("Writes down which memberships, delegations and invitations have ended by the clock."),
    brand_removal: t("Removes brands whose deletion is due, with all that they hold."),
    auto_archive: t("Looks for brands with completed tasks that their boards put away by themselves."),
    auto_archive_brand: t("Puts away completed tasks of one brand after as many days as their board says."),
    retention: t("Looks for brands that don't keep their data for ever."),
    retention_brand: t("Removes what one brand keeps no longer, by its data_retention_days."),
    task_template_spawn: t("Makes the task of one occurrence of a task template."),
    push_send: t("Sends one message to one browser by web push."),
    sms_send: t("Sends one SMS through the gateway."),
    notifications_decide: t("Decides who is told of an event, or reminded of a task."),
    notification_send: t("Sends a notification one way, unless it has been read."),
    notification_digest: t("Mails somebody what came together since the last digest."),
    reminders: t("Looks for tasks that are due soon or overdue."),
    mail_send: t("Hands one mail to the mail server: for two days, from half a minute after the first try to four hours between the last ones."),
    mail_sweep: t("Finds mails that wait without a job, gives them one, and gives up those that nobody could send."),
  })[kind] ?? words ?? "";

/** With so many digits after the point, or the comma. */
const decimal = (value: number, digits: number): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }).format(value);

/** 2300000 → "2.3 s" */
export function span(micros: number): string {
  if (micros < 1_000_000) return milliseconds(micros);
  const seconds = micros / 1_000_000;
  if (seconds < 60) return t("{n} s", { n: decimal(seconds, seconds < 10 ? 1 : 0) });
  if (seconds < 5400) return t("{n} min", { n: Math.round(seconds / 60) });
  return t("{n} h", { n: Math.round(seconds / 3600) });
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytes(count: number): string {
  let unit = 0;
  let value = count;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${decimal(value, value >= 100 || unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

/** 340 → "0.3 ms" */
export const milliseconds = (micros: number): string => `${decimal(micros / 1000, micros < 9_950 ? 1 : 0)} ms`;

export const number = (value: number): string => new Intl.NumberFormat(locale()).format(value);
