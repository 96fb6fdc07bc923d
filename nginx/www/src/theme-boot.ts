/* Runs before the first paint: an inline script would need a hole in the content security policy. */
import { applyTheme, storedTheme } from "./lib/theme";

applyTheme(storedTheme());
