/** A form that is sent once: busy while on its way, with the server's words beside their fields. */
import { useState } from "react";
import { ApiError, explain, type FieldErrors } from "../api/client";

export interface FormState {
  busy: boolean;
  /** The words for the whole form; empty when every wrong field is shown at its place. */
  failed: string | null;
  errors: FieldErrors;
  of(field: string): string | undefined;
  submit(event: React.FormEvent): void;
}

export function useForm(send: () => Promise<void>, words: (error: unknown) => string = explain, shown: string[] = []): FormState {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const [errors, setErrors] = useState<FieldErrors>({});
  const fail = (error: unknown) => {
    const fields = error instanceof ApiError ? error.fieldErrors : {};
    setErrors(fields);
    const names = Object.keys(fields);
    const placed = names.length > 0 && names.every((name) => shown.includes(name));
    setFailed(placed ? null : words(error));
    requestAnimationFrame(() => document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  return {
    busy, failed, errors,
    of: (field) => errors[field]?.join(" "),
    submit(event) {
      event.preventDefault();
      if (busy) return;
      setBusy(true);
      setFailed(null);
      setErrors({});
      send().catch(fail).finally(() => setBusy(false));
    },
  };
}
