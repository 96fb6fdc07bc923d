import { t } from "../lib/i18n";
import { Skeleton } from "../ui/parts";
import s from "./board.module.css";

/** The board's own shape while it is fetched for the first time. */
export function BoardSkeleton() {
  return (
    <div className={s.page} role="status" aria-label={t("Loading the board")}>
      <div className={s.head}><Skeleton width={180} height={24} /></div>
      <div className={s.board}>
        {[4, 2, 3].map((count, i) => (
          <div key={i} className={s.column}>
            <div className={s.columnHead}><Skeleton width={110} /></div>
            <div className={s.skeletonCards}>{Array.from({ length: count }, (_, j) => <Skeleton key={j} height={84} />)}</div>
          </div>
        ))}
      </div>
    </div>
  );
}
