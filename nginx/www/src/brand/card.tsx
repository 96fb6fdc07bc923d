/** A part of the settings with a form of its own: title, what it is for, its fields, Save. */
import { createContext, useContext, type ReactNode } from "react";
import { t } from "../lib/i18n";
import type { FormState } from "../lib/use-form";
import { Actions } from "../ui/overlays";
import { Button, Notice } from "../ui/parts";
import type { Draft } from "../lib/use-draft";
import s from "./brand.module.css";

/** The heading of the page that the cards stand on: one that is called the same doesn't say it again. */
export const Heading = createContext<string | null>(null);

interface CardProps {
  title: string;
  about?: ReactNode;
  children: ReactNode;
  tone?: "danger";
}

export function Card({ title, about, children, tone }: CardProps) {
  const untitled = useContext(Heading) === title;
  return (
    <section className={tone === "danger" ? `${s.card} ${s.cardDanger}` : s.card} aria-label={title}>
      {(!untitled || about) && (
        <div className={s.cardHead}>
          {!untitled && <h2>{title}</h2>}
          {about && <p className={s.about}>{about}</p>}
        </div>
      )}
      {children}
    </section>
  );
}

interface FormCardProps<T extends object> extends Omit<CardProps, "tone"> {
  form: FormState;
  draft: Draft<T>;
  /** Shown and not to be changed: the brand is suspended, or one may only look. */
  locked?: boolean;
}

export function FormCard<T extends object>({ form, draft, locked, children, ...card }: FormCardProps<T>) {
  const wrong = Object.keys(form.errors).length > 0;
  return (
    <Card {...card}>
      <form onSubmit={form.submit} className={s.form} noValidate={false}>
        {form.failed ? <Notice>{form.failed}</Notice> : wrong && <Notice>{t("Not saved: please look at what is marked below.")}</Notice>}
        <fieldset className={s.plainSet} disabled={locked}>{children}</fieldset>
        {!locked && (
          <Actions>
            {draft.dirty && <span className={s.unsaved} role="status">{t("Not saved yet")}</span>}
            {draft.dirty && <Button onClick={draft.reset} disabled={form.busy}>{t("Discard")}</Button>}
            <Button look={draft.dirty ? "primary" : "plain"} type="submit" disabled={form.busy}>{form.busy ? t("Saving…") : t("Save")}</Button>
          </Actions>
        )}
      </form>
    </Card>
  );
}

interface SwitchProps {
  label: string;
  about?: ReactNode;
  checked: boolean;
  onChange(on: boolean): void;
  error?: string | undefined;
}

/** Yes or no, with what it means below its name. */
export function Switch({ label, about, checked, onChange, error }: SwitchProps) {
  return (
    <label className={s.switch}>
      <input type="checkbox" checked={checked} aria-invalid={Boolean(error)} onChange={(event) => onChange(event.target.checked)} />
      <span>
        <span className={s.switchName}>{label}</span>
        {about && <span className={s.about}>{about}</span>}
        {error && <span className={s.switchError}>{error}</span>}
      </span>
    </label>
  );
}
