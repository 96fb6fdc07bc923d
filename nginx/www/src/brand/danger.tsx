/** Deleting the brand: closed at once, gone after a delay. */
import { useState } from "react";
import { api } from "../api/client";
import type { Brand } from "../api/types";
import type { LeavingBrand } from "../api/types.gen";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Dialog } from "../ui/overlays";
import { Button, Notice, TextField } from "../ui/parts";
import { useQuery } from "@tanstack/react-query";
import { Card } from "./card";
import { takenQuery } from "./plan";
import { forgetDrafts } from "../lib/use-draft";
import s from "./brand.module.css";

function DeleteDialog({ brand, people, onClose }: { brand: Brand; people: number | undefined; onClose(): void }) {
  const [name, setName] = useState("");
  const form = useForm(
    async () => {
      await api.delete<LeavingBrand>(`/brands/${brand.id}`, { body: { name: name.trim() }, ifMatch: brand.version });
      // Nothing of this brand can be asked any more, so the app starts afresh with what is left.
      forgetDrafts();
      location.assign("/leaving-brands");
    },
    undefined,
    ["name"],
  );
  return (
    <Dialog title={t("Delete {brand}?", { brand: brand.name })} open onClose={onClose}>
      <form onSubmit={form.submit} className={s.form}>
        {form.failed && <Notice>{form.failed}</Notice>}
        <p>{people === undefined
          ? t("Everybody in it loses access at once. When its time has come, all boards, cards and files go for good.")
          : t("{count, plural, one {One person loses} other {All # people lose}} access at once. When its time has come, all boards, cards and files go for good.", { count: people })}</p>
        <p>{t("Until then an owner can restore it under “Brands to be deleted”; the day is said there.")}</p>
        <TextField label={t("Write the brand's name to confirm: {name}", { name: brand.name })} required autoFocus autoComplete="off" spellCheck={false} error={form.of("name")} value={name} onChange={(event) => setName(event.target.value)} />
        <Actions>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="danger" type="submit" disabled={form.busy || name.trim() !== brand.name}>{t("Delete this brand")}</Button>
        </Actions>
      </form>
    </Dialog>
  );
}

export function Danger({ brand }: { brand: Brand }) {
  const [asking, setAsking] = useState(false);
  const people = useQuery(takenQuery(brand.id)).data;
  return (
    <Card title={t("Delete the brand")} tone="danger" about={t("It is closed to everybody at once and goes for good after some days. Until then an owner can bring it back as it was.")}>
      <div><Button look="danger" className={s.named} onClick={() => setAsking(true)}>{t("Delete {brand}…", { brand: brand.name })}</Button></div>
      {asking && <DeleteDialog brand={brand} people={people} onClose={() => setAsking(false)} />}
    </Card>
  );
}
