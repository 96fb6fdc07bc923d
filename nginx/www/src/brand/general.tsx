/** What the brand is called and what it is. */
import type { Brand } from "../api/types";
import { t } from "../lib/i18n";
import { Field, TextField } from "../ui/parts";
import { FormCard } from "./card";
import { useBrandForm } from "./save";
import { useDraft } from "../lib/use-draft";

/** What the server would make of a name, to be offered while the person writes one. */
export function slugOf(name: string): string {
  const plain = name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63).replace(/-+$/, "");
}

export function General({ brand, locked }: { brand: Brand; locked: boolean }) {
  const draft = useDraft(`${brand.id}/general`, { name: brand.name, slug: brand.slug, description: brand.description ?? "" });
  const { name, slug, description } = draft.value;
  const form = useBrandForm(
    brand,
    () => ({ name: name.trim(), slug: slug.trim(), description: description.trim() }),
    draft.reset,
    ["name", "slug", "description"],
  );
  const wanted = slugOf(name);
  const slugHint = slug !== brand.slug
    ? t("Old addresses with “{slug}” end with that change.", { slug: brand.slug })
    : wanted && wanted !== slug ? t("In addresses of the API. From the name it would be “{wanted}”.", { wanted }) : t("In addresses of the API: small letters, digits and hyphens.");
  return (
    <FormCard title={t("Name and description")} form={form} draft={draft} locked={locked}>
      <TextField label={t("Name")} required maxLength={120} error={form.of("name")} value={name} onChange={(event) => draft.set({ name: event.target.value })} />
      <TextField
        label={t("Short name")} required maxLength={63} pattern="[a-z0-9]+(-[a-z0-9]+)*" title={t("Small letters, digits and hyphens")} spellCheck={false} autoCapitalize="none"
        hint={slugHint} error={form.of("slug")} value={slug} onChange={(event) => draft.set({ slug: event.target.value })}
      />
      <Field label={t("Description")} hint={t("What it is about, for those who come new.")} error={form.of("description")}>
        {(props) => <textarea {...props} rows={3} maxLength={2000} value={description} onChange={(event) => draft.set({ description: event.target.value })} />}
      </Field>
    </FormCard>
  );
}
