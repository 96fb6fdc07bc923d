/** The signed-in person's own settings. */
import { api, explain } from "../api/client";
import { session, setUser } from "../api/session";
import type { Preferences, User } from "../api/types";
import { setTheme, type Theme } from "../lib/theme";
import { toast } from "../ui/toasts";

export interface ProfilePatch {
  first_name?: string;
  last_name?: string;
  username?: string | null;
  wip_limit?: number;
  /** Merged key by key; null takes a key away. */
  preferences?: { [Key in keyof Preferences]?: Preferences[Key] | null };
}

export async function saveProfile(patch: ProfilePatch): Promise<void> {
  setUser(await api.patch<User>("/users/me", patch));
}

/** At once on this device, then for the person's other devices. */
export function saveTheme(theme: Theme): void {
  setTheme(theme);
  const user = session.get().user;
  if (!user) return;
  setUser({ ...user, preferences: { ...user.preferences, theme } });
  void saveProfile({ preferences: { theme } }).catch((error: unknown) => toast({ text: explain(error), tone: "danger" }));
}
