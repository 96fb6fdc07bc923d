import type { Role } from "../api/types";
import { t } from "../lib/i18n";

export const ROLES: Role[] = ["owner", "admin", "manager", "member", "client", "guest"];

export const roleName = (role: Role): string =>
  ({ owner: t("Owner"), admin: t("Admin"), manager: t("Manager"), member: t("Member"), client: t("Client"), guest: t("Guest") })[role];

export const roleMeaning = (role: Role): string =>
  ({
    owner: t("Everything, with billing and deleting the brand"),
    admin: t("All teams and boards, people and settings"),
    manager: t("Runs boards, edits and assigns all cards of their teams"),
    member: t("Works on the boards of their teams"),
    client: t("Sees cards assigned to them"),
    guest: t("Sees what is shared with them"),
  })[role];

/** Nobody hands out a role above their own. */
export const rolesBelow = (own: Role): Role[] => ROLES.slice(ROLES.indexOf(own));
