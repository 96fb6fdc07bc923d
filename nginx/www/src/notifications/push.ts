/**
 * Web push in this browser: what can be done, doing it, and keeping it as the person wants it.
 *
 *   pushState()            what is so now; asks the server where it has to
 *   subscribe()            asks the person for leave (call it from a click), then the browser and the server
 *   unsubscribe()          both again
 *   startPush(handlers)    once, when the app starts
 */
import { api, ApiError, getAll } from "../api/client";
import { onSignOut, session } from "../api/session";
import type { PushKey, PushSubscription as Registered } from "../api/types.gen";
import { view } from "../api/view";
import { deviceName } from "../lib/device";
import { readLocal, writeLocal } from "../lib/storage";

/**
 * on, off: as it is for this person in this browser. denied: the person told the browser to let nobody ask. unsupported: the browser can't.
 * install: it can once the app is on the home screen (iPhone and iPad). unavailable: this installation has no web push.
 */
export type PushState = "on" | "off" | "denied" | "unsupported" | "install" | "unavailable";

/** What this browser was registered as, and for whom. */
interface Kept {
  userId: string;
  id: string;
  endpoint: string;
}

const KEPT = "karara.push";
const SCRIPT = "/sw.js";

const kept = () => readLocal<Kept>(KEPT);

/** Ours, or nobody's: who else signs in here has to ask for it. */
function own(): Kept | null {
  const mine = kept();
  return mine && mine.userId === session.get().user?.id ? mine : null;
}

function missing(): PushState | null {
  if (view) return "unsupported";
  if ("serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis) return null;
  const handheld = /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  return handheld && !matchMedia("(display-mode: standalone)").matches ? "install" : "unsupported";
}

/** The worker of ours; registering it anew finds out whether there is a newer one. */
async function worker(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(SCRIPT, { scope: "/", updateViaCache: "none" });
  return navigator.serviceWorker.ready;
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** A subscription is bound to the key that it was made with: with another one it has to be made anew. */
function bound(subscription: PushSubscription, key: Uint8Array): boolean {
  const has = subscription.options.applicationServerKey;
  return has === null || (has.byteLength === key.length && new Uint8Array(has).every((b, i) => b === key[i]));
}

async function ask(registration: ServiceWorkerRegistration, key: Uint8Array<ArrayBuffer>): Promise<PushSubscription> {
  const old = await registration.pushManager.getSubscription();
  if (old && bound(old, key)) return old;
  if (old) await old.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** Tells the server of this browser; it knows the same one again. */
async function register(subscription: PushSubscription): Promise<void> {
  const user = session.get().user;
  if (!user) return;
  const { endpoint, keys } = subscription.toJSON();
  const made = await api.post<Registered>("/notifications/subscriptions", { endpoint, keys, device: deviceName(navigator.userAgent) });
  writeLocal(KEPT, { userId: user.id, id: made.id, endpoint: subscription.endpoint } satisfies Kept);
}

/** Whether the server still has this browser under this session; it forgets it with the session, and when messages don't arrive. */
async function known(mine: Kept, subscription: PushSubscription): Promise<boolean> {
  if (mine.endpoint !== subscription.endpoint) return false;
  const all = await getAll<Registered>("/notifications/subscriptions");
  return all.some((s) => s.id === mine.id && s.current);
}

async function local(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Does again what the person once wanted here, if the browser still allows it; true when it is so. */
async function restore(): Promise<boolean> {
  const mine = own();
  if (!mine || Notification.permission !== "granted") return false;
  const subscription = await local();
  if (subscription && (await known(mine, subscription))) return true;
  return (await connect()) === "on";
}

async function connect(): Promise<PushState> {
  try {
    const { public_key } = await api.get<PushKey>("/notifications/push-key");
    await register(await ask(await worker(), bytes(public_key)));
    return "on";
  } catch (error) {
    if (error instanceof ApiError && error.status === 503) return "unavailable";
    throw error;
  }
}

export async function pushState(): Promise<PushState> {
  const why = missing();
  if (why) return why;
  if (Notification.permission === "denied") return "denied";
  return (await restore()) ? "on" : "off";
}

/** Throws what the server or the browser say when it goes wrong: an ApiError, or a DOMException of the browser's push service. */
export async function subscribe(): Promise<PushState> {
  const why = missing();
  if (why) return why;
  const leave = await Notification.requestPermission();
  if (leave !== "granted") return leave === "denied" ? "denied" : "off";
  return connect();
}

export async function unsubscribe(): Promise<PushState> {
  const why = missing();
  if (why) return why;
  const mine = own();
  writeLocal(KEPT, null);
  const subscription = await local();
  await subscription?.unsubscribe();
  if (mine) await api.delete(`/notifications/subscriptions/${mine.id}`).catch(notGone);
  return Notification.permission === "denied" ? "denied" : "off";
}

/** That it is gone already is as well. */
function notGone(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}

export interface PushHandlers {
  /** Somebody opened a notification: go to this path. */
  open(path: string): void;
  /** One was shown: what counts those that are unread may look. */
  arrived(): void;
}

function hear(handlers: PushHandlers): void {
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ type?: string; url?: string }>) => {
    const { type, url } = event.data ?? {};
    if (type === "karara.pushed") handlers.arrived();
    if (type === "karara.push-changed") void restore().catch(() => false);
    if (type === "karara.open" && url) {
      const to = new URL(url, location.origin);
      if (to.origin !== location.origin) return;
      event.ports[0]?.postMessage("going");
      handlers.open(to.pathname + to.search + to.hash);
    }
  });
  navigator.serviceWorker.startMessages();
}

/** Listens to the worker, and once somebody is signed in makes good what has changed while the app wasn't open. */
export function startPush(handlers: PushHandlers): void {
  if (missing()) return;
  hear(handlers);
  let done: string | null = null;
  const look = () => {
    const { state, user } = session.get();
    if (state !== "signed-in" || !user || done === user.id) return;
    done = user.id;
    if (own()) void worker().then(restore).catch(() => false);
  };
  session.subscribe(look);
  look();
}

/** What was shown isn't for who comes next. */
onSignOut(async (ending) => {
  if (ending !== "left" || missing()) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  for (const shown of (await registration?.getNotifications()) ?? []) shown.close();
});
