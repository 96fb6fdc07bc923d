/** The brand's logo: chosen, looked at on both grounds, then sent; and the host names that show it. */
import { useEffect, useState } from "react";
import { api, ApiError, request } from "../api/client";
import type { Brand } from "../api/types";
import { queries } from "../data/cache";
import { brandQuery } from "../data/resources";
import { t } from "../lib/i18n";
import { useForm } from "../lib/use-form";
import { Actions, Confirm } from "../ui/overlays";
import { Button, Field, Notice } from "../ui/parts";
import { toast } from "../ui/toasts";
import { Card } from "./card";
import { memberWords } from "./member-acts";
import s from "./brand.module.css";

const TYPES = ["image/png", "image/jpeg", "image/webp"];
const MOST = 256 * 1024;
const LEAST_SIDE = 16;
const MOST_SIDE = 4096;

interface Chosen {
  file: File;
  url: string;
  width: number;
  height: number;
}

/** What is wrong with a picture, before it is sent; the server looks again. */
function problemOf({ file, width, height }: Pick<Chosen, "file" | "width" | "height">): string | null {
  if (file.type === "image/svg+xml") return t("SVG can hold programs, so it isn't taken: save it as a PNG.");
  if (!TYPES.includes(file.type)) return t("A logo is a PNG, JPEG or WebP.");
  if (file.size > MOST) return t("It is {size} KiB large; 256 are the most.", { size: Math.ceil(file.size / 1024) });
  if (width === 0) return t("This file can't be read as a picture.");
  if (Math.min(width, height) < LEAST_SIDE || Math.max(width, height) > MOST_SIDE) return t("It is {width} by {height} pixels: 16 to 4096 each way are taken.", { width, height });
  return null;
}

function measure(url: string): Promise<{ width: number; height: number }> {
  return new Promise((done) => {
    const image = new Image();
    image.onload = () => done({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => done({ width: 0, height: 0 });
    image.src = url;
  });
}

function Preview({ url, name }: { url: string; name: string }) {
  return (
    <div className={s.samples}>
      {(["light", "dark"] as const).map((theme) => (
        <figure key={theme} className={s.sample} data-sample={theme}>
          <div className={s.sampleRow}><img src={url} alt={t("Logo of {name}", { name })} className={s.logo} style={{ height: 40, maxWidth: 160 }} /><strong aria-hidden>{name}</strong></div>
          <figcaption>{theme === "light" ? t("Light theme") : t("Dark theme")}</figcaption>
        </figure>
      ))}
    </div>
  );
}

const again = (brand: Brand) => queries.refetchQueries({ queryKey: brandQuery(brand.id).queryKey });

function useChosen(): [Chosen | null, (file: File | null) => Promise<void>] {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  useEffect(() => () => {
    if (chosen) URL.revokeObjectURL(chosen.url);
  }, [chosen]);
  return [chosen, async (file) => {
    if (!file) return setChosen(null);
    const url = URL.createObjectURL(file);
    setChosen({ file, url, ...(await measure(url)) });
  }];
}

function UploadForm({ brand }: { brand: Brand }) {
  const [chosen, choose] = useChosen();
  const [fresh, setFresh] = useState(0);
  const [asking, setAsking] = useState(false);
  const problem = chosen ? problemOf(chosen) : null;
  const clear = () => {
    void choose(null);
    setFresh((n) => n + 1);
  };
  const form = useForm(
    async () => {
      if (!chosen || problem) return;
      try {
        await request("PUT", `/brands/${brand.id}/logo`, { file: chosen.file, ifMatch: brand.version });
      } finally {
        await again(brand);
      }
      clear();
      toast({ text: t("The logo is saved.") });
    },
    (error) => (error instanceof ApiError && error.code === "version_mismatch" ? t("Somebody else changed the brand meanwhile. Save once more to keep yours.") : memberWords(error)),
    ["body"],
  );
  const remove = () => void api.delete(`/brands/${brand.id}/logo`).then(() => toast({ text: t("The logo is taken away.") }), (error: unknown) => toast({ text: memberWords(error), tone: "danger" })).finally(() => again(brand));
  return (
    <form onSubmit={form.submit} className={s.form}>
      {form.failed && <Notice>{form.failed}</Notice>}
      <Field label={brand.logo_url ? t("Another logo") : t("A logo")} error={problem ?? form.of("body")} hint={t("PNG, JPEG or WebP, at most 256 KiB. A wide one keeps its shape.")}>
        {(props) => <input key={fresh} {...props} type="file" accept={TYPES.join(",")} onChange={(event) => void choose(event.target.files?.[0] ?? null)} />}
      </Field>
      {chosen && !problem && <Preview url={chosen.url} name={brand.name} />}
      <Actions>
        {brand.logo_url && !chosen && <Button onClick={() => setAsking(true)}>{t("Take the logo away…")}</Button>}
        {chosen && <Button onClick={clear}>{t("Discard")}</Button>}
        {chosen && <Button look="primary" type="submit" disabled={form.busy || problem !== null}>{form.busy ? t("Saving…") : t("Save the logo")}</Button>}
      </Actions>
      <Confirm title={t("Take the logo away?")} text={t("The app, the sign-in page, invitations and mails of this brand show Karara's mark again.")} yes={t("Take it away")} open={asking} onClose={() => setAsking(false)} onYes={remove} />
    </form>
  );
}

export function LogoCard({ brand, locked }: { brand: Brand; locked: boolean }) {
  const without = brand.features?.["white_label"] === false;
  const domains = brand.domains ?? [];
  return (
    <Card title={t("Logo")} about={t("In the app, on the sign-in page of the brand's own host names, in invitations and in mails.")}>
      {without && <p className={s.warn}>{t("A look of its own isn't part of this brand's plan: logo and host names don't show.")}</p>}
      {brand.logo_url ? <Preview url={brand.logo_url} name={brand.name} /> : <p className={s.muted}>{t("None yet: Karara's mark is shown.")}</p>}
      {!locked && <UploadForm brand={brand} />}
      <p className={s.muted}>{domains.length > 0 ? t("Host names of its own: {names}. The administration of this installation sets them.", { names: domains.join(", ") }) : t("It has no host name of its own. The administration of this installation can give it some.")}</p>
    </Card>
  );
}
