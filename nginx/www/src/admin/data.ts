/** What the platform's administration reads and changes. Its keys begin with "admin", apart from every brand's. */
import { queryOptions } from "@tanstack/react-query";
import { api, ApiError } from "../api/client";
import type { Account as WireAccount, HealthDetailed, HealthEmail, Job, JobStats, Mail, PlatformBrand as WireBrand, PlatformStats } from "../api/types.gen";
import { refetch } from "../data/resources";

export interface AccountBrand {
  id: string;
  name: string;
  slug: string;
  role: string;
  status: string;
  last_owner: boolean;
}

export type Account = Omit<WireAccount, "brands"> & { brands?: AccountBrand[] };

export interface Subscription {
  plan?: string;
  status?: string;
  billing_cycle?: string;
  trial_ends_at?: string;
  max_users?: number;
  max_projects?: number;
  features?: Record<string, unknown>;
  [key: string]: unknown;
}

export type PlatformBrand = Omit<WireBrand, "subscription"> & { subscription: Subscription };

export type Stats = Omit<PlatformStats, "users_by_status" | "brands_by_status" | "brands_by_plan" | "events_by_day"> & {
  users_by_status: Record<string, number>;
  brands_by_status: Record<string, number>;
  brands_by_plan: Record<string, number>;
  events_by_day: { date: string; events: number }[];
};

export const statsQuery = queryOptions({ queryKey: ["admin", "stats"], queryFn: () => api.get<Stats>("/admin/stats"), refetchInterval: 60_000 });
export const healthQuery = queryOptions({ queryKey: ["admin", "health"], queryFn: () => api.get<HealthDetailed>("/health/detailed"), refetchInterval: 30_000 });
export const mailHealthQuery = queryOptions({ queryKey: ["admin", "health", "email"], queryFn: () => api.get<HealthEmail>("/health/email"), refetchInterval: 30_000 });
export const accountQuery = (id: string) => queryOptions({ queryKey: ["admin", "users", id], queryFn: () => api.get<Account>(`/admin/users/${id}`) });
export const platformBrandQuery = (id: string) => queryOptions({ queryKey: ["admin", "brands", id], queryFn: () => api.get<PlatformBrand>(`/admin/brands/${id}`) });
export const mailQuery = (id: string) =>
  queryOptions({
    queryKey: ["admin", "mails", id],
    queryFn: () => api.get<Mail>(`/admin/mails/${id}`),
    refetchInterval: (query) => (["queued", "sending"].includes(query.state.data?.status ?? "") ? 3_000 : false),
  });
export const jobStatsQuery = queryOptions({ queryKey: ["admin", "jobs", "stats"], queryFn: () => api.get<JobStats>("/admin/jobs/stats"), refetchInterval: 5_000 });
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ["admin", "jobs", "one", id],
    queryFn: () => api.get<Job>(`/admin/jobs/${id}`),
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1_000 : query.state.data?.state === "waiting" ? 3_000 : false),
  });

/** Everything that an act of the administration may have changed. */
export const refetchAdmin = () => refetch("admin");

/** The brands that would be left without an owner; null when this isn't why it was refused. */
export function leftAlone(error: unknown): { id: string; name: string }[] | null {
  if (!(error instanceof ApiError) || error.details["reason"] !== "last_owner") return null;
  return error.details["brands"] as { id: string; name: string }[];
}

export interface BulkResult {
  index: number;
  status: number;
  id?: string;
  error?: { code: string; message: string; details: Record<string, unknown> };
}

export type BulkOp = "suspend" | "activate" | "delete";

export async function bulkUsers(op: BulkOp, ids: string[], force: boolean): Promise<BulkResult[]> {
  const operations = ids.map((id) => ({ op, id, ...(force ? { data: { force: true } } : {}) }));
  const { results } = await api.post<{ results: BulkResult[] }>("/admin/users/bulk", { operations });
  void refetchAdmin();
  return results;
}

export const isMissing = (error: unknown) => error instanceof ApiError && (error.status === 404 || error.status === 422);
