/** What the parts of the settings are made of. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { session } from "../api/session";
import { t } from "../lib/i18n";
import s from "../screens/screens.module.css";
import { Button, PasswordField } from "../ui/parts";
import a from "./account.module.css";

interface SectionProps {
  title: string;
  about?: ReactNode;
  danger?: boolean;
  /** Takes the place of a step before: the focus comes to its heading. */
  follows?: boolean;
  children: ReactNode;
}

export function Section({ title, about, danger = false, follows = false, children }: SectionProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (follows && document.activeElement === document.body) heading.current?.focus();
  }, [follows]);
  return (
    <section className={danger ? `${s.section} ${a.dangerous}` : s.section} aria-label={title}>
      <div className={a.sectionHead}>
        <h2 ref={heading} tabIndex={follows ? -1 : undefined} className={a.title}>{title}</h2>
        {about && <p className={s.muted}>{about}</p>}
      </div>
      <div className={s.sectionBody}>{children}</div>
    </section>
  );
}

/** A button that opens a form in its place. The focus goes to the form's first field, and back to the button. */
export function Opens({ label, look = "plain", children }: { label: string; look?: "plain" | "danger"; children(close: () => void): ReactNode }) {
  const [open, setOpen] = useState<boolean | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open) box.current?.querySelector<HTMLElement>("input:not([readonly]), select, textarea")?.focus();
    if (open === false) button.current?.focus();
  }, [open]);
  if (!open) return <div><Button ref={button} look={look} onClick={() => setOpen(true)}>{label}</Button></div>;
  return <div ref={box}>{children(() => setOpen(false))}</div>;
}

/** So that password managers know whose password a form is about. */
export const WhoseForm = () => (
  <input className="visually-hidden" name="username" autoComplete="username" value={session.get().user?.email ?? ""} readOnly tabIndex={-1} aria-hidden />
);

export function OwnPassword({ error, value, onChange, label }: { error: string | undefined; value: string; onChange(next: string): void; label?: string }) {
  return (
    <PasswordField
      label={label ?? t("Your password")} name="password" autoComplete="current-password" required error={error}
      value={value} onChange={(event) => onChange(event.target.value)}
    />
  );
}

export const wrongPassword = () => t("That is not your password.");

export function FormButtons({ busy, yes, close, danger = false }: { busy: boolean; yes: string; close(): void; danger?: boolean }) {
  return (
    <div className={a.buttons}>
      <Button look={danger ? "danger" : "primary"} type="submit" disabled={busy}>{busy ? t("One moment…") : yes}</Button>
      <Button onClick={close}>{t("Cancel")}</Button>
    </div>
  );
}
