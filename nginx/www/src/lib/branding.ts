/**
 * Whose place this is, by host name: name, logo and colour of the brand whose own host it is, else the installation's. What was seen last is
 * kept, so that the next load begins in the right colours; the very first load waits for the answer a moment rather than show another's.
 */
import { request } from "../api/client";
import type { Branding } from "../api/types.gen";
import { readLocal, writeLocal } from "./storage";
import { createStore } from "./store";

const KEY = "karara.branding";
const LOOK = "karara.look";
const PATIENCE = 900;

export const branding = createStore<Branding | null>(readLocal<Branding>(KEY));

export const accentOf = (b: Pick<Branding, "colours"> | null): string | null => (b?.colours as { accent?: string | null } | undefined)?.accent ?? null;

async function load(): Promise<void> {
  const { data } = await request<Branding>("GET", "/branding", { anonymous: true });
  if (JSON.stringify(data) !== JSON.stringify(branding.get())) branding.set(data);
  writeLocal(KEY, data);
}

/** Resolves once it is known enough to draw: at once when it was seen before. */
export async function startBranding(): Promise<void> {
  const loading = load().catch(() => undefined);
  if (branding.get()) return;
  await Promise.race([loading, new Promise((done) => setTimeout(done, PATIENCE))]);
}

/** What the page looked like last: theme-boot.ts draws the first frame with it. */
export interface Look {
  brandId: string | null;
  accent: string | null;
  logo: string | null;
}

export const lastLook = (): Look | null => readLocal<Look>(LOOK);

export function keepLook(look: Look): void {
  writeLocal(LOOK, look);
}

/** "Members · Karara", or what the host is called. */
export const pageTitle = (title: string): string => {
  const place = branding.get()?.name ?? "Karara";
  return title ? `${title} · ${place}` : place;
};
