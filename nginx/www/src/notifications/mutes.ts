/** What one isn't told of: a task or a whole board, in this brand. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, ApiError, explain, getAll } from "../api/client";
import type { NotificationMute } from "../api/types.gen";
import { refetch, brandId, useBrandId } from "../data/resources";
import { t } from "../lib/i18n";
import { toast } from "../ui/toasts";

export type Muted = NotificationMute["subject"];

export const mutesQuery = (brand: string) => queryOptions({ queryKey: [brand, "notifications", "mutes"], queryFn: () => getAll<NotificationMute>("/notifications/mutes"), staleTime: 60_000 });

const complain = (error: unknown) => void toast({ text: explain(error), tone: "danger" });

export async function unmute(subject: Muted, id: string): Promise<void> {
  await api.delete(`/notifications/mutes/${subject}/${id}`).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  });
  await refetch(brandId(), "notifications", "mutes");
}

export async function mute(subject: Muted, id: string): Promise<void> {
  try {
    await api.put(`/notifications/mutes/${subject}/${id}`, {});
    await refetch(brandId(), "notifications", "mutes");
    toast({
      text: subject === "task" ? t("You are told nothing more of this task.") : t("You are told nothing more of this board."),
      action: { label: t("Undo"), run: () => void unmute(subject, id).catch(complain) },
    });
  } catch (error) {
    complain(error);
  }
}

/** Whether it is muted, and how to change that; undefined until it is known. */
export function useMute(subject: Muted, id: string): { muted: boolean | undefined; toggle(): void } {
  const brand = useBrandId();
  const mutes = useQuery({ ...mutesQuery(brand ?? "none"), enabled: brand !== null }).data;
  const muted = mutes?.some((row) => row.subject === subject && row.subject_id === id);
  const toggle = () => {
    if (!muted) return void mute(subject, id);
    unmute(subject, id).then(() => toast({ text: subject === "task" ? t("You are told of this task again.") : t("You are told of this board again.") }), complain);
  };
  return { muted, toggle };
}
