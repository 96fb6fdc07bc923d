/**
 * Who is signed in. The access token lives in memory only; the refresh token is a cookie that scripts can't see.
 * What is kept across loads is no secret: who it was, so that cached pages can open while the token is fetched.
 */
import { branding } from "../lib/branding";
import { createStore } from "../lib/store";
import { readLocal, writeLocal } from "../lib/storage";
import { ApiError, NetworkError, request, setCredentials } from "./client";
import type { BrandRef, SignIn, User } from "./types";
import { endView, view, viewOnlyWords, viewedSession } from "./view";

export interface Session {
  /** restoring: the cookie is being tried; cached data may be shown when `user` is there. */
  state: "restoring" | "signed-in" | "signed-out";
  user: User | null;
  brands: BrandRef[];
  brandId: string | null;
}

interface Remembered {
  user: User;
  brands: BrandRef[];
  brandId: string | null;
}

const REMEMBER = "karara.session";
const TAB_BRAND = "karara.brand";
const RENEW_LOCK = "karara-refresh";

const remembered = view ? null : readLocal<Remembered>(REMEMBER);

let linkedBrand: string | null = null;

export const session = createStore<Session>({
  state: "restoring",
  user: remembered?.user ?? null,
  brands: remembered?.brands ?? [],
  brandId: view?.brandId ?? tabBrand() ?? remembered?.brandId ?? null,
});

let accessToken: string | null = null;
let expiresAt = 0;
let restoring: Promise<void> | null = null;

/** left: the person signed out; lost: the session ended by itself, and unsent work must wait for the next sign-in. */
export type Ending = "left" | "lost";
type Cleaner = (ending: Ending, known: boolean) => void | Promise<void>;
const cleaners: Cleaner[] = [];

/** A tab keeps its own brand, so two tabs may show two brands. */
function tabBrand(): string | null {
  try {
    return sessionStorage.getItem(TAB_BRAND);
  } catch {
    return null;
  }
}

/** Links in mails and messages say which brand they are about (`?in=`); the address is then as everybody's. */
function brandOfLink(): string | null {
  const here = new URL(location.href);
  const id = here.searchParams.get("in");
  if (!id || !/^[0-9a-f-]{36}$/.test(id)) return null;
  here.searchParams.delete("in");
  history.replaceState(history.state, "", here);
  return id;
}

function rememberTabBrand(id: string | null): void {
  try {
    if (id) sessionStorage.setItem(TAB_BRAND, id);
    else sessionStorage.removeItem(TAB_BRAND);
  } catch {
    /* the server's current brand is used instead */
  }
}

/** Registers work for sign-out: caches to clear. `known` says whether there was somebody, or only no session to be found. */
export function onSignOut(clean: Cleaner): void {
  cleaners.push(clean);
}

function keep(): void {
  if (view) return;
  const { user, brands, brandId } = session.get();
  writeLocal(REMEMBER, user ? { user, brands, brandId } : null);
}

/** Who signs in on a brand's own host name begins in that brand, and who came by a link in that of the link, if they belong to it. */
const firstBrand = () => branding.get()?.brand_id ?? linkedBrand;

/** Takes over what sign-in, registration, refresh and switch answer. */
export function accept(answer: SignIn, chosenBrand?: string | null): void {
  accessToken = answer.access_token;
  expiresAt = Date.now() + (answer.expires_in - 30) * 1000;
  const wanted = chosenBrand ?? session.get().brandId;
  const member = answer.brands.some((b) => b.id === wanted);
  const brandId = member ? wanted : (answer.current_brand_id ?? answer.brands[0]?.id ?? null);
  rememberTabBrand(brandId);
  session.set({ state: "signed-in", user: answer.user, brands: answer.brands, brandId });
  keep();
}

export function setUser(user: User): void {
  session.set((s) => ({ ...s, user }));
  keep();
}

async function forget(ending: Ending): Promise<void> {
  if (view) return endView("over");
  const known = session.get().user !== null;
  accessToken = null;
  rememberTabBrand(null);
  writeLocal(REMEMBER, null);
  session.set({ state: "signed-out", user: null, brands: [], brandId: null });
  for (const clean of cleaners) await clean(ending, known);
}

/** Two tabs that refresh at once would use one token twice, so one waits for the other. */
function withLock<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(RENEW_LOCK, work) as Promise<T>) : work();
}

async function refresh(): Promise<void> {
  const reply = await withLock(() => request<SignIn>("POST", "/auth/refresh", { body: {}, anonymous: true }));
  accept(reply.data);
}

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** The latest try of the cookie; never fails. */
let trying: Promise<unknown> = Promise.resolve();

/** True once it is known who is here; false when it is worth another try. */
async function tryCookie(): Promise<boolean> {
  try {
    await refresh();
    return true;
  } catch (error) {
    const refused = error instanceof ApiError && error.status < 500 && error.status !== 429;
    if (refused) await forget("lost");
    if (!(error instanceof NetworkError || error instanceof ApiError)) throw error;
    return refused;
  }
}

