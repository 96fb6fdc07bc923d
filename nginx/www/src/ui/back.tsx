/** The way up from a page. It has one place everywhere: right above the page's heading (Page and Outside put it there). */
import { ChevronLeft } from "lucide-react";
import { Link } from "wouter";
import { t } from "../lib/i18n";
import s from "./ui.module.css";

/** `name` is that of the place it leads to. An address, or what to do where a step before is no address. */
export type Back = { name: string } & ({ href: string } | { onBack(): void });

export function BackLink({ name, ...to }: Back) {
  const label = t("Back to {place}", { place: name });
  const inside = <><ChevronLeft size={17} aria-hidden />{name}</>;
  return (
    <div className={s.backRow}>
      {"href" in to
        ? <Link href={to.href} className={s.back} aria-label={label}>{inside}</Link>
        : <button type="button" className={s.back} aria-label={label} onClick={to.onBack}>{inside}</button>}
    </div>
  );
}
