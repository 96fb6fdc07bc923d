/** What the audit log's entries say in words. */
import { t } from "../lib/i18n";

/** What somebody did, after their name: "Ada Lovelace suspended the account of …". */
const ACTIONS: Record<string, () => string> = {
  "auth.logged_in": () => t("signed in"),
  "auth.login_failed": () => t("could not sign in"),
  "auth.locked": () => t("was locked out after wrong passwords"),
  "auth.unlocked": () => t("unlocked the account by mail"),
  "auth.token_reused": () => t("had a session ended: its token was used twice"),
  "auth.logged_out": () => t("signed out"),
  "auth.logged_out_all": () => t("signed out everywhere"),
  "auth.session_ended": () => t("ended a session"),
  "auth.registered": () => t("registered"),
  "auth.registered_again": () => t("tried to register an address that has an account"),
  "auth.verification_asked": () => t("asked for the mail that confirms the address"),
  "auth.password_reset_asked": () => t("asked for a new password by mail"),
  "auth.password_changed": () => t("changed the password"),
  "auth.password_reset": () => t("set a new password by mail"),
  "auth.email_verified": () => t("confirmed the address"),
  "auth.email_change_asked": () => t("asked to change the address"),
  "auth.email_change_cancelled": () => t("took back the change of the address"),
  "auth.email_changed": () => t("changed the address"),
  "auth.email_kept": () => t("kept the old address"),
  "auth.two_factor_begun": () => t("began to set up a second factor"),
  "auth.two_factor_enabled": () => t("switched on the second factor"),
  "auth.two_factor_disabled": () => t("switched off the second factor"),
  "auth.two_factor_failed": () => t("gave a wrong code"),
  "auth.two_factor_reset": () => t("had the second factor taken away"),
  "auth.recovery_codes_renewed": () => t("made new recovery codes"),
  "auth.recovery_code_used": () => t("used a recovery code"),
  "auth.token_created": () => t("made an API token"),
  "auth.token_renamed": () => t("renamed an API token"),
  "auth.token_revoked": () => t("revoked an API token"),
  "push.subscribed": () => t("is told in one more browser"),
  "push.unsubscribed": () => t("is told in a browser no more"),
  "phone.asked": () => t("asked for a code by SMS"),
  "phone.confirmed": () => t("confirmed a telephone number"),
  "phone.removed": () => t("removed the telephone number"),
  "user.created": () => t("made an account"),
  "user.changed": () => t("changed an account"),
  "user.role_changed": () => t("changed the platform role"),
  "user.activated": () => t("activated the account"),
  "user.suspended": () => t("suspended the account"),
  "user.deactivated": () => t("deactivated the account"),
  "user.two_factor_reset": () => t("took the second factor from an account"),
  "user.unlocked": () => t("unlocked the account"),
  "user.signed_out": () => t("ended all sessions of the account"),
  "user.password_set": () => t("set a new password for the account"),
  "user.deleted": () => t("deleted the account"),
  "brand.created": () => t("made the brand"),
  "brand.updated": () => t("changed the brand's settings"),
  "brand.closed": () => t("asked to delete the brand"),
  "brand.restored": () => t("brought the brand back"),
  "brand.suspended": () => t("suspended the brand"),
  "brand.activated": () => t("activated the brand"),
  "brand.deactivated": () => t("closed the brand to everybody"),
  "brand.subscription_changed": () => t("changed the brand's subscription"),
  "brand.retention_applied": () => t("removed what the brand keeps no longer"),
  "brand.owner_given": () => t("gave the brand an owner"),
  "brand.domains_changed": () => t("changed the brand's host names"),
  "brand.logo_changed": () => t("changed the brand's logo"),
  "brand.logo_removed": () => t("removed the brand's logo"),
  "brand.removed": () => t("removed the brand for good"),
  "member.added": () => t("added a member"),
  "member.updated": () => t("changed a member"),
  "member.removed": () => t("removed a member"),
  "member.expired": () => t("ended a membership whose time was over"),
  "member.viewed": () => t("looked with the eyes of a member"),
  "member.view_ended": () => t("stopped looking with the eyes of a member"),
  "invitation.created": () => t("invited somebody"),
  "invitation.renewed": () => t("renewed an invitation"),
  "invitation.resent": () => t("sent an invitation again"),
  "invitation.accepted": () => t("accepted an invitation"),
  "invitation.revoked": () => t("withdrew an invitation"),
  "invitation.expired": () => t("let an invitation expire"),
  "delegation.created": () => t("delegated rights"),
  "delegation.updated": () => t("changed a delegation"),
  "delegation.revoked": () => t("ended a delegation"),
  "delegation.ended": () => t("ended a delegation whose time was over"),
  "role.updated": () => t("changed what a role may do"),
  "team.created": () => t("made a team"),
  "team.updated": () => t("changed a team"),
  "team.deleted": () => t("deleted a team"),
  "team.member_added": () => t("added somebody to a team"),
  "team.member_updated": () => t("changed somebody's role in a team"),
  "team.member_removed": () => t("removed somebody from a team"),
  "division.created": () => t("made a division"),
  "division.updated": () => t("changed a division"),
  "division.deleted": () => t("deleted a division"),
  "division.member_added": () => t("added somebody to a division"),
  "division.member_removed": () => t("removed somebody from a division"),
  "division.team_added": () => t("gave a division access to a team"),
  "division.team_removed": () => t("took a team from a division"),
  "job.retried": () => t("had a job tried again"),
  "job.cancelled": () => t("cancelled a job"),
  "job_queue.paused": () => t("paused a queue of jobs"),
  "job_queue.resumed": () => t("let a queue of jobs go on"),
  "mail.retried": () => t("had a mail sent again"),
};

export const actionWords = (action: string): string => ACTIONS[action]?.() ?? action.replace(/[._]/g, " ");

/** What comes with time, and is nobody's doing. */
const BY_ITSELF = new Set(["member.expired", "invitation.expired", "delegation.ended", "brand.retention_applied"]);

export const happensByItself = (action: string): boolean => BY_ITSELF.has(action);

const inBrand = (action: string) => !/^(auth|user|job|job_queue|mail)\./.test(action);

/** For choosing from; those of a brand, or all. */
export const actionChoices = (brandOnly: boolean): [string, string][] =>
  Object.keys(ACTIONS)
    .filter((action) => !brandOnly || inBrand(action))
    .map((action) => [action, actionWords(action)] as [string, string])
    .sort((a, b) => a[1].localeCompare(b[1]));

const KINDS: Record<string, () => string> = {
  member: () => t("Member"),
  brand: () => t("Brand"),
  role: () => t("Role"),
  team: () => t("Team"),
  team_member: () => t("Member of a team"),
  division: () => t("Division"),
  division_member: () => t("Member of a division"),
  division_team: () => t("A division's team"),
  delegation: () => t("Delegation"),
  invitation: () => t("Invitation"),
  user: () => t("Account"),
  session: () => t("Session"),
  api_token: () => t("API token"),
  job: () => t("Job"),
  job_queue: () => t("Queue"),
  mail: () => t("Mail"),
};

export const kindWords = (kind: string): string => KINDS[kind]?.() ?? kind.replace(/_/g, " ");

export const kindChoices = (brandOnly: boolean): [string, string][] =>
  Object.keys(KINDS)
    .filter((kind) => !brandOnly || !["user", "session", "api_token", "job", "job_queue", "mail"].includes(kind))
    .map((kind) => [kind, kindWords(kind)] as [string, string]);
