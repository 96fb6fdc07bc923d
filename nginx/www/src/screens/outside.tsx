import { useEffect, type ReactNode } from "react";
import { branding, pageTitle } from "../lib/branding";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { BrandLogo } from "../brand/logo";
import s from "./screens.module.css";

/** The frame of the pages before sign-in. */
export function Outside({ title, children }: { title: string; children: ReactNode }) {
  const host = useStore(branding);
  useEffect(() => {
    document.title = pageTitle(title);
  }, [title, host]);
  return (
    <main className={s.outside}>
      <div className={s.outsideCard}>
        <div className={s.outsideBrand}><BrandLogo size={36} url={host?.logo_url ?? null} /><span>{host?.name ?? "Karara"}</span></div>
        <h1 className={s.outsideTitle}>{title}</h1>
        {children}
      </div>
      {!host?.white_label && <p className={s.outsideFoot}>{t("Boards, tasks and teams in one place.")}</p>}
    </main>
  );
}
