/** Members from a table: a file or pasted text, with a result for each row. */
import { useMemo, useState } from "react";
import { t } from "../lib/i18n";
import { parseCsv } from "../lib/csv";
import { useForm } from "../lib/use-form";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Field, Notice } from "../ui/parts";
import { useDraft } from "../lib/use-draft";
import { OutcomeTable, sendTable, type Outcome } from "./bulk";
import s from "./brand.module.css";

const COLUMNS = ["op", "email", "user_id", "role", "status", "teams", "expires_at"];
const MOST = 500;
const EXAMPLE = "email,role,teams,expires_at\nmara@example.org,member,Product;Marketing,\nben@example.org,guest,,2027-01-31T17:00:00Z\n";

/** What is wrong with the table as a whole, before it is sent. */
function problemOf(rows: string[][]): string | null {
  const [header, ...body] = rows;
  if (!header) return null;
  const unknown = header.filter((name) => !COLUMNS.includes(name));
  if (unknown.length > 0) return t("The first row names the columns. Not known: {names}. Known are {known}.", { names: unknown.join(", "), known: COLUMNS.join(", ") });
  if (!header.includes("email") && !header.includes("user_id")) return t("A column email (or user_id) has to say who is meant.");
  if (body.length > MOST) return t("{count} rows are too many for one time: {most} at most.", { count: body.length, most: MOST });
  const short = body.findIndex((row) => row.length !== header.length);
  if (short >= 0) return t("Row {n} has {cells} cells, the first has {wanted}.", { n: short + 1, cells: body[short]!.length, wanted: header.length });
  return null;
}

function whoOf(header: string[], row: string[] | undefined): string {
  const at = header.indexOf("email");
  return (at >= 0 && row?.[at]) || row?.[header.indexOf("user_id")] || "";
}

function Preview({ rows }: { rows: string[][] }) {
  const [header, ...body] = rows;
  return (
    <div className={s.scrollBox} tabIndex={0} role="region" aria-label={t("The first rows")}>
      <table className={s.table}>
        <thead><tr>{header!.map((name, i) => <th key={i} scope="col">{name}</th>)}</tr></thead>
        <tbody>{body.slice(0, 5).map((row, i) => <tr key={i}>{row.map((cell, at) => <td key={at} className={s.wrap}>{cell}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function download(): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([EXAMPLE], { type: "text/csv" }));
  link.download = "members.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

export function ImportMembers({ brandId, onClose }: { brandId: string; onClose(): void }) {
  const draft = useDraft(`${brandId}/import`, useMemo(() => ({ text: "" }), []));
  const { text } = draft.value;
  const setText = (next: string) => draft.set({ text: next });
  const [atomic, setAtomic] = useState(true);
  const [outcomes, setOutcomes] = useState<Outcome[] | null>(null);
  const rows = useMemo(() => parseCsv(text), [text]);
  const problem = problemOf(rows);
  const count = Math.max(0, rows.length - 1);
  const form = useForm(
    async () => {
      const results = await sendTable(brandId, text, atomic);
      if (results.every((result) => result.status < 400)) draft.reset();
      setOutcomes(results.map((result) => ({ who: whoOf(rows[0]!, rows[result.index + 1]), result })));
    },
    undefined,
    ["operations"],
  );
  const cancel = () => {
    draft.reset();
    onClose();
  };
  const allGood = outcomes?.every(({ result }) => result.status < 400) ?? false;
  if (outcomes) {
    return (
      <Dialog title={t("Members from a table")} open onClose={onClose} wide>
        <OutcomeTable outcomes={outcomes} />
        <Actions>
          {!allGood && <Button onClick={() => setOutcomes(null)}>{t("Mend the table")}</Button>}
          <Button look="primary" onClick={onClose}>{t("Close")}</Button>
        </Actions>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("Members from a table")} open onClose={onClose} wide description={t("Adds, changes or removes up to 500 people at once. Whom you add and share no brand with yet gets an invitation.")}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <Field label={t("A file in CSV")}>
          {(props) => <input {...props} type="file" accept=".csv,text/csv,text/plain" onChange={(event) => void event.target.files?.[0]?.text().then(setText)} />}
        </Field>
        <Field label={t("Or paste its rows")} error={form.of("operations") ?? problem ?? undefined} hint={t("Columns: {names}. An empty op means add; several teams stand between semicolons.", { names: COLUMNS.join(", ") })}>
          {(props) => <textarea {...props} rows={6} spellCheck={false} className={`${props.className} ${s.mono}`} placeholder={EXAMPLE} value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
        {count > 0 && !problem && <Preview rows={rows} />}
        <label className={s.check}><input type="checkbox" checked={atomic} onChange={(event) => setAtomic(event.target.checked)} />{t("All or nothing: if one is refused, none is done")}</label>
        <Actions>
          <Button look="quiet" onClick={download}>{t("Download an example")}</Button>
          <Button onClick={cancel}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy || count === 0 || problem !== null}>
            {form.busy ? t("One moment…") : t("{count, plural, =0 {Send} one {Send # row} other {Send # rows}}", { count })}
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}
