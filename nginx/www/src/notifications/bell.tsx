/** The bell, with how much is unread. On a desktop the newest open below it; on a phone it leads to their page. */
import { Bell as BellIcon } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { useBrandId } from "../data/resources";
import { t } from "../lib/i18n";
import { useKey } from "../lib/keys";
import { usePhone } from "../lib/use-media";
import { Popover } from "../ui/overlays";
import { Button, cx, Skeleton } from "../ui/parts";
import ui from "../ui/ui.module.css";
import { useUnread } from "./watch";
import s from "./notifications.module.css";

const Panel = lazy(() => import("./panel"));

function Face({ count }: { count: number }) {
  return (
    <span className={s.bell}>
      <BellIcon size={18} aria-hidden />
      {count > 0 && <span className={s.count} aria-hidden>{count > 99 ? "99+" : count}</span>}
    </span>
  );
}

export function Bell() {
  const brand = useBrandId();
  const count = useUnread(brand);
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  const [path, navigate] = useLocation();
  const label = count > 0 ? t("Notifications, {count} unread", { count: count > 99 ? "99+" : count }) : t("Notifications");
  useKey("n", () => (phone ? navigate("/notifications") : setOpen(true)));
  useEffect(() => setOpen(false), [path]);
  if (!brand) return null;
  if (phone) return <Link href="/notifications" className={cx(ui.button, ui.quiet, ui.icon)} aria-label={label} aria-current={path === "/notifications" ? "page" : undefined}><Face count={count} /></Link>;
  return (
    <Popover wide label={t("Notifications")} open={open} onOpenChange={setOpen} trigger={<Button look="quiet" icon aria-label={label} title="n"><Face count={count} /></Button>}>
      <Suspense fallback={<div className={s.waiting}><Skeleton height={40} /><Skeleton height={40} /></div>}><Panel onClose={() => setOpen(false)} /></Suspense>
    </Popover>
  );
}
