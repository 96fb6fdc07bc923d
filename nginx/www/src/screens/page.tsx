import { useEffect, useRef, type ReactNode, type RefObject } from "react";
import { BackLink, type Back } from "../ui/back";
import { Skeleton } from "../ui/parts";
import { pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import s from "./screens.module.css";

let arrived = false;

/**
 * The focus follows to the heading of a page that took the place of what was pressed, so that reading and Tab go on from there. `place` is what
 * makes it another page. Where the focus is somewhere already, and on the first page of a load, it stays as it is.
 */
export function useArrival(place: string): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (arrived && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
    arrived = true;
  }, [place]);
  return heading;
}

interface PageProps {
  title: string;
  action?: ReactNode;
  /** The page above this one. */
  back?: Back | undefined;
  children: ReactNode;
  narrow?: boolean;
}

/** A screen with a heading, one action and its content. */
export function Page({ title, action, back, children, narrow = false }: PageProps) {
  const heading = useArrival("");
  useEffect(() => {
    document.title = pageTitle(title);
  }, [title]);
  return (
    <div className={narrow ? `${s.page} ${s.narrow}` : s.page}>
      <header className={s.pageHead}>
        {back && <BackLink {...back} />}
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
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
