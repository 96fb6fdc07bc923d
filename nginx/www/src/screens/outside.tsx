import { useEffect, type ReactNode } from "react";
import { branding, pageTitle } from "../lib/branding";
import { language, t } from "../lib/i18n";
import { keepLanguageHere, LANGUAGES, SPEECH } from "../lib/languages";
import { useStore } from "../lib/store";
import { BrandLogo } from "../brand/logo";
import s from "./screens.module.css";

/** Each language in its own words, for whoever can't read the page. Who has an account chooses in the settings. */
function LanguageChoice() {
  const spoken = useStore(language);
  return (
    <div className={s.outsideLanguages} role="group" aria-label={t("Language")}>
      {LANGUAGES.map((one) => (
        <button
          key={one} type="button" lang={one} aria-pressed={one === spoken}
          onClick={() => {
            keepLanguageHere(one);
            language.set(one);
          }}
        >
          {SPEECH[one].name}
        </button>
      ))}
    </div>
  );
}

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
      <LanguageChoice />
    </main>
  );
}
