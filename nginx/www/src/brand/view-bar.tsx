/** While somebody looks with another person's eyes: a bar and a frame on every page, and the way out. */
import { Eye } from "lucide-react";
import { useEffect } from "react";
import { closeLeftView, endView, view, viewThatEnded } from "../api/view";
import { locale, t } from "../lib/i18n";
import { toast } from "../ui/toasts";
import { roleName } from "./words";
import s from "./brand.module.css";

const clock = (ms: number) => new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(ms);

function useEnd(): void {
  useEffect(() => {
    if (!view) {
      void closeLeftView();
      const name = viewThatEnded();
      if (name) toast({ text: t("The view as {name} has ended: it is good for a few minutes only. You are yourself again.", { name }) });
      return;
    }
    const timer = setTimeout(() => endView("over"), Math.max(0, view.expiresAt - Date.now()));
    return () => clearTimeout(timer);
  }, []);
}

export function ViewBar() {
  useEnd();
  if (!view) return null;
  return (
    <>
      <section className={s.viewBar} aria-label={t("You are looking as somebody else")} data-view-bar="">
        <Eye size={18} aria-hidden />
        <p>
          <strong>{t("You are looking as {name} ({role}).", { name: view.name, role: roleName(view.role) })}</strong>{" "}
          {t("Nothing can be changed. It ends by itself at {time}.", { time: clock(view.expiresAt) })}
        </p>
        <button type="button" className={s.viewOut} onClick={() => endView("left")}>{t("Stop looking")}</button>
      </section>
      <div className={s.viewFrame} aria-hidden />
    </>
  );
}
