import "virtual:styles";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { navigate } from "wouter/use-browser-location";
import { enterByLink, session, startSession } from "./api/session";
import { App } from "./app/app";
import { queries } from "./data/cache";
import { watchConnection } from "./data/connection";
import { startOutbox } from "./data/outbox";
import { watchProblems } from "./data/problems";
import { watchTwoFactor } from "./data/two-factor";
import { branding, startBranding } from "./lib/branding";
import { language } from "./lib/i18n";
import { browserLanguage, languageHere, languageOf } from "./lib/languages";
import { followSystemTheme } from "./lib/theme";
import { askSoon } from "./notifications/data";
import { startPush } from "./notifications/push";

followSystemTheme();
watchConnection();
watchProblems();
watchTwoFactor();
startSession();
startOutbox();
startPush({ open: (path) => void enterByLink(path).then((to) => navigate(to)), arrived: askSoon });

await startBranding();
// On a brand's own host a visitor whose browser speaks no language of ours is spoken to in the brand's.
if (!session.get().user && !languageHere() && !browserLanguage()) language.set(languageOf(branding.get()?.language) ?? language.get());
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
