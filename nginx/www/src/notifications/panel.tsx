/** The newest notifications, below the bell. */
import { CheckCheck, Settings } from "lucide-react";
import { Link } from "wouter";
import { explain } from "../api/client";
import { useBrandId } from "../data/resources";
import { t } from "../lib/i18n";
import { Button, cx, Empty, Failed, Skeleton } from "../ui/parts";
import ui from "../ui/ui.module.css";
import { markAll } from "./data";
import { NewsList } from "./list";
import { Others } from "./others";
import { useNews } from "./use-news";
import { useUnread } from "./watch";
import s from "./notifications.module.css";

export const Nothing = () => (
  <Empty title={t("Nothing to read")}>{t("When somebody assigns a task to you, or one of yours is due or changes, you are told here.")}</Empty>
);

export default function Panel({ onClose }: { onClose(): void }) {
  const list = useNews({ limit: 20 });
  const some = useUnread(useBrandId()) > 0;
  return (
    <div className={s.panel}>
      <div className={s.panelHead}>
        <h2>{t("Notifications")}</h2>
        <Button look="quiet" size="small" disabled={!some} onClick={() => void markAll(list.rows)}><CheckCheck size={15} aria-hidden />{t("Mark all as read")}</Button>
        <Link href="/settings/notifications" className={cx(ui.button, ui.quiet, ui.small, ui.icon)} aria-label={t("Choose what you are told")} onClick={onClose}><Settings size={15} aria-hidden /></Link>
      </div>
      <Others onOpen={onClose} />
      <div className={s.panelBody}>
        {list.isPending && <div className={s.waiting} role="status" aria-label={t("Loading")}><Skeleton height={40} /><Skeleton height={40} /><Skeleton height={40} /></div>}
        {list.error ? <Failed what={explain(list.error)} retry={list.refetch} /> : null}
        {!list.isPending && !list.error && list.rows.length === 0 && <Nothing />}
        <NewsList rows={list.rows} level={3} onOpen={onClose} />
      </div>
      <div className={s.panelFoot}><Link href="/notifications" className={s.all} onClick={onClose}>{t("See all notifications")}</Link></div>
    </div>
  );
}
