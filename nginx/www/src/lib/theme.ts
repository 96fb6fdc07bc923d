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

/** The colour, mixed towards black or white until it can be read on the ground. */
export function readable(hex: string, ground: string, towards: "#000000" | "#ffffff"): string {
  const [wanted, on, end] = [parse(hex), parse(ground), parse(towards)];
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mix(wanted, end, share);
    if (contrast(candidate, on) >= 5) return `rgb(${candidate.join(" ")})`;
  }
  return towards;
}

/** A brand may set the accent; anything but a plain hex colour is ignored, and it is made readable in both themes. */
export function applyAccent(colour: string | undefined | null): void {
  const root = document.documentElement;
  if (colour && /^#[0-9a-f]{6}$/i.test(colour)) {
    root.style.setProperty("--brand-on-light", readable(colour, "#efefec", "#000000"));
    root.style.setProperty("--brand-on-dark", readable(colour, "#26262a", "#ffffff"));
    root.dataset.accent = "brand";
  } else {
    delete root.dataset.accent;
  }
}
