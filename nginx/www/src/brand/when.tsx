/** A moment, typed or picked on the clocks of the person's own zone. */
import { t } from "../lib/i18n";
import { zoneNote } from "../lib/dates";
import { fromWall, toWall, userZone } from "../lib/zone";
import { Field } from "../ui/parts";

const two = (n: number) => String(n).padStart(2, "0");

/** As a datetime-local field wants it. */
export function toLocal(iso: string | null | undefined): string {
  if (!iso) return "";
  const w = toWall(new Date(iso), userZone());
  return `${w.year}-${two(w.month)}-${two(w.day)}T${two(w.hour)}:${two(w.minute)}`;
}

export function fromLocal(text: string): string | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [number, number, number, number, number];
  return fromWall({ year, month, day, hour, minute }, userZone()).toISOString();
}

export const inDays = (days: number): string => new Date(Date.now() + days * 864e5).toISOString();

interface WhenProps {
  label: string;
  hint?: string;
  error?: string | undefined;
  required?: boolean;
  /** RFC 3339, or null for none. */
  value: string | null;
  onChange(iso: string | null): void;
}

export function WhenField({ label, hint, error, required, value, onChange }: WhenProps) {
  const words = [hint, zoneNote().trim()].filter(Boolean).join(" ");
  return (
    <Field label={label} hint={words || undefined} error={error}>
      {(props) => <input {...props} type="datetime-local" required={required} min={toLocal(new Date().toISOString())} value={toLocal(value)} onChange={(event) => onChange(fromLocal(event.target.value))} />}
    </Field>
  );
}

/** When access ends: never, or then; with the usual lengths at hand. */
export function UntilField({ value, error, onChange, label }: Omit<WhenProps, "hint" | "required" | "label"> & { label?: string }) {
  return (
    <div>
      <WhenField label={label ?? t("Access ends")} hint={value ? t("To the second; then everything is closed to them.") : t("Empty: it doesn't end by itself.")} error={error} value={value} onChange={onChange} />
    </div>
  );
}
