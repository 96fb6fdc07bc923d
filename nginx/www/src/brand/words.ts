/** The words for what the API says in keys: roles, statuses, permissions. */
import type { BrandMember, Role } from "../api/types";
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

export type MemberStatus = BrandMember["status"];

export const statusName = (status: MemberStatus): string =>
  ({ active: t("Active"), pending: t("Pending"), suspended: t("Suspended"), expired: t("Access has ended") })[status];

interface PermissionWords {
  name: string;
  about: string;
}

export interface PermissionGroup {
  title: string;
  permissions: [key: string, words: PermissionWords][];
}

/** In the order in which people look for them; what the server adds later is shown at the end by its key. */
export function permissionGroups(): PermissionGroup[] {
  return [
    {
      title: t("Work"),
      permissions: [
        ["can_create_tasks", { name: t("Create cards"), about: t("On the boards of their teams") }],
        ["can_edit_assigned_tasks", { name: t("Edit own cards"), about: t("Those that they made or are assigned to") }],
        ["can_edit_tasks", { name: t("Edit all cards"), about: t("Edit and move every card of their teams") }],
        ["can_assign_tasks", { name: t("Assign cards"), about: t("To others, too") }],
        ["can_delete_tasks", { name: t("Delete cards"), about: t("Of their teams") }],
        ["can_comment", { name: t("Comment"), about: t("On what they may see") }],
        ["can_submit_forms", { name: t("Answer forms"), about: t("That were sent to them") }],
      ],
    },
    {
      title: t("Boards and projects"),
      permissions: [
        ["can_create_projects", { name: t("Create boards and projects"), about: t("For their teams") }],
        ["can_edit_projects", { name: t("Change boards and projects"), about: t("With their lists, of their teams") }],
        ["can_delete_projects", { name: t("Delete boards and projects"), about: t("With all that is in them") }],
        ["can_view_all_projects", { name: t("See everything"), about: t("All teams, projects and boards of the brand") }],
        ["can_manage_forms", { name: t("Manage forms"), about: t("Create, publish and schedule them") }],
      ],
    },
    {
      title: t("Talk and files"),
      permissions: [
        ["can_use_chat", { name: t("Chat"), about: t("Read and write in conversations") }],
        ["can_manage_files", { name: t("Manage files"), about: t("Upload and remove them") }],
        ["can_use_ai", { name: t("Talk to the assistant"), about: t("About what they may see") }],
      ],
    },
    {
      title: t("Figures"),
      permissions: [
        ["can_view_team_analytics", { name: t("See figures of teams"), about: t("Of their own teams") }],
        ["can_view_analytics", { name: t("See figures of the brand"), about: t("Of the whole brand") }],
        ["can_generate_reports", { name: t("Make reports"), about: t("Of what they may see") }],
        ["can_export_data", { name: t("Export data"), about: t("All that the brand holds") }],
      ],
    },
    {
      title: t("People and brand"),
      permissions: [
        ["can_invite_users", { name: t("Invite people"), about: t("And add members to teams that they manage") }],
        ["can_manage_users", { name: t("Manage people"), about: t("Add people, change roles and permissions, manage teams") }],
        ["can_remove_users", { name: t("Remove people"), about: t("From the brand") }],
        ["can_manage_brand_settings", { name: t("Change brand settings"), about: t("Name, rules, looks") }],
        ["can_view_audit", { name: t("Read the audit log"), about: t("Who did what, and when") }],
        ["can_manage_billing", { name: t("Manage billing"), about: t("Plan and payment") }],
        ["can_manage_brand", { name: t("Rule the brand"), about: t("Delete it and change its owners") }],
      ],
    },
  ];
}

export const permissionName = (key: string): string =>
  permissionGroups().flatMap((group) => group.permissions).find(([name]) => name === key)?.[1].name ?? key;

/** The groups with what is in `keys` alone; keys without words of ours come last, as they are. */
export function groupsOf(keys: readonly string[]): PermissionGroup[] {
  const known = permissionGroups().map((group) => ({ ...group, permissions: group.permissions.filter(([key]) => keys.includes(key)) }));
  const named = new Set(known.flatMap((group) => group.permissions.map(([key]) => key)));
  const others = keys.filter((key) => !named.has(key)).map((key): [string, PermissionWords] => [key, { name: key, about: "" }]);
  return [...known, { title: t("Other"), permissions: others }].filter((group) => group.permissions.length > 0);
}
