/** Which screen an address shows, and who may see it. */
import { Fragment, Suspense, useEffect, useLayoutEffect, type ReactNode } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { session } from "../api/session";
import type { Brand } from "../api/types";
import { view } from "../api/view";
import { ViewBar } from "../brand/view-bar";
import { useBrand, useBrandId } from "../data/resources";
import { useAsksForTwoFactor } from "../data/two-factor";
import { accentOf, branding, keepLook, lastLook } from "../lib/branding";
import { language } from "../lib/i18n";
import { browserLanguage, LANGUAGES, languageHere, languageOf } from "../lib/languages";
import { part } from "../lib/part";
import { useStore } from "../lib/store";
import { applyAccent, setTheme, storedTheme } from "../lib/theme";
import { OutsideSkeleton } from "../screens/outside";
import { Toasts } from "../ui/toasts";
import { BoardSkeleton } from "../board/skeleton";
import { ErrorBoundary } from "./error-boundary";
import { Help } from "./help";
import { LiveRegion } from "./live-region";
import { NotFound } from "./not-found";
import { PaletteHost } from "./palette-host";
import { Shell } from "./shell";
import { isEntry, isOpen, OutsidePage } from "./outside-page";
import { Splash } from "./splash";

const FirstRun = part(() => import("../screens/first-run"), Splash);
const Boards = part(() => import("../screens/boards"), Splash);
const BoardPage = part(() => import("../board/page"), BoardSkeleton);
const Members = part(() => import("../brand/members"), Splash);
const MemberPage = part(() => import("../brand/member"), Splash);
const Roles = part(() => import("../brand/roles"), Splash);
const Delegations = part(() => import("../brand/delegations"), Splash);
const Divisions = part(() => import("../brand/divisions"), Splash);
const Teams = part(() => import("../brand/teams"), Splash);
const Templates = part(() => import("../templates/page"), Splash);
const TemplateEditor = part(() => import("../templates/editor"), Splash);
const FactorWanted = part(() => import("../account/factor-wanted"), Splash);
const Settings = part(() => import("../account/settings"), Splash);
const LeavingBrands = part(() => import("../brand/leaving"), Splash);
const BrandSettings = part(() => import("../brand/area"), Splash);
const Notifications = part(() => import("../notifications/page"), Splash);
const Audit = part(() => import("../audit/page"), Splash);
const Admin = part(() => import("../admin/area"), Splash);

/** Boards are what people open most, so theirs is fetched behind whatever page is opened first. */
const BOARD_AFTER_MS = 1500;

/** One area: what is outside its page stays mounted, and so keeps the focus. */
const ADMIN = /^\/admin(?:\/.*)?$/;

/** One pattern, so that the board stays mounted while a sheet opens and closes over it. */
const BOARD = /^\/b\/(?<board>[^/]+)(?:\/t\/(?<task>[^/]+))?\/?$/;

/** What is there for people who belong to no brand. */
const WITHOUT_BRAND = new Set(["/start", "/leaving-brands"]);

/** One pattern here, too: the list of the settings' parts stays while one goes from part to part. */
const SETTINGS = /^\/settings(?:\/(?<part>[^/]+))?(?:\/(?<more>[^/]+))?\/?$/;

/** And here: what is chosen changes, the rest stays where it is, with the focus. */
const KEPT = /^\/(?<area>brand|divisions)(?:\/|$)/;

function Inside() {
  const brandId = useBrandId();
  const state = useStore(session, (s) => s.state);
  const [path] = useLocation();
  if (!brandId && !WITHOUT_BRAND.has(path) && !SETTINGS.test(path) && !ADMIN.test(path)) return state === "signed-in" ? <Redirect to="/start" replace /> : <Splash />;
  return (
    <Switch>
      <Route path="/start"><FirstRun /></Route>
      <Route path="/leaving-brands"><LeavingBrands /></Route>
      <Route>
        <Shell>
          <Guarded />
        </Shell>
      </Route>
    </Switch>
  );
}

/** Pages that are no brand's: open also while the brand asks for a second factor. */
const OWN = /^\/(settings|admin|leaving-brands)(\/|$)/;

/** A screen that fails takes nothing else with it, and the next address gets a new chance. */
function Guarded() {
  const [path] = useLocation();
  const factorWanted = useAsksForTwoFactor(useBrandId());
  if (factorWanted && !OWN.test(path)) return <FactorWanted />;
  const area = SETTINGS.test(path) ? "settings" : ADMIN.test(path) ? "admin" : (KEPT.exec(path)?.groups?.["area"] ?? path);
  return <ErrorBoundary key={BOARD.exec(path)?.groups?.["board"] ?? area}><Screens /></ErrorBoundary>;
}

