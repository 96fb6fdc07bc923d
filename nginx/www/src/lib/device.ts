/** What a browser calls itself, as people say it. */
import { t } from "./i18n";

const BROWSERS: [RegExp, string][] = [
  [/Edg(A|iOS)?\//, "Edge"], [/OPR\/|Opera/, "Opera"], [/SamsungBrowser\//, "Samsung Internet"], [/Vivaldi\//, "Vivaldi"],
  [/Firefox\/|FxiOS\//, "Firefox"], [/CriOS\/|Chrome\/|Chromium\//, "Chrome"], [/Safari\//, "Safari"],
];

const SYSTEMS: [RegExp, string][] = [
  [/iPad/, "iPad"], [/iPhone|iPod/, "iPhone"], [/Android/, "Android"], [/CrOS/, "ChromeOS"], [/Windows/, "Windows"], [/Mac OS X|Macintosh/, "macOS"], [/Linux|X11/, "Linux"],
];

const found = (list: [RegExp, string][], agent: string) => list.find(([pattern]) => pattern.test(agent))?.[1];

/** "Firefox on Linux" says more to people than a user agent's text. Programs are called what they call themselves: "curl 8.5". */
export function deviceName(agent: string | null): string {
  if (!agent?.trim()) return t("Unknown device");
  const system = found(SYSTEMS, agent);
  const browser = found(BROWSERS, agent);
  if (browser && system) return t("{browser} on {system}", { browser, system });
  return browser ?? (agent.startsWith("Mozilla/") ? (system ?? t("Unknown browser")) : agent.split(/[\s(]/)[0]!.replace("/", " ").slice(0, 40));
}

export const isHandheld = (agent: string | null) => /iPhone|iPod|iPad|Android|Mobile/.test(agent ?? "");
