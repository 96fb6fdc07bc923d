import { useEffect, type ReactNode } from "react";
import { Skeleton } from "../ui/parts";
import { pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import s from "./screens.module.css";

/** A screen with a heading, one action and its content. */
export function Page({ title, action, children, narrow = false }: { title: string; action?: ReactNode; children: ReactNode; narrow?: boolean }) {
  useEffect(() => {
    document.title = pageTitle(title);
  }, [title]);
  return (
    <div className={narrow ? `${s.page} ${s.narrow}` : s.page}>
      <header className={s.pageHead}>
        <h1>{title}</h1>
        {action}
      </header>
      {children}
    </div>
  );
}

export function RowsSkeleton({ rows = 5, height = 52 }: { rows?: number; height?: number }) {
  return (
    <div className={s.skeletonRows} role="status" aria-label={t("Loading")}>
      {Array.from({ length: rows }, (_, i) => <Skeleton key={i} height={height} />)}
    </div>
  );
}
