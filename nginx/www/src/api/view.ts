/**
 * Seeing the brand as one of its members sees it. A view lives in one tab alone: its token lies in that tab's own storage, is never
 * refreshed, and the server refuses it every write. The viewer's session (a cookie) isn't touched; ending the view brings it back.
 */
import { t } from "../lib/i18n";
import { api } from "./client";
import type { Session } from "./session";
import type { Brand, Role, User } from "./types";
import type { View as ViewAnswer, Viewer } from "./types.gen";

export interface View {
  token: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  brandId: string;
  userId: string;
  name: string;
  role: Role;
}

const KEY = "karara.view";
const OVER = "karara.view-over";
const LEFT = "karara.view-left";

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function kept(): View | null {
  try {
    return JSON.parse(read(KEY) ?? "null") as View | null;
  } catch {
    return null;
  }
}

/** The view of this tab, from its first moment to its last: beginning and ending load the page anew, so that nothing of either is mixed. */
export const view: View | null = kept();

export const viewOnlyWords = (): string => t("You are looking as {name}: nothing can be changed.", { name: view?.name ?? "" });

export async function startView(brandId: string, userId: string): Promise<void> {
  const answer = await api.post<ViewAnswer>(`/brands/${brandId}/users/${userId}/view-as`);
  const next: View = {
    token: answer.access_token, expiresAt: Date.now() + answer.expires_in * 1000, brandId: answer.brand_id, userId, name: answer.user.name, role: answer.user.role,
  };
  sessionStorage.setItem(KEY, JSON.stringify(next));
  location.assign("/");
}

let ending = false;

/** left: the viewer has seen enough; over: the token is good no longer. */
export function endView(how: "left" | "over"): void {
  if (!view || ending) return;
  ending = true;
  sessionStorage.removeItem(KEY);
  if (how === "over") sessionStorage.setItem(OVER, view.name);
  else sessionStorage.setItem(LEFT, `/brands/${view.brandId}/users/${view.userId}/view-as`);
  location.assign(`/members/${view.userId}`);
}

/** Ends on the server a view that was left: nothing can be changed with its own token, so it is done once the viewer is back. */
export async function closeLeftView(): Promise<void> {
  const path = read(LEFT);
  if (path === null || view) return;
  sessionStorage.removeItem(LEFT);
  // A view that is over by now isn't there any more.
  await api.delete(path).catch(() => undefined);
}

/** The name of the person whose view has ended by itself; once. */
export function viewThatEnded(): string | null {
  const name = read(OVER);
  if (name !== null) sessionStorage.removeItem(OVER);
  return name;
}

/** Who is looked at, and in which brand, in the shape that the app works with. */
export async function viewedSession(): Promise<Session> {
  const [user, brand] = await Promise.all([api.get<User & { viewed_by?: Viewer | null }>("/users/me"), api.get<Brand>(`/brands/${view!.brandId}`)]);
  return { state: "signed-in", user, brands: [{ id: brand.id, name: brand.name, slug: brand.slug, role: brand.role }], brandId: brand.id };
}
