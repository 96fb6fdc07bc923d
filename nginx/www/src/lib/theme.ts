/** Light, dark or what the system says. Tokens hang on `data-theme` of the root element. */
export type Theme = "light" | "dark" | "auto";

const KEY = "karara.theme";

export function storedTheme(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "auto";
  } catch {
    return "auto";
  }
}

export function applyTheme(theme: Theme): void {
  const dark = theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", dark ? "#141416" : "#f7f7f5");
}

export function setTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    /* a private window may refuse storage; the theme then lasts as long as the page */
  }
  applyTheme(theme);
}

/** Follows the system while the choice is "auto". */
export function followSystemTheme(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => applyTheme(storedTheme()));
}

type Rgb = [number, number, number];

const parse = (hex: string): Rgb => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as Rgb;
const mix = (a: Rgb, b: Rgb, share: number): Rgb => a.map((v, i) => Math.round(v + (b[i]! - v) * share)) as Rgb;

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

export interface Shade {
  /** For text, buttons and marks. */
  accent: string;
  /** Behind text of that colour: where one is, chosen things. */
  soft: string;
  /** On the accent itself. */
  ink: string;
  /** The least contrast of the accent with all that it is read on. */
  ratio: number;
}

interface Ground {
  /** All that text in the accent stands on (styles/base.css), the one that soft is mixed into first. */
  on: string[];
  towards: string;
  softShare: number;
  ink: string;
}

const GROUNDS: Record<"light" | "dark", Ground> = {
  light: { on: ["#ffffff", "#f7f7f5", "#efefec", "#e8e8e3"], towards: "#000000", softShare: 0.12, ink: "#ffffff" },
  dark: { on: ["#1f1f23", "#131315", "#18181b", "#27272c", "#2b2b31"], towards: "#ffffff", softShare: 0.18, ink: "#111113" },
};

const LEAST = 4.6;
const css = (rgb: Rgb) => `rgb(${rgb.join(" ")})`;

/** The colour, mixed towards black or white until it can be read on every ground of the theme, its own soft shade too. */
export function shadeOf(hex: string, theme: "light" | "dark"): Shade {
  const { on, towards, softShare, ink } = GROUNDS[theme];
  const grounds = on.map(parse);
  for (let share = 0; ; share += 0.02) {
    const accent = mix(parse(hex), parse(towards), Math.min(1, share));
    const soft = mix(grounds[0]!, accent, softShare);
    const ratio = Math.min(...[...grounds, soft, parse(ink)].map((ground) => contrast(accent, ground)));
    if (ratio >= LEAST || share >= 1) return { accent: css(accent), soft: css(soft), ink, ratio };
  }
}

export const isColour = (text: unknown): text is string => typeof text === "string" && /^#[0-9a-f]{6}$/i.test(text);

/** A brand may set the accent; anything but a plain hex colour is ignored, and it is made readable in both themes. */
export function applyAccent(colour: string | undefined | null): void {
  const root = document.documentElement;
  if (!isColour(colour)) {
    delete root.dataset.accent;
    return;
  }
  for (const theme of ["light", "dark"] as const) {
    const { accent, soft } = shadeOf(colour, theme);
    root.style.setProperty(`--brand-on-${theme}`, accent);
    root.style.setProperty(`--brand-soft-${theme}`, soft);
  }
  root.dataset.accent = "brand";
}
