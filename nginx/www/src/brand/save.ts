/** Saving a part of the brand: what is sent is what the card shows, the rest stays; a change of somebody else's is told before it is overwritten. */
import { ApiError, api, explain } from "../api/client";
import { session } from "../api/session";
import type { Brand } from "../api/types";
import { queries } from "../data/cache";
import { brandQuery } from "../data/resources";
import { t } from "../lib/i18n";
import { useForm, type FormState } from "../lib/use-form";
import { toast } from "../ui/toasts";

/** The brand as it is now, for whoever shows it. */
export function takeBrand(brand: Brand): void {
  const key = brandQuery(brand.id).queryKey;
  const old = queries.getQueryData<Brand>(key);
  queries.setQueryData(key, { ...old, ...brand, permissions: brand.permissions ?? old?.permissions ?? [] });
  session.set((s) => ({ ...s, brands: s.brands.map((b) => (b.id === brand.id ? { ...b, name: brand.name, slug: brand.slug } : b)) }));
}

const current = (id: string) => queries.getQueryData<Brand>(brandQuery(id).queryKey);

function words(error: unknown): string {
  if (error instanceof ApiError && error.code === "version_mismatch") {
    return t("Somebody else changed the brand meanwhile. What you typed is still here: look again, then save to keep yours.");
  }
  return explain(error);
}

export async function patchBrand(id: string, body: unknown): Promise<Brand> {
  try {
    const saved = await api.patch<Brand>(`/brands/${id}`, body, { ifMatch: current(id)?.version });
    takeBrand(saved);
    return saved;
  } catch (error) {
    if (error instanceof ApiError && error.code === "version_mismatch") await queries.refetchQueries({ queryKey: brandQuery(id).queryKey });
    throw error;
  }
}

export interface BrandForm extends FormState {
  /** The words for a value within settings or compliance, by its path: "working_hours.monday". */
  within(path: string): string | undefined;
}

/** The server names a wrong value at the front of its words: "working_hours.monday must end after its start". */
export function errorWithin(errors: string[] | undefined, path: string): string | undefined {
  const mine = (errors ?? []).filter((text) => text === path || text.startsWith(`${path} `) || text.startsWith(`${path}.`));
  return mine.length > 0 ? mine.map((text) => text.slice(path.length).replace(/^\.\S+/, "").trim()).join(" ") : undefined;
}

export function useBrandForm(brand: Brand, body: () => unknown, done: () => void, shown: string[] = []): BrandForm {
  const form = useForm(
    async () => {
      await patchBrand(brand.id, body());
      done();
      toast({ text: t("Saved.") });
    },
    words,
    [...shown, "settings", "compliance"],
  );
  return { ...form, within: (path) => errorWithin([...(form.errors["settings"] ?? []), ...(form.errors["compliance"] ?? [])], path) };
}