/** Tries the cookie; without a network it keeps trying, with what is cached on the screen, until somebody signs in by hand. */
async function restore(): Promise<void> {
  for (let pause = 1000; session.get().state === "restoring"; pause = Math.min(pause * 2, 5000)) {
    const known = tryCookie();
    trying = known.catch(() => undefined);
    if (await known) return;
    await wait(pause);
  }
}

/** Resolves once the cookie's first try was answered. Some browsers forget what scripts keep long before they forget a cookie. */
export const settled = (): Promise<unknown> => trying;

/** In a view the token is what the viewer was given: nothing is refreshed, and the viewer's own session stays out of it. */
async function openView(): Promise<void> {
  try {
    session.set(await viewedSession());
  } catch (error) {
    if (error instanceof ApiError) return endView("over");
    throw error;
  }
}

export function startSession(): void {
  listenToOtherTabs();
  if (view) {
    accessToken = view.token;
    expiresAt = view.expiresAt;
  } else {
    linkedBrand = brandOfLink();
    if (linkedBrand) session.set((s) => ({ ...s, brandId: linkedBrand }));
    restoring ??= restore().finally(() => (restoring = null));
  }
  setCredentials({
    readOnly: () => (view ? viewOnlyWords() : null),
    async token() {
      if (restoring && accessToken === null) await restoring;
      if (accessToken && Date.now() > expiresAt) await renew(accessToken);
      return accessToken;
    },
    brand: () => session.get().brandId,
    renew,
  });
  if (view) void openView();
}

let renewing: Promise<string | null> | null = null;

async function renew(used: string): Promise<string | null> {
  if (view) {
    endView("over");
    return null;
  }
  if (accessToken !== used) return accessToken;
  renewing ??= refresh()
    .then(() => accessToken)
    .catch(async (error: unknown) => {
      if (error instanceof ApiError && error.status === 401) {
        await forget("lost");
        return null;
      }
      throw error;
    })
    .finally(() => (renewing = null));
  return renewing;
}

/** An old cookie whose refusal comes late would end the session that has just begun. */
async function enter<T>(path: string, body: object): Promise<T> {
  await trying;
  return (await request<T>("POST", path, { body, anonymous: true })).data;
}

export async function signIn(email: string, password: string): Promise<void> {
  accept(await enter<SignIn>("/auth/login", { email, password }), firstBrand());
}

/** The second step, after a sign-in that was refused with `two_factor_required` and this challenge. */
export async function signInWithCode(challenge: string, code: string): Promise<void> {
  accept(await enter<SignIn>("/auth/2fa/verify", { challenge, code }), firstBrand());
}

export interface Registration {
  email: string;
  password: string;
  first_name: string;
  last_name: string;
}

/** True when the new person is signed in at once; false when an e-mail has to be verified first. */
export async function register(form: Registration): Promise<boolean> {
  const data = await enter<Partial<SignIn> & { user: User }>("/auth/register", form);
  if (!data.access_token) return false;
  accept({ brands: [], current_brand_id: null, ...data } as SignIn);
  return true;
}

export async function switchBrand(id: string): Promise<void> {
  if (view) throw new ApiError(403, "view_only", viewOnlyWords());
  const { data } = await request<SignIn>("POST", `/brands/${id}/switch`, { body: {} });
  accept(data, id);
}

/** The path behind a link within the app, once its brand is entered; of a brand that can't be entered it shows what there is to see. */
export async function enterByLink(path: string): Promise<string> {
  const to = new URL(path, location.origin);
  const id = to.searchParams.get("in");
  to.searchParams.delete("in");
  const { brands, brandId } = session.get();
  if (id && id !== brandId && brands.some((b) => b.id === id)) await switchBrand(id).catch(() => undefined);
  return to.pathname + to.search + to.hash;
}

export async function signOut(everywhere = false): Promise<void> {
  if (view) return endView("left");
  try {
    await request("POST", everywhere ? "/auth/logout-all" : "/auth/logout", { body: {} });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  await forget("left");
  tellOtherTabs();
}

/** The account is gone, and the sessions with it: there is nothing to sign out of. */
export async function leaveDeleted(): Promise<void> {
  await forget("left");
  tellOtherTabs();
}

/**
 * After something that ended the sessions of an account, which may be this browser's or another's: asks, and so learns of its end as of
 * any other. Work that was not sent waits for the next sign-in. True when the session lives on.
 */
export async function outlived(): Promise<boolean> {
  if (session.get().state === "signed-out") return false;
  await request("GET", "/users/me").catch(() => undefined);
  return session.get().state === "signed-in";
}

let channel: BroadcastChannel | null = null;

function tellOtherTabs(): void {
  channel?.postMessage("signed-out");
}

function listenToOtherTabs(): void {
  if (typeof BroadcastChannel === "undefined") return;
  channel = new BroadcastChannel("karara-session");
  channel.addEventListener("message", (event) => {
    if (event.data === "signed-out") void forget("left");
  });
}
