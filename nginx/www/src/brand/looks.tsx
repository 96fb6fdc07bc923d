/** How the brand looks: its colour, with what becomes of it in either theme. */
import { useEffect } from "react";
import type { Brand } from "../api/types";
import { locale, t } from "../lib/i18n";
import { applyAccent, isColour, shadeOf } from "../lib/theme";
import { Button, Field, TextField } from "../ui/parts";
import { FormCard } from "./card";
import { useBrandForm } from "./save";
import { useDraft } from "../lib/use-draft";
import s from "./brand.module.css";

const KARARA = "#2b6a4d";
const PRESETS: [string, () => string][] = [
  ["#1f5fbf", () => t("Blue")], ["#6b3fa0", () => t("Violet")], ["#b3261e", () => t("Red")], ["#a15c00", () => t("Amber")], ["#0f766e", () => t("Teal")], ["#3f3f46", () => t("Slate")],
];

function Sample({ theme, colour }: { theme: "light" | "dark"; colour: string }) {
  const shade = shadeOf(colour, theme);
  const name = theme === "light" ? t("Light theme") : t("Dark theme");
  const style = { ["--sample" as string]: shade.accent, ["--sample-soft" as string]: shade.soft, ["--sample-ink" as string]: shade.ink };
  return (
    <figure className={s.sample} data-sample={theme} style={style}>
      <div className={s.sampleRow} aria-hidden>
        <span className={s.sampleButton}>{t("Button")}</span>
        <span className={s.sampleHere}>{t("Chosen")}</span>
        <span className={s.sampleLink}>{t("Link")}</span>
      </div>
      <figcaption>{t("{theme}: contrast {ratio} to 1", { theme: name, ratio: new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(shade.ratio) })}</figcaption>
    </figure>
  );
}

export function Looks({ brand, locked }: { brand: Brand; locked: boolean }) {
  const saved = brand.settings.colours?.accent ?? "";
  const draft = useDraft(`${brand.id}/looks`, { accent: saved });
  const { accent } = draft.value;
  const form = useBrandForm(brand, () => ({ settings: { colours: { accent: accent.trim() || null } } }), draft.reset);
  const wanted = isColour(accent) ? accent : KARARA;
  useEffect(() => {
    applyAccent(isColour(accent) ? accent : null);
    // What was only tried out goes with the page.
    return () => applyAccent(saved);
  }, [accent, saved]);
  const own = isColour(accent) && (shadeOf(accent, "light").accent !== cssOf(accent) || shadeOf(accent, "dark").accent !== cssOf(accent));
  return (
    <FormCard title={t("Colour")} about={t("Of buttons, links and where one is. It shows in the whole app at once while you try it.")} form={form} draft={draft} locked={locked}>
      <Field label={t("Accent colour")} hint={!isColour(accent) ? t("None of its own: Karara's green.") : own ? t("Where it would be hard to read, a darker or lighter shade of it is taken.") : t("Readable as it is, in both themes.")} error={form.within("colours")}>
        {(props) => (
          <div className={s.colour}>
            <input {...props} type="color" value={wanted} onChange={(event) => draft.set({ accent: event.target.value })} />
            <TextField
              label={t("As a number")} hideLabel placeholder={KARARA} pattern="#[0-9a-fA-F]{6}" title={t("Like {example}", { example: KARARA })} spellCheck={false} maxLength={7}
              value={accent} onChange={(event) => draft.set({ accent: event.target.value })}
            />
            {accent && <Button onClick={() => draft.set({ accent: "" })}>{t("Use Karara's green")}</Button>}
          </div>
        )}
      </Field>
      <div className={s.presets} role="group" aria-label={t("Colours to choose from")}>
        {PRESETS.map(([colour, name]) => (
          <button key={colour} type="button" className={s.preset} style={{ ["--sample" as string]: colour }} aria-pressed={accent === colour} onClick={() => draft.set({ accent: colour })}>
            <span className="visually-hidden">{name()}</span>
          </button>
        ))}
      </div>
      <div className={s.samples}><Sample theme="light" colour={wanted} /><Sample theme="dark" colour={wanted} /></div>
    </FormCard>
  );
}

const cssOf = (hex: string) => `rgb(${[1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(" ")})`;
