/** What there is about the person: to take along, and to take away. */
import { Download } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, ApiError, explain } from "../api/client";
import { leaveDeleted, session, switchBrand } from "../api/session";
import type { Export, User } from "../api/types";
import { t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { atField, useForm } from "../lib/use-form";
import { saveFile } from "../lib/save-file";
import { greeting } from "../outside/typed";
import s from "../screens/screens.module.css";
import { Dialog } from "../ui/overlays";
import { Button, Notice } from "../ui/parts";
import { toast } from "../ui/toasts";
import { FormButtons, OwnPassword, Section, WhoseForm, wrongPassword } from "./parts";
import a from "./account.module.css";

function Take({ user }: { user: User }) {
  const [busy, setBusy] = useState(false);
  const take = async () => {
    setBusy(true);
    try {
      const all = await api.get<Export>("/users/me/export");
      saveFile(`karara-${user.username ?? "account"}-${all.exported_at.slice(0, 10)}.json`, "application/json", JSON.stringify(all, null, 2));
      toast({ text: t("Your data is in the downloads of your browser.") });
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={t("Download everything")} about={t("One file in JSON: your account and preferences, devices and API tokens, your brands, teams and divisions, invitations and delegations, what you were told and mailed, and the cards that you made or are assigned to. No secret is in it.")}>
      <div><Button disabled={busy} onClick={() => void take()}><Download size={16} aria-hidden />{busy ? t("Gathering…") : t("Download my data")}</Button></div>
    </Section>
  );
}

interface SoleBrand {
  id: string;
  name: string;
}

/** The brands that would be left without an owner; the server names them. */
function soleBrands(problem: unknown): SoleBrand[] {
  if (!(problem instanceof ApiError) || problem.details["reason"] !== "last_owner") return [];
  return (problem.details["brands"] as SoleBrand[] | undefined) ?? [];
}

function Refused({ brands }: { brands: SoleBrand[] }) {
  const [, navigate] = useLocation();
  const go = async (id: string, path: string) => {
    try {
      await switchBrand(id);
      navigate(path);
    } catch (error) {
      toast({ text: explain(error), tone: "danger" });
    }
  };
  return (
    <div className={s.form}>
      <Notice>{t("You are the last owner of {count, plural, one {a brand} other {# brands}}, so the account can’t go yet. Make somebody else an owner, or delete the brand.", { count: brands.length })}</Notice>
      <ul className={s.devices}>
        {brands.map((brand) => (
          <li key={brand.id} className={s.memberRow}>
            <span className={s.memberWho}>{brand.name}</span>
            <span className={s.memberActs}>
              <Button size="small" onClick={() => void go(brand.id, "/members")}>{t("Members")}<span className="visually-hidden"> {t("of {brand}", { brand: brand.name })}</span></Button>
              <Button size="small" onClick={() => void go(brand.id, "/brand")}>{t("Settings")}<span className="visually-hidden"> {t("of {brand}", { brand: brand.name })}</span></Button>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function words(error: unknown): string {
  const reason = error instanceof ApiError ? error.details["reason"] : null;
  return reason === "last_platform_admin" ? t("You are the last admin of this installation. Make somebody else one first.") : explain(error);
}

function Farewell({ user, close }: { user: User; close(): void }) {
  const brands = useStore(session, (x) => x.brands);
  const [password, setPassword] = useState("");
  const [, navigate] = useLocation();
  const form = useForm(
    async () => {
      await api.delete("/users/me", { body: { password } }).catch(atField("invalid_credentials", "password", wrongPassword()));
      greeting.set(t("Your account is deleted. Thank you for having been here."));
      await leaveDeleted();
      navigate("/sign-in", { replace: true });
    },
    words,
    ["password"],
  );
  const sole = soleBrands(form.problem);
  return (
    <Dialog title={t("Delete the account of {name}?", { name: user.name })} open onClose={close}>
      <form onSubmit={form.submit} className={s.form}>
        <ul className={s.bullets}>
          <li>{t("Your name and {email} are taken away. The address is free for a new account.", { email: user.email })}</li>
          {brands.length > 0 && <li>{t("You leave {count, plural, one {this brand} other {these # brands}}: {names}.", { count: brands.length, names: brands.map((brand) => brand.name).join(", ") })}</li>}
          <li>{t("All your devices are signed out, and your API tokens end.")}</li>
          <li>{t("Cards and comments that you made stay, as those of a “Deleted user”.")}</li>
        </ul>
        <p><strong>{t("This can’t be undone.")}</strong></p>
        {sole.length > 0 ? <Refused brands={sole} /> : form.failed && <Notice>{form.failed}</Notice>}
        <WhoseForm />
        <OwnPassword error={form.of("password")} value={password} onChange={setPassword} />
        <FormButtons danger busy={form.busy} yes={t("Delete my account")} close={close} />
      </form>
    </Dialog>
  );
}

export function YourData({ user }: { user: User }) {
  const [leaving, setLeaving] = useState(false);
  return (
    <>
      <Take user={user} />
      <Section danger title={t("Delete the account")} about={t("What you made stays for the others, without your name. Perhaps download your data first.")}>
        <div className={a.buttons}><Button look="danger" onClick={() => setLeaving(true)}>{t("Delete my account…")}</Button></div>
      </Section>
      {leaving && <Farewell user={user} close={() => setLeaving(false)} />}
    </>
  );
}