function Screens() {
  // Another brand is another world: nothing of the old one stays mounted.
  const brandId = useBrandId();
  const admin = useStore(session, (s) => s.user?.platform_role === "admin");
  useEffect(() => {
    const timer = setTimeout(() => void BoardPage.fetch().catch(() => undefined), BOARD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Switch key={brandId}>
      <Route path="/"><Boards /></Route>
      <Route path={BOARD}>
        {(params) => <BoardPage boardId={params["board"]!} taskRef={params["task"] ? decodeURIComponent(params["task"]) : null} />}
      </Route>
      <Route path="/members"><Members /></Route>
      <Route path="/members/:id">{({ id }) => <MemberPage key={id} id={id!} />}</Route>
      <Route path="/roles"><Roles /></Route>
      <Route path="/delegations"><Delegations /></Route>
      <Route path="/divisions/:id?">{({ id }) => <Divisions id={id ?? null} />}</Route>
      <Route path="/teams"><Teams /></Route>
      <Route path="/templates"><Templates /></Route>
      <Route path="/templates/:id">{({ id }) => <TemplateEditor key={id} id={id!} />}</Route>
      <Route path={SETTINGS}>{(params) => <Settings part={params["part"]} more={params["more"]} />}</Route>
      <Route path="/brand/:section?">{({ section }) => <BrandSettings section={section ?? null} />}</Route>
      {!view && <Route path="/notifications"><Notifications /></Route>}
      <Route path="/audit"><Audit /></Route>
      {admin && <Route path={ADMIN}><Admin /></Route>}
      <Route><NotFound /></Route>
    </Switch>
  );
}

/** Only addresses of our own; a link must not lead a fresh sign-in elsewhere. */
function wayBack(): string {
  try {
    // As a browser reads it: a backslash, or a tab between two slashes, names another host as well.
    const url = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
    if (url.origin === location.origin) return url.pathname + url.search + url.hash;
  } catch {
    // It is no address at all.
  }
  return "/";
}

function Gate() {
  const state = useStore(session, (s) => s.state);
  const known = useStore(session, (s) => s.user !== null);
  const [path] = useLocation();
  if (isOpen(path)) return <OutsidePage path={path} />;
  // Whom the browser doesn't remember has nearly never a session: no workspace, not even its outline, for them while that is asked.
  const nobody = state === "signed-out" || (state === "restoring" && !known && !view);
  if (isEntry(path)) {
    if (state === "signed-in") return <Redirect to={wayBack()} replace />;
    return nobody ? <OutsidePage path={path} /> : <Splash />;
  }
  if (nobody) {
    const here = location.pathname + location.search;
    return <Redirect to={here === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(here)}`} replace />;
  }
  // A returning person sees what is cached while the token is fetched.
  return known ? <Inside /> : <Splash />;
}

/**
 * The language is the person's own, else their brand's, else what was chosen on this device, else the browser's. Set before the paint, so that
 * nothing is seen in another. In a view of somebody else's it stays the viewer's.
 */
function useLanguage(brandId: string | null, brand: Brand | undefined): void {
  const inside = useStore(session, (s) => s.user !== null);
  const own = languageOf(useStore(session, (s) => s.user?.preferences?.language));
  const known = brandId === null || brand !== undefined;
  const common = languageOf(brand?.settings?.language);
  useLayoutEffect(() => {
    if (view || !inside || (!own && !known)) return;
    language.set(own ?? common ?? languageHere() ?? browserLanguage() ?? LANGUAGES[0]);
  }, [inside, own, known, common]);
}

/** The theme follows the person from device to device; the accent is the brand's, before sign-in that of the host name. */
function Appearance(): ReactNode {
  const theme = useStore(session, (s) => s.user?.preferences?.theme);
  const brandId = useBrandId();
  const brand = useBrand();
  const host = useStore(branding);
  useLanguage(brandId, brand);
  const accent = brandId === null ? accentOf(host) : brand?.settings?.colours?.accent ?? null;
  const logo = (brandId === null ? host?.logo_url : brand?.logo_url) ?? null;
  // Until the brand is there, what was drawn first stays, unless it was another brand's.
  const known = brandId === null || brand !== undefined;
  useEffect(() => {
    if (theme && !view && theme !== storedTheme()) setTheme(theme);
  }, [theme]);
  useEffect(() => {
    if (known) {
      applyAccent(accent);
      keepLook({ brandId, accent, logo });
    } else if (lastLook()?.brandId !== brandId) applyAccent(null);
  }, [known, accent, logo, brandId]);
  useEffect(() => {
    if (host?.white_label && host.logo_url) document.querySelector("link[rel=icon]")?.setAttribute("href", host.logo_url);
  }, [host]);
  return null;
}

/** A page before sign-in is on its way as the empty card that it will fill. */
function Loading() {
  const [path] = useLocation();
  return isOpen(path) || isEntry(path) ? <OutsideSkeleton /> : <Splash />;
}

/** In another language all is said anew; what was typed and not saved is kept outside of the screens (lib/use-draft.ts). */
export function App() {
  return (
    <>
      <Appearance />
      <Fragment key={useStore(language)}>
        <ViewBar />
        <Suspense fallback={<Loading />}><Gate /></Suspense>
        <PaletteHost />
        <Help />
        <Toasts />
        <LiveRegion />
      </Fragment>
    </>
  );
}
