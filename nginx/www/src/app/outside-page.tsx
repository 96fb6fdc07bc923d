/** The pages before sign-in. Once they have been fetched they are drawn at once, without the fallback that a lazy part always begins with. */
import { lazy, useState, type ComponentType } from "react";

/** Pages for everybody, signed in or not: most are opened by links from mails. */
const OPEN = new Set(["/forgot-password", "/reset-password", "/verify-email", "/keep-email", "/invitation", "/unsubscribe", "/unlock"]);

const withoutSlash = (path: string) => path.replace(/(?<=.)\/$/, "");

export const isOpen = (path: string) => OPEN.has(withoutSlash(path));

/** Where one signs in: nothing for those who have. */
export const isEntry = (path: string) => ["/sign-in", "/register"].includes(withoutSlash(path));

type Pages = ComponentType<{ path: string }>;

let fetched: Pages | null = null;

const load = async () => {
  const found = await import("../outside/pages");
  fetched = found.default;
  return found;
};

const Late = lazy(load);

/** Begins to fetch them, before they are known to be needed. Never fails: drawing them says what is wrong. */
export const fetchOutside = (): Promise<unknown> => load().catch(() => undefined);

export function OutsidePage({ path }: { path: string }) {
  const [Page] = useState<Pages>(() => fetched ?? Late);
  return <Page path={withoutSlash(path)} />;
}
