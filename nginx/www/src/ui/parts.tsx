/** The small parts that every screen is made of. */
import { CircleAlert } from "lucide-react";
import { useCallback, useId, useLayoutEffect, useRef, useState, type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactNode, type Ref, type RefObject } from "react";
import type { Person } from "../api/types";
import { connection } from "../data/connection";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import s from "./ui.module.css";

export const cx = (...names: (string | false | null | undefined)[]) => names.filter(Boolean).join(" ");

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "primary" | "plain" | "quiet" | "danger";
  size?: "small" | "normal" | "large";
  wide?: boolean;
  /** Square, for an icon alone; needs an aria-label. */
  icon?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

/** A button that is busy is switched off, and so loses the focus: it has it again afterwards, unless that went elsewhere meanwhile. */
function useKeptFocus(disabled: boolean | undefined): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const had = useRef(false);
  useLayoutEffect(() => {
    if (disabled) had.current = document.activeElement === button.current;
    else if (had.current) {
      had.current = false;
      if (document.activeElement === document.body) button.current?.focus();
    }
  }, [disabled]);
  return button;
}

export function Button({ look = "plain", size = "normal", wide, icon, className, type = "button", ref, ...rest }: ButtonProps) {
  const name = cx(s.button, s[look], size !== "normal" && s[size], wide && s.wide, icon && s.icon, className);
  const own = useKeptFocus(rest.disabled);
  const take = useCallback((element: HTMLButtonElement | null) => {
    own.current = element;
    if (typeof ref === "function") ref(element);
    else if (ref) ref.current = element;
  }, [own, ref]);
  return <button type={type} className={name} ref={take} {...rest} />;
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  big?: boolean;
  hideLabel?: boolean;
  children: (props: { id: string; className: string; "aria-invalid": boolean; "aria-describedby": string | undefined }) => ReactNode;
}

export function Field({ label, hint, error, big, hideLabel, children }: FieldProps) {
  const id = useId();
  const described = error ? `${id}-error` : hint ? `${id}-hint` : undefined;
  return (
    <div className={cx(s.field, big && s.big)}>
      <label className={hideLabel ? "visually-hidden" : s.label} htmlFor={id}>{label}</label>
      {children({ id, className: s.input!, "aria-invalid": Boolean(error), "aria-describedby": described })}
      {error ? <ErrorText id={`${id}-error`}>{error}</ErrorText> : hint ? <span id={`${id}-hint`} className={s.hint}>{hint}</span> : null}
    </div>
  );
}

export function ErrorText({ id, children }: { id?: string; children: ReactNode }) {
  return <span id={id} className={s.error}><CircleAlert size={14} aria-hidden />{children}</span>;
}

interface TextFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "id"> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  big?: boolean;
  hideLabel?: boolean;
  ref?: Ref<HTMLInputElement>;
}

export function TextField({ label, hint, error, big, hideLabel, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} big={big ?? false} hideLabel={hideLabel ?? false}>
      {(props) => <input {...props} {...input} />}
    </Field>
  );
}

export function PasswordField(props: Omit<TextFieldProps, "type">) {
  const [shown, setShown] = useState(false);
  const { label, hint, error, big, ...input } = props;
  return (
    <Field label={label} hint={hint} error={error} big={big ?? false}>
      {(field) => (
        <div className={s.passwordBox}>
          <input {...field} {...input} type={shown ? "text" : "password"} />
          <button type="button" className={s.reveal} aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? t("Hide") : t("Show")}
            <span className="visually-hidden"> {t("password")}</span>
          </button>
        </div>
      )}
    </Field>
  );
}

export function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: { value: T; label: string; icon?: ReactNode }[];
  onChange(value: T): void;
}) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={props.label} className={s.segmented}>
      {props.options.map((option) => (
        <label key={option.value}>
          <input type="radio" name={name} checked={option.value === props.value} onChange={() => props.onChange(option.value)} />
          <span>{option.icon}{option.label}</span>
        </label>
      ))}
    </div>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0]![0], words[words.length - 1]![0]] : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** FNV-1a, mixed once more: ids that differ in the last digit alone get colours far apart. */
function hue(id: string): number {
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) % 360;
}

/** Decoration unless `label` is asked for: the name usually stands beside it. Initials are drawn, so they are no text. */
export function Avatar({ person, size = 22, label = false }: { person: Person; size?: number; label?: boolean }) {
  const named = label ? { role: "img", "aria-label": person.name } : { "aria-hidden": true };
  return (
    <span
      className={s.avatar}
      title={person.name}
      style={{ width: size, height: size, fontSize: Math.round(size * 0.4), ["--hue" as string]: hue(person.id) }}
      data-initials={person.avatar_url ? undefined : initials(person.name)}
      {...named}
    >
      {person.avatar_url && <img src={person.avatar_url} alt="" />}
    </span>
  );
}

interface AvatarsProps {
  people: Person[];
  most?: number;
  size?: number;
  label?: string;
}

export function Avatars({ people, most = 3, size = 22, label }: AvatarsProps) {
  if (people.length === 0) return null;
  const names = people.map((person) => person.name).join(", ");
  return (
    <span className={s.avatars} role="img" aria-label={label ?? t("Assigned to {names}", { names })}>
      {people.slice(0, most).map((person) => <Avatar key={person.id} person={person} size={size} />)}
      {people.length > most && <span className={s.badge}>+{people.length - most}</span>}
    </span>
  );
}

export const Badge = ({ children }: { children: ReactNode }) => <span className={s.badge}>{children}</span>;
export const Kbd = ({ children }: { children: ReactNode }) => <kbd className={s.kbd}>{children}</kbd>;

export function Skeleton({ width = "100%", height = 16 }: { width?: number | string; height?: number }) {
  return <div className={s.skeleton} style={{ width, height, flex: typeof width === "number" ? "none" : undefined }} aria-hidden />;
}

export function Notice({ children, good = false }: { children: ReactNode; good?: boolean }) {
  return (
    <div className={cx(s.notice, good && s.good)} role={good ? "status" : "alert"}>
      {!good && <CircleAlert size={16} aria-hidden />}
      <div>{children}</div>
    </div>
  );
}

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** 1 where this is all that the page says. */
  level?: 1 | 2;
}

export function Empty({ icon, title, children, action, level = 2 }: EmptyProps) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <div className={s.empty}>
      {icon}
      <Heading>{title}</Heading>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** What failed while the server is away is asked for again once it is back (data/cache.ts), and says so. */
export function Failed({ what, retry }: { what: string; retry?: () => void }) {
  const reachable = useStore(connection, (c) => c.reachable);
  return (
    <div role="alert">
      <Empty title={what} action={retry && <Button onClick={retry}>{t("Try again")}</Button>}>{!reachable && t("It comes by itself once there is a connection.")}</Empty>
    </div>
  );
}

export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path d="M9 7v18M23 7 13 16l10 9" fill="none" stroke="var(--accent-ink)" strokeWidth="3.6" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="13" cy="16" r="2.6" fill="#f2c14e" />
    </svg>
  );
}
