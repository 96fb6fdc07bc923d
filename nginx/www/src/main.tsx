import "virtual:styles";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { navigate } from "wouter/use-browser-location";
import { enterByLink, onSignOut, session, settled, startSession } from "./api/session";
import { view } from "./api/view";
import { App } from "./app/app";
import { fetchOutside, isOpen } from "./app/outside-page";
import { queries, refetchOnReturn } from "./data/cache";
import { watchConnection } from "./data/connection";
import { startOutbox } from "./data/outbox";
import { watchProblems } from "./data/problems";
import { watchTwoFactor } from "./data/two-factor";
import { branding, startBranding } from "./lib/branding";
import { language, t } from "./lib/i18n";
import { browserLanguage, languageHere, languageOf } from "./lib/languages";
import { followSystemTheme } from "./lib/theme";
import { askSoon } from "./notifications/data";
import { startPush } from "./notifications/push";
import { greeting } from "./outside/typed";

followSystemTheme();
watchConnection();
refetchOnReturn();
watchProblems();
watchTwoFactor();
onSignOut((ending, known) => {
  if (ending === "lost" && known) greeting.set(t("Your session has ended. Sign in to go on where you were."));
});
startSession();
startOutbox();
startPush({ open: (path) => void enterByLink(path).then((to) => navigate(to)), arrived: askSoon });

/** How long the first frame waits, at most, so that what it shows needn't be taken away again. */
const PATIENCE_MS = 500;
const patience = new Promise((done) => setTimeout(done, PATIENCE_MS));

// Whom the browser doesn't remember comes to the sign-in, unless the cookie says otherwise.
const stranger = session.get().user === null && !view;
const first = [stranger && settled(), (stranger || isOpen(location.pathname)) && fetchOutside()];
await Promise.all([startBranding(), Promise.race([Promise.all(first), patience])]);

// On a brand's own host a visitor whose browser speaks no language of ours is spoken to in the brand's.
if (session.get().user === null && !languageHere() && !browserLanguage()) language.set(languageOf(branding.get()?.language) ?? language.get());
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
