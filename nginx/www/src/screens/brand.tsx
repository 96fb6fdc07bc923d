/** The brand's own settings: its name, what it is, its colour. */
import { useState } from "react";
import { api } from "../api/client";
import { session } from "../api/session";
import type { Brand } from "../api/types";
import { NotFound } from "../app/not-found";
import { queries } from "../data/cache";
import { brandQuery, useBrand, useRights } from "../data/resources";
import { t } from "../lib/i18n";
import { applyAccent } from "../lib/theme";
import { useForm } from "../lib/use-form";
import { Button, Field, Notice, TextField } from "../ui/parts";
import { toast } from "../ui/toasts";
import { Page, RowsSkeleton } from "./page";
import s from "./screens.module.css";

const DEFAULT_ACCENT = "#2b6a4d";

function BrandForm({ brand }: { brand: Brand }) {
  const [name, setName] = useState(brand.name);
  const [description, setDescription] = useState(brand.description ?? "");
  const [accent, setAccent] = useState(brand.settings?.colours?.accent ?? "");
  const form = useForm(
    async () => {
      const body = { name: name.trim(), description: description.trim(), settings: { colours: { accent: accent || null } } };
      const saved = await api.patch<Brand>(`/brands/${brand.id}`, body, { ifMatch: brand.version });
      queries.setQueryData(brandQuery(brand.id).queryKey, { ...brand, ...saved });
      session.set((old) => ({ ...old, brands: old.brands.map((b) => (b.id === brand.id ? { ...b, name: saved.name } : b)) }));
      toast({ text: t("Saved.") });
    },
    undefined,
    ["name", "description"],
  );
  const choose = (colour: string) => {
    setAccent(colour);
    applyAccent(colour);
  };
  return (
    <form onSubmit={form.submit} className={`${s.form} ${s.section}`}>
      {form.failed && <Notice>{form.failed}</Notice>}
      <TextField label={t("Name")} required maxLength={100} error={form.of("name")} value={name} onChange={(event) => setName(event.target.value)} />
      <TextField label={t("Description")} maxLength={500} error={form.of("description")} value={description} onChange={(event) => setDescription(event.target.value)} />
      <Field label={t("Accent colour")} hint={t("Shown in a shade that can be read in both themes.")}>
        {(props) => (
          <div className={s.colour}>
            <input {...props} type="color" value={accent || DEFAULT_ACCENT} onChange={(event) => choose(event.target.value)} />
            {accent && <Button size="small" onClick={() => choose("")}>{t("Use Karara's green")}</Button>}
          </div>
        )}
      </Field>
      <div><Button look="primary" type="submit" disabled={form.busy}>{t("Save")}</Button></div>
    </form>
  );
}

export default function BrandSettings() {
  const brand = useBrand();
  const rights = useRights();
  if (!brand) return <Page title={t("Brand settings")} narrow><RowsSkeleton /></Page>;
  if (!rights.can("can_manage_brand_settings")) return <NotFound what={t("This page")} />;
  return <Page title={t("Brand settings")} narrow><BrandForm key={brand.version} brand={brand} /></Page>;
}
