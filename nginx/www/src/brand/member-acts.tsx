/** What can be done to one membership from a list or its own page: role, status, end, removal, looking with its eyes. */
import { useState } from "react";
import { api, ApiError, explain } from "../api/client";
import { session } from "../api/session";
import { startView } from "../api/view";
import type { BrandMember, Role } from "../api/types";
import { refetch, useBrand, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { Confirm } from "../ui/overlays";
import { toast } from "../ui/toasts";
import { forgetDrafts } from "../lib/use-draft";
import { rolesBelow } from "./words";

export interface Standing {
  me: boolean;
  /** Role, status, end and overrides can be changed. */
  manage: boolean;
  /** Of oneself only an owner changes more than the role. */
  manageMore: boolean;
  remove: boolean;
  view: boolean;
}

export function useStanding(): (member: BrandMember) => Standing {
  const brand = useBrand();
  const rights = useRights();
  const own: Role = brand?.role ?? "guest";
  const open = brand?.status === "active";
  const myId = session.get().user?.id;
  return (member) => {
    const me = member.id === myId;
    const below = rolesBelow(own).includes(member.role);
    const manage = open && below && rights.can("can_manage_users");
    return {
      me, manage,
      manageMore: manage && (!me || own === "owner"),
      remove: open && (me || (below && rights.can("can_remove_users"))),
      view: !me && below && member.status === "active" && rights.can("can_manage_users") && (own === "owner" || own === "admin"),
    };
  };
}

/** The server names the last owner; here it is said what to do about it. */
export function memberWords(error: unknown): string {
  if (error instanceof ApiError && error.code === "conflict") return t("This is the brand's last owner. Make somebody else an owner first, then this can be done.");
  if (error instanceof ApiError && error.code === "plan_limit_reached" && error.details["limit"] === "max_users") return t("The plan has no place left ({max} people). Take somebody out first, or ask for a larger plan.", { max: String(error.details["max"] ?? "") });
  if (error instanceof ApiError && error.code === "version_mismatch") return t("Somebody else changed this person's access meanwhile. It is shown as it is now; please look again.");
  if (error instanceof ApiError && error.code === "permission_denied") return error.message;
  return explain(error);
}

/** Does it, says what failed, and shows how things stand. `undo` takes back what was done, for as long as that is offered. */
export async function attempt(brandId: string, work: () => Promise<unknown>, done?: string, undo?: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    if (done) toast({ text: done, ...(undo ? { action: { label: t("Undo"), run: () => void attempt(brandId, undo) } } : {}) });
    return true;
  } catch (error) {
    toast({ text: memberWords(error), tone: "danger" });
    return false;
  } finally {
    await refetch(brandId, "members");
  }
}

export const memberPath = (brandId: string, userId: string) => `/brands/${brandId}/users/${userId}`;

export const patchMember = (brandId: string, member: BrandMember, change: object) =>
  api.patch<BrandMember>(memberPath(brandId, member.id), change, { ifMatch: member.version });

/** Shuts somebody out, or lets them in again; either can be taken back at once. */
export function setStatus(brandId: string, member: BrandMember, status: "active" | "suspended"): void {
  let now = member;
  const set = async (to: "active" | "suspended") => {
    now = await patchMember(brandId, now, { status: to });
  };
  const words = status === "active" ? t("{name} is in again.", { name: member.name }) : t("{name} is suspended.", { name: member.name });
  void attempt(brandId, () => set(status), words, () => set(status === "active" ? "suspended" : "active"));
}

export function look(brandId: string, member: BrandMember): void {
  startView(brandId, member.id).catch((error: unknown) => toast({ text: memberWords(error), tone: "danger" }));
}

/** Nothing of this brand can be asked any more, so the app starts afresh with what is left. */
async function leave(brandId: string, userId: string): Promise<void> {
  try {
    await api.delete(memberPath(brandId, userId));
    forgetDrafts();
    location.assign("/");
  } catch (error) {
    toast({ text: memberWords(error), tone: "danger" });
  }
}

interface RemoveProps {
  brandId: string;
  member: BrandMember;
  open: boolean;
  onClose(): void;
  onGone?(): void;
}

export function RemoveMember({ brandId, member, open, onClose, onGone }: RemoveProps) {
  const me = member.id === session.get().user?.id;
  const [busy, setBusy] = useState(false);
  const go = async () => {
    if (busy) return;
    if (me) return leave(brandId, member.id);
    setBusy(true);
    const gone = await attempt(brandId, () => api.delete(memberPath(brandId, member.id)), t("{name} was removed.", { name: member.name }));
    setBusy(false);
    if (gone) onGone?.();
  };
  return (
    <Confirm
      title={me ? t("Leave this brand?") : t("Remove {name}?", { name: member.name })}
      text={me
        ? t("Your access to all its boards, teams and divisions ends at once. What you made stays. Somebody else has to let you in again.")
        : t("Access to all boards ends at once, on every device. {name} leaves all teams and divisions, and what was delegated ends. Cards stay, with this name on them.", { name: member.name })}
      yes={me ? t("Leave") : t("Remove")} open={open} onClose={onClose} onYes={() => void go()}
    />
  );
}
