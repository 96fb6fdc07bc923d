/** Inviting people by mail: one address or many lines of them, with what became of each. */
import { CircleCheck, CircleX } from "lucide-react";
import { useMemo, useState } from "react";
import { api, ApiError } from "../api/client";
import type { Role } from "../api/types";
import { addressesOf } from "../lib/addresses";
import { refetch, teamsQuery, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Field, Notice } from "../ui/parts";
import { toast } from "../ui/toasts";
import { useQuery } from "@tanstack/react-query";
import { RoleField, TeamChoice } from "./add-member";
import { memberWords } from "./member-acts";
import { useDraft } from "../lib/use-draft";
import { UntilField } from "./when";
import s from "./brand.module.css";

const MOST = 100;

interface Result {
  email: string;
  failed: string | null;
}

interface Wish {
  role: Role;
  team_ids: string[];
  access_expires_at: string | null;
  message: string;
}

function words(error: unknown): string {
  if (error instanceof ApiError && (error.code === "rate_limited" || error.status === 429)) return error.message;
  const fields = error instanceof ApiError ? Object.values(error.fieldErrors).flat() : [];
  return fields.length > 0 ? fields.join(" ") : memberWords(error);
}

/** What is wrong for every address alike; then the others needn't be tried. */
const forAll = (error: unknown) =>
  error instanceof ApiError && (["plan_limit_reached", "brand_suspended"].includes(error.code) || ["role", "team_ids", "access_expires_at", "message"].some((f) => f in error.fieldErrors));

async function inviteAll(brandId: string, emails: string[], wish: Wish, told: (done: number) => void): Promise<Result[]> {
  const results: Result[] = [];
  for (const email of emails) {
    try {
      await api.post(`/brands/${brandId}/users/invite`, { email, ...wish });
      results.push({ email, failed: null });
    } catch (error) {
      if (forAll(error) && results.length === 0) throw error;
      results.push({ email, failed: words(error) });
    }
    told(results.length);
  }
  return results;
}

function Results({ results }: { results: Result[] }) {
  const bad = results.filter((r) => r.failed !== null).length;
  return (
    <>
      <p role="status"><strong>{t("{good} of {all} invited, {bad, plural, one {# was refused} other {# were refused}}.", { good: results.length - bad, all: results.length, bad })}</strong></p>
      <div className={s.scrollBox} tabIndex={0} role="region" aria-label={t("What became of each address")}>
        <table className={s.table}>
          <thead><tr><th scope="col">{t("Address")}</th><th scope="col">{t("Result")}</th></tr></thead>
          <tbody>
            {results.map((r) => (
              <tr key={r.email}>
                <td className={s.wrap}>{r.email}</td>
                <td className={r.failed ? s.bad : s.good}>{r.failed ? <><CircleX size={15} aria-hidden /> {r.failed}</> : <><CircleCheck size={15} aria-hidden /> {t("Invited")}</>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface Wanted {
  text: string;
  role: Role;
  teams: string[];
  until: string | null;
  message: string;
}

interface InviteProps {
  brandId: string;
  own: Role;
  onClose(): void;
}

export function InvitePeople({ brandId, own, onClose }: InviteProps) {
  const rights = useRights();
  // Closed by a slip, the dialog opens again with all that was in it.
  const draft = useDraft<Wanted>(`${brandId}/invite`, useMemo(() => ({ text: "", role: "member", teams: [], until: null, message: "" }), []));
  const { text, role, teams, until, message } = draft.value;
  const [results, setResults] = useState<Result[] | null>(null);
  const [done, setDone] = useState(0);
  const own_teams = useQuery(teamsQuery(brandId)).data ?? [];
  const { good, bad } = addressesOf(text);
  const mayChoose = (id: string) => rights.can("can_manage_users") || own_teams.find((team) => team.id === id)?.role === "manager";
  const problem = bad.length > 0 ? t("Not an e-mail address: {list}", { list: bad.slice(0, 5).join(", ") }) : good.length > MOST ? t("{count} addresses are too many for one time: {most} at most.", { count: good.length, most: MOST }) : undefined;
  const form = useForm(
    async () => {
      if (problem) return;
      const all = await inviteAll(brandId, good, { role, team_ids: teams, access_expires_at: until, message: message.trim() }, setDone);
      await Promise.all([refetch(brandId, "invitations"), refetch(brandId, "members")]);
      if (all.every((r) => r.failed === null)) {
        draft.reset();
        toast({ text: t("{count, plural, one {The invitation is on its way.} other {# invitations are on their way.}}", { count: all.length }) });
        return onClose();
      }
      setResults(all);
      draft.set({ text: all.filter((r) => r.failed !== null).map((r) => r.email).join("\n") });
    },
    memberWords,
    ["role", "team_ids", "access_expires_at", "message"],
  );
  const cancel = () => {
    draft.reset();
    onClose();
  };
  if (results) {
    return (
      <Dialog title={t("Invite people")} open onClose={onClose} wide>
        <Results results={results} />
        <Actions>
          <Button onClick={() => setResults(null)}>{t("Try the refused ones again")}</Button>
          <Button look="primary" onClick={onClose}>{t("Close")}</Button>
        </Actions>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("Invite people")} open onClose={onClose} wide description={t("Each gets a mail with a link that is good for some days. It doesn't matter whether they have an account.")}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <Field label={t("E-mail addresses")} error={text ? problem : undefined} hint={t("One per line; paste as many as you like.")}>
          {(props) => <textarea {...props} rows={4} required autoFocus spellCheck={false} value={text} onChange={(event) => draft.set({ text: event.target.value })} />}
        </Field>
        <RoleField own={own} value={role} error={form.of("role")} onChange={(next) => draft.set({ role: next })} />
        <TeamChoice brandId={brandId} value={teams} only={mayChoose} error={form.of("team_ids")} onChange={(next) => draft.set({ teams: next })} />
        <UntilField value={until} error={form.of("access_expires_at")} onChange={(next) => draft.set({ until: next })} />
        <Field label={t("A few words for the mail (optional)")} error={form.of("message")} hint={t("Without links: the mail has the one to accept.")}>
          {(props) => <textarea {...props} rows={2} maxLength={1000} value={message} onChange={(event) => draft.set({ message: event.target.value })} />}
        </Field>
        <Actions>
          {form.busy && good.length > 1 && <span className={s.unsaved} role="status">{t("{done} of {all}", { done, all: good.length })}</span>}
          <Button onClick={cancel}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" disabled={form.busy || good.length === 0 || problem !== undefined}>
            {form.busy ? t("Inviting…") : t("{count, plural, =0 {Invite} one {Invite # person} other {Invite # people}}", { count: good.length })}
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}
