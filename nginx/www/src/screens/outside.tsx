import { useEffect, type ReactNode } from "react";
import { branding, pageTitle } from "../lib/branding";
import { language, t } from "../lib/i18n";
import { keepLanguageHere, LANGUAGES, SPEECH } from "../lib/languages";
import { useStore } from "../lib/store";
import { BrandLogo } from "../brand/logo";
import { BackLink, type Back } from "../ui/back";
import { RowsSkeleton, useArrival } from "./page";
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

/** So that what has the focus on such a page can say what the page says. */
export const OUTSIDE_TITLE = "outside-title";

function Frame({ children }: { children: ReactNode }) {
  const host = useStore(branding);
  return (
    <main className={s.outside}>
      <div className={s.outsideCard}>
        <div className={s.outsideBrand}><BrandLogo size={36} url={host?.logo_url ?? null} /><span>{host?.name ?? "Karara"}</span></div>
        {children}
      </div>
      {!host?.white_label && <p className={s.outsideFoot}>{t("Boards, tasks and teams in one place.")}</p>}
      <LanguageChoice />
    </main>
  );
}

/** The frame of the pages before sign-in. */
export function Outside({ title, back, children }: { title: string; back?: Back | undefined; children: ReactNode }) {
  const host = useStore(branding);
  const heading = useArrival(title);
  useEffect(() => {
    document.title = pageTitle(title);
  }, [title, host]);
  return (
    <Frame>
      {back && <BackLink {...back} />}
      <h1 ref={heading} id={OUTSIDE_TITLE} tabIndex={-1} className={s.outsideTitle}>{title}</h1>
      {children}
    </Frame>
  );
}

/** The same, while the page itself is on its way. */
export function OutsideSkeleton() {
  return <Frame><RowsSkeleton rows={3} height={48} /></Frame>;
}
