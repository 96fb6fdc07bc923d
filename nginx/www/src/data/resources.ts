/** Queries for what is read whole and seldom: brand, boards, teams, members, sessions. Keys begin with the brand. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, getAll } from "../api/client";
import { session } from "../api/session";
import type { Board, Brand, SessionRow, Task, Team, TeamMember } from "../api/types";
import type { LeavingBrand } from "../api/types.gen";
import { useStore } from "../lib/store";
import { queries } from "./cache";
import { keepKnown, readKnown } from "./known";

export const brandId = () => session.get().brandId ?? "none";
export const useBrandId = () => useStore(session, (s) => s.brandId);

export const brandQuery = (id: string) =>
  queryOptions({ queryKey: ["brand", id], queryFn: () => fetchBrand(id), staleTime: 60_000 });

async function fetchBrand(id: string): Promise<Brand> {
  const brand = await api.get<Brand>(`/brands/${id}`);
  keepKnown(id, "permissions", brand.permissions ?? NOTHING);
  return brand;
}

async function fetchBoards(id: string): Promise<Board[]> {
  const boards = await getAll<Board>("/boards");
  keepKnown(id, "boards", boards);
  return boards;
}

export const boardsQuery = (id: string) =>
  queryOptions({ queryKey: [id, "boards"], queryFn: () => fetchBoards(id), initialData: () => readKnown(id, "boards"), initialDataUpdatedAt: 0 });
export const teamsQuery = (id: string) => queryOptions({ queryKey: [id, "teams"], queryFn: () => getAll<Team>("/teams") });

export const teamMembersQuery = (id: string, teamId: string) =>
  queryOptions({ queryKey: [id, "teams", teamId, "members"], queryFn: () => getAll<TeamMember>(`/teams/${teamId}/members`) });

export const sessionsQuery = queryOptions({ queryKey: ["sessions"], queryFn: () => getAll<SessionRow>("/auth/sessions") });

/** Brands of one's own that are to be deleted. */
export const leavingQuery = queryOptions({ queryKey: ["leaving-brands"], queryFn: () => getAll<LeavingBrand>("/users/me/leaving-brands") });

export const refetch = (...key: string[]) => queries.invalidateQueries({ queryKey: key });

export function useBrand(): Brand | undefined {
  const id = useBrandId();
  return useQuery({ ...brandQuery(id ?? "none"), enabled: id !== null }).data;
}

export interface Rights {
  can(permission: string): boolean;
  editTask(task: Pick<Task, "assignee_ids" | "created_by">): boolean;
  /** Others too, oneself only, or nobody. */
  assign(task: Pick<Task, "assignee_ids" | "created_by">): "all" | "me" | "none";
}

const NOTHING: string[] = [];

/** What the signed-in person may do in this brand, as far as was known last. Until it is known, nothing is offered. */
export function useRights(): Rights {
  const me = useStore(session, (s) => s.user?.id);
  const id = useBrandId();
  const last = useMemo(() => (id ? readKnown(id, "permissions") : undefined), [id, me]);
  const permissions = useBrand()?.permissions ?? last ?? NOTHING;
  return useMemo(() => {
    const can = (permission: string) => permissions.includes(permission);
    const mine = (task: Pick<Task, "assignee_ids" | "created_by">) =>
      me !== undefined && (task.created_by === me || task.assignee_ids.includes(me));
    const editTask: Rights["editTask"] = (task) => can("can_edit_tasks") || (can("can_edit_assigned_tasks") && mine(task));
    return { can, editTask, assign: (task) => (!editTask(task) ? "none" : can("can_assign_tasks") ? "all" : "me") };
  }, [permissions, me]);
}

/** Whether the settings of the brand hold anything for this person. */
export const hasSettings = ({ can }: Rights) => can("can_manage_brand_settings") || can("can_manage_billing") || can("can_manage_brand");
