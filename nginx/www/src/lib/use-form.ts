/** A form that is sent once: busy while on its way, with the server's words beside their fields. */
import { useEffect, useRef, useState } from "react";
import { ApiError, explain, type FieldErrors } from "../api/client";

export interface FormState {
  busy: boolean;
  /** The words for the whole form; empty when every wrong field is shown at its place. */
  failed: string | null;
  /** What the last sending failed with, for those who say more than words; null after a success and on the way. */
  problem: unknown;
  errors: FieldErrors;
  of(field: string): string | undefined;
  submit(event: React.FormEvent): void;
}

/** The server says what is wrong with a field ("is taken"); beneath the field that stands by itself. */
export const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?…]$/.test(words) ? "" : ".");

export function useForm(send: () => Promise<void>, words: (error: unknown) => string = explain, shown: string[] = []): FormState {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [errors, setErrors] = useState<FieldErrors>({});
  const sent = useRef<Element>(null);
  // Once the failure is on the screen: to the first field that is wrong. What can't be mended letter by letter is typed anew over the old.
  useEffect(() => {
    const wrong = problem ? sent.current?.querySelector<HTMLElement>("[aria-invalid=true]") : null;
    wrong?.focus();
    if (wrong instanceof HTMLInputElement && ["current-password", "one-time-code"].includes(wrong.autocomplete)) wrong.select();
  }, [problem]);
  const fail = (error: unknown) => {
    const fields = error instanceof ApiError ? error.fieldErrors : {};
    setErrors(fields);
    const names = Object.keys(fields);
    const placed = names.length > 0 && names.every((name) => shown.includes(name));
    setFailed(placed ? null : words(error));
    setProblem(error);
  };
  return {
    busy, failed, problem, errors,
    of: (field) => errors[field]?.map(sentence).join(" "),
    submit(event) {
      event.preventDefault();
      if (busy) return;
      sent.current = event.currentTarget;
      setBusy(true);
      setFailed(null);
      setProblem(null);
      setErrors({});
      send().catch(fail).finally(() => setBusy(false));
    },
  };
}

/** Throws a failure of this code again as one of the field, so that it is said where the person can mend it. */
export function atField(code: string, field: string, words: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ApiError && error.code === code) throw new ApiError(error.status, error.code, words, error.details, { [field]: [words] });
    throw error;
  };
}
