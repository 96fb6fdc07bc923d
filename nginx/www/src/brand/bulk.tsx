/** Many memberships in one request: what is sent, and what became of each. */
import { CircleCheck, CircleX } from "lucide-react";
import { useState } from "react";
import { api, request } from "../api/client";
import type { Role } from "../api/types";
import type { OperationError, OperationResult, OperationResults } from "../api/types.gen";
import { refetch } from "../data/resources";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Notice } from "../ui/parts";
import { toast } from "../ui/toasts";
import s from "./brand.module.css";

export interface Operation {
  op: "add" | "update" | "remove";
  user_id?: string;
  email?: string;
  role?: Role;
  status?: "active" | "suspended";
  expires_at?: string | null;
}

export interface Outcome {
  who: string;
  result: OperationResult;
}

export async function sendOperations(brandId: string, operations: Operation[], atomic: boolean): Promise<OperationResult[]> {
  const { results } = await api.post<OperationResults>(`/brands/${brandId}/users/bulk`, { operations, atomic });
  void refetch(brandId, "members");
  return results;
}

export async function sendTable(brandId: string, csv: string, atomic: boolean): Promise<OperationResult[]> {
  const reply = await request<OperationResults>("POST", `/brands/${brandId}/users/bulk`, {
    csv, query: atomic ? { all_or_nothing: "true" } : {}, idempotencyKey: crypto.randomUUID(),
  });
  void refetch(brandId, "members");
  return reply.data.results;
}

const failed = (result: OperationResult) => result.status >= 400;

/** Why one wasn't done: by field where it is a field, else in the server's words. */
export function whyNot(error: OperationError | null): string {
  if (!error) return "";
  const fields = Object.entries(error.field_errors ?? {}).map(([field, words]) => `${field}: ${[words].flat().join(" ")}`);
  return fields.length > 0 ? fields.join("; ") : error.message;
}

export function OutcomeTable({ outcomes }: { outcomes: Outcome[] }) {
  const bad = outcomes.filter(({ result }) => failed(result)).length;
  const words = bad === 0
    ? t("{count, plural, one {# row is} other {All # rows are}} done.", { count: outcomes.length })
    : t("{good} of {all} done, {bad, plural, one {# was refused} other {# were refused}}.", { good: outcomes.length - bad, all: outcomes.length, bad });
  return (
    <div className={s.outcomes}>
      <p role="status"><strong>{words}</strong></p>
      <div className={s.scrollBox} tabIndex={0} role="region" aria-label={t("What became of each row")}>
        <table className={s.table}>
          <thead><tr><th scope="col">{t("Row")}</th><th scope="col">{t("Who")}</th><th scope="col">{t("Result")}</th></tr></thead>
          <tbody>
            {outcomes.map(({ who, result }) => (
              <tr key={result.index}>
                <td>{result.index + 1}</td>
                <td className={s.wrap}>{who}</td>
                <td className={failed(result) ? s.bad : s.good}>
                  {failed(result) ? <><CircleX size={15} aria-hidden /> {whyNot(result.error as OperationError | null)}</> : <><CircleCheck size={15} aria-hidden /> {result.invited ? t("Invited") : result.status === 201 ? t("Added") : t("Done")}</>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

interface BulkDialogProps {
  brandId: string;
  title: string;
  /** What it does and to how many. */
  effect: string;
  yes: string;
  danger?: boolean;
  people: { id: string; name: string }[];
  operation(): Omit<Operation, "user_id" | "email">;
  children?: React.ReactNode;
  onClose(done: boolean): void;
}

/** Asks, sends, and shows what was refused; when all went well it closes by itself. */
export function BulkDialog({ brandId, title, effect, yes, danger, people, operation, children, onClose }: BulkDialogProps) {
  const [atomic, setAtomic] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcome[] | null>(null);
  const form = useForm(async () => {
    const results = await sendOperations(brandId, people.map(({ id }) => ({ ...operation(), user_id: id })), atomic);
    if (results.some(failed)) return setOutcomes(results.map((result) => ({ who: people[result.index]?.name ?? "", result })));
    toast({ text: t("{count, plural, one {Done for # person.} other {Done for # people.}}", { count: results.length }) });
    onClose(true);
  });
  if (outcomes) {
    return (
      <Dialog title={title} open onClose={() => onClose(true)} wide>
        <OutcomeTable outcomes={outcomes} />
        <Actions><Button look="primary" onClick={() => onClose(true)}>{t("Close")}</Button></Actions>
      </Dialog>
    );
  }
  return (
    <Dialog title={title} open onClose={() => onClose(false)} wide>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        {children}
        <p>{effect}</p>
        {people.length > 1 && <p className={s.muted}>{people.slice(0, 8).map((p) => p.name).join(", ")}{people.length > 8 && ` ${t("and {count} more", { count: people.length - 8 })}`}</p>}
        {people.length > 1 && (
          <label className={s.check}><input type="checkbox" checked={atomic} onChange={(event) => setAtomic(event.target.checked)} />{t("All or nothing: if one is refused, none is done")}</label>
        )}
        <Actions>
          <Button onClick={() => onClose(false)}>{t("Cancel")}</Button>
          <Button look={danger ? "danger" : "primary"} type="submit" disabled={form.busy}>{form.busy ? t("One moment…") : yes}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}
