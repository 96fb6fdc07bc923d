/** What happened to the task that is open. */
import { useShared } from "../board/context";
import { t } from "../lib/i18n";
import { ActivityFeed } from "./feed";
import s from "./activity.module.css";

export default function TaskActivity({ taskId, version }: { taskId: string; version: number }) {
  const { view } = useShared();
  return (
    <section className={s.ofTask} aria-labelledby={`activity-${taskId}`}>
      <h3 id={`activity-${taskId}`}>{t("Activity")}</h3>
      <ActivityFeed
        level={4} path={`/tasks/${taskId}/activity`} news={`${version} ${view.byId.get(taskId)?.version ?? ""}`}
        thing={() => t("this task")} empty={t("Every change of the task will be told here.")}
      />
    </section>
  );
}
