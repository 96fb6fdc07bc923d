/** What is read of task templates, and who may change them. */
import { queryOptions } from "@tanstack/react-query";
import { api, getAll } from "../api/client";
import type { List, Team } from "../api/types";
import type { RecurrencePreview, TaskTemplate } from "../api/types.gen";
import type { Rights } from "../data/resources";

export const templatesQuery = (brand: string) => queryOptions({ queryKey: [brand, "templates"], queryFn: () => getAll<TaskTemplate>("/task-templates") });

export const templateQuery = (brand: string, id: string) =>
  queryOptions({ queryKey: [brand, "templates", id], queryFn: () => api.get<TaskTemplate>(`/task-templates/${id}`) });

export const listsQuery = (brand: string, board: string) =>
  queryOptions({ queryKey: [brand, "lists", board], queryFn: () => getAll<List>(`/boards/${board}/lists`), enabled: board !== "" });

export interface When {
  rrule: string;
  starts_at: string;
  timezone: string;
  exdates: string[];
}

/** The next five dates of what isn't kept yet. */
export const previewQuery = (brand: string, when: When) =>
  queryOptions({
    queryKey: [brand, "recurrence", when],
    queryFn: () => api.post<RecurrencePreview>("/task-templates/preview", when),
    retry: false,
    staleTime: 30_000,
  });

export const manages = (rights: Rights, team: Pick<Team, "role">) =>
  rights.can("can_create_tasks") && (rights.can("can_edit_projects") || team.role === "manager");
