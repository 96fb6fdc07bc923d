/* Runs before the first paint: an inline script would need a hole in the content security policy. */
import { lastLanguage } from "./lib/languages";
import { readLocal } from "./lib/storage";
import { applyAccent, applyTheme, storedTheme } from "./lib/theme";

applyTheme(storedTheme());
document.documentElement.lang = lastLanguage();
// The look of the brand that was here last, which is nearly always the one that comes.
applyAccent(readLocal<{ accent: string | null }>("karara.look")?.accent);
