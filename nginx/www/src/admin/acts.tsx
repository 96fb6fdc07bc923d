/** What an admin does to accounts, with its effect said first: for one account or many. */
import { useState, type ReactNode } from "react";
import { api, explain } from "../api/client";
import { t } from "../lib/i18n";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { leftAlone, refetchAdmin, type Account } from "./data";
import s from "./admin.module.css";

export const sessionsEnd = (count: number) => t("{count, plural, =0 {No device is signed in} one {# device is signed out at once} other {# devices are signed out at once}}.", { count });

/** The brands that an act would leave without an owner, and the way to do it all the same. */
export function LeftAlone({ brands }: { brands: { id: string; name: string }[] }) {
  return (
    <Notice>
      <p>{t("{count, plural, one {This brand has} other {These brands have}} no other active owner:", { count: brands.length })}</p>
      <ul className={s.plainList}>{brands.map((brand) => <li key={brand.id}>{brand.name}</li>)}</ul>
      <p>{t("Without one, nobody can change its owners, its billing, or delete it. Better make somebody else an owner first.")}</p>
    </Notice>
  );
}

interface ActProps {
  title: string;
  children: ReactNode;
  yes: string;
  /** What is pressed when brands would be left alone. */
  anyway: string;
  /** Has to be typed before it can be done. */
  typed?: { label: string; text: string };
  act(force: boolean): Promise<void>;
  onClose(): void;
}

/** A dialog that does something to an account; a refusal for the brands' sake is shown, and can be overruled. */
export function Act({ title, children, yes, anyway, typed, act, onClose }: ActProps) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const [text, setText] = useState("");
  const brands = leftAlone(failed);
  const ready = !typed || text.trim().toLowerCase() === typed.text.toLowerCase();
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    if (busy || !ready) return;
    setBusy(true);
    try {
      await act(brands !== null);
      onClose();
    } catch (error) {
      setFailed(error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} open onClose={onClose}>
      <form className={s.form} onSubmit={(event) => void submit(event)}>
        <div className={s.effect}>{children}</div>
        {brands ? <LeftAlone brands={brands} /> : failed ? <Notice>{explain(failed)}</Notice> : null}
        {typed && <TextField label={typed.label} autoComplete="off" autoCapitalize="off" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />}
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="danger" type="submit" disabled={busy || !ready}>{brands ? anyway : yes}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

export async function changeAccount(account: Account, body: { status?: string; platform_role?: string; two_factor_enabled?: false }, said: string, force = false): Promise<void> {
  await api.patch(`/admin/users/${account.id}`, { ...body, ...(force ? { force } : {}) }, { ifMatch: account.version });
  await refetchAdmin();
  toast({ text: said });
}

export function Suspend({ account, status, onClose }: { account: Account; status: "suspended" | "inactive"; onClose(): void }) {
  const suspending = status === "suspended";
  const said = suspending ? t("{name} is suspended.", { name: account.name }) : t("{name} is inactive.", { name: account.name });
  return (
    <Act
      title={suspending ? t("Suspend {name}?", { name: account.name }) : t("Make {name} inactive?", { name: account.name })}
      yes={suspending ? t("Suspend") : t("Make inactive")} anyway={suspending ? t("Suspend anyway") : t("Make inactive anyway")}
      act={(force) => changeAccount(account, { status }, said, force)} onClose={onClose}
    >
      <p>{sessionsEnd(account.session_count)} {t("Nobody can sign in to the account until it is active again. What it made and belongs to stays.")}</p>
    </Act>
  );
}

export function Delete({ account, onClose, onDone }: { account: Account; onClose(): void; onDone(): void }) {
  const act = async (force: boolean) => {
    await api.delete(`/admin/users/${account.id}`, { ifMatch: account.version, ...(force ? { query: { force: "true" } } : {}) });
    toast({ text: t("The account of {name} is deleted.", { name: account.name }) });
    onDone();
    void refetchAdmin();
  };
  return (
    <Act
      title={t("Delete the account of {name}?", { name: account.name })} yes={t("Delete the account")} anyway={t("Delete it anyway")}
      typed={{ label: t("Type {email} to confirm", { email: account.email }), text: account.email }} act={act} onClose={onClose}
    >
      <p>{t("There is no way back.")} {sessionsEnd(account.session_count)}</p>
      <p>{t("Gone: name, address, password, devices, and {count, plural, =0 {no memberships} one {membership in # brand} other {memberships in # brands}}.", { count: account.brand_count })}</p>
      <p>{t("Kept: the boards, cards and comments that they made, under the name “Deleted user”.")}</p>
    </Act>
  );
}
