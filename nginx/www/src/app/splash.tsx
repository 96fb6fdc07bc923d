import { t } from "../lib/i18n";
import { Skeleton } from "../ui/parts";
import s from "./app.module.css";

export function Splash() {
  return (
    <div className={s.splash} role="status" aria-label={t("Loading")}>
      <Skeleton width={180} height={24} />
      <Skeleton height={96} />
      <Skeleton height={96} />
    </div>
  );
}
