/** What is done to several accounts at once: the effect and its count first, then how it went for each. */
import { useState } from "react";
import { explain } from "../api/client";
import { session } from "../api/session";
import { announce } from "../lib/announce";
import { t } from "../lib/i18n";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Notice } from "../ui/parts";
import { State } from "../ui/table";
import { bulkUsers, type Account, type BulkOp, type BulkResult } from "./data";
import { sessionsEnd } from "./acts";
import s from "./admin.module.css";

type Chosen = ReadonlyMap<string, Account>;

const question = (op: BulkOp, count: number): string =>
  ({
    suspend: t("Suspend {count, plural, one {# account} other {# accounts}}?", { count }),
    activate: t("Activate {count, plural, one {# account} other {# accounts}}?", { count }),
    delete: t("Delete {count, plural, one {# account} other {# accounts}}?", { count }),
  })[op];

function effect(op: BulkOp, accounts: Account[]): string {
  const sessions = sessionsEnd(accounts.reduce((sum, account) => sum + account.session_count, 0));
  if (op === "suspend") return `${sessions} ${t("Nobody can sign in to these accounts until they are active again.")}`;
  if (op === "activate") return t("Who was suspended or inactive can sign in again.");
  return `${t("There is no way back.")} ${sessions} ${t("Names, addresses and memberships go; what these people made stays, under the name “Deleted user”.")}`;
}

const verb = (op: BulkOp): string => ({ suspend: t("Suspend"), activate: t("Activate"), delete: t("Delete") })[op];
const done = (op: BulkOp): string => ({ suspend: t("Suspended"), activate: t("Activated"), delete: t("Deleted") })[op];

function reason(result: BulkResult): string {
  const brands = result.error?.details["brands"] as { name: string }[] | undefined;
  return brands ? t("Last owner of {brands}", { brands: brands.map((brand) => brand.name).join(", ") }) : (result.error?.message ?? "");
}

function Results({ op, accounts, results, onForce, onClose }: { op: BulkOp; accounts: Account[]; results: BulkResult[]; onForce(): void; onClose(): void }) {
  const good = results.filter((result) => !result.error).length;
  const alone = results.some((result) => result.error?.details["reason"] === "last_owner");
  return (
    <>
      <p>{t("{good} of {all} done.", { good, all: results.length })}</p>
      <ul className={s.results} tabIndex={0} aria-label={t("How it went for each account")}>
        {results.map((result) => {
          const account = accounts[result.index];
          return (
            <li key={result.index}>
              <span className={s.two}><span>{account?.name || account?.email}</span>{account?.name && <span className={s.sub}>{account.email}</span>}</span>
              <State tone={result.error ? "bad" : "good"}>{result.error ? reason(result) : done(op)}</State>
            </li>
          );
        })}
      </ul>
      {alone && <p>{t("A brand without an active owner can't be billed, given to somebody else, or deleted from within.")}</p>}
      <Actions>
        {alone && <Button look="danger" onClick={onForce}>{t("{act} the last owners anyway", { act: verb(op) })}</Button>}
        <Button look="primary" onClick={onClose}>{t("Done")}</Button>
      </Actions>
    </>
  );
}

function BulkDialog({ op, chosen, onClose }: { op: BulkOp; chosen: Chosen; onClose(handled: string[]): void }) {
  const [accounts, setAccounts] = useState([...chosen.values()]);
  const [results, setResults] = useState<BulkResult[] | null>(null);
  const [handled, setHandled] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const run = async (whom: Account[], force: boolean) => {
    setBusy(true);
    setFailed(null);
    try {
      const answer = await bulkUsers(op, whom.map((account) => account.id), force);
      const good = answer.filter((result) => !result.error);
      setAccounts(whom);
      setResults(answer);
      setHandled((old) => [...old, ...good.map((result) => whom[result.index]!.id)]);
      announce(t("{good} of {all} done.", { good: good.length, all: answer.length }), "polite");
    } catch (error) {
      setFailed(explain(error));
    } finally {
      setBusy(false);
    }
  };
  const again = () => void run(accounts.filter((_, i) => results?.find((result) => result.index === i)?.error?.details["reason"] === "last_owner"), true);
  const me = accounts.some((account) => account.id === session.get().user?.id);
  return (
    <Dialog title={results ? t("How it went") : question(op, accounts.length)} open onClose={() => onClose(handled)} wide={results !== null}>
      {failed && <Notice>{failed}</Notice>}
      {results ? (
        <Results op={op} accounts={accounts} results={results} onForce={again} onClose={() => onClose(handled)} />
      ) : (
        <>
          <p>{effect(op, accounts)}</p>
          {me && op !== "activate" && <Notice>{t("Your own account is among them: you would be shut out, too.")}</Notice>}
          <Actions>
            <Button onClick={() => onClose([])}>{t("Cancel")}</Button>
            <Button look={op === "activate" ? "primary" : "danger"} disabled={busy} onClick={() => void run(accounts, false)}>{verb(op)}</Button>
          </Actions>
        </>
      )}
    </Dialog>
  );
}

export function BulkBar({ chosen, setChosen }: { chosen: Chosen; setChosen(next: Chosen): void }) {
  const [op, setOp] = useState<BulkOp | null>(null);
  if (chosen.size === 0) return null;
  const close = (handled: string[]) => {
    setOp(null);
    if (handled.length > 0) setChosen(new Map([...chosen].filter(([id]) => !handled.includes(id))));
  };
  return (
    <div role="toolbar" aria-label={t("For the chosen accounts")} className={s.bulk}>
      <strong>{t("{count} chosen", { count: chosen.size })}</strong>
      <Button size="small" onClick={() => setOp("suspend")}>{t("Suspend…")}</Button>
      <Button size="small" onClick={() => setOp("activate")}>{t("Activate…")}</Button>
      <Button size="small" look="danger" onClick={() => setOp("delete")}>{t("Delete…")}</Button>
      <Button size="small" look="quiet" onClick={() => setChosen(new Map())}>{t("Choose none")}</Button>
      {op && <BulkDialog op={op} chosen={chosen} onClose={close} />}
    </div>
  );
}
