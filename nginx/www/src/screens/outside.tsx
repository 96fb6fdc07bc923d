import { useEffect, type ReactNode } from "react";
import { t } from "../lib/i18n";
import { Logo } from "../ui/parts";
import s from "./screens.module.css";

/** The frame of the pages before sign-in. */
export function Outside({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Karara`;
  }, [title]);
  return (
    <main className={s.outside}>
      <div className={s.outsideCard}>
        <div className={s.outsideBrand}><Logo size={36} /><span>Karara</span></div>
        <h1 className={s.outsideTitle}>{title}</h1>
        {children}
      </div>
      <p className={s.outsideFoot}>{t("Boards, tasks and teams in one place.")}</p>
    </main>
  );
}
