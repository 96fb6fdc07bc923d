/** The API's shapes under the names that the app uses; where a document of free form has known keys, they are named here. */
import type * as wire from "./types.gen";

export type { ApiToken, Board, ChecklistItem, Export, List, NewApiToken, RecoveryCodes as RecoveryCodesAnswer, Session as SessionRow, Team, TeamMember, TwoFactorSetup } from "./types.gen";

export type Activity = Omit<wire.Activity, "changes" | "people" | "actor"> & { changes: Record<string, unknown>; people: Person[]; actor: Person | null };

export type Status = wire.Task["status"];
export type Priority = wire.Task["priority"];
export type TaskType = wire.Task["task_type"];
export type Role = wire.Member["role"];

export interface Person {
  id: string;
  name: string;
  avatar_url?: string | null;
  email?: string;
}

export interface Preferences {
  timezone?: string;
  language?: string;
  theme?: "light" | "dark" | "auto";
  notifications?: { new_sign_in?: boolean | null };
  [key: string]: unknown;
}

export type User = Omit<wire.User, "preferences"> & { preferences: Preferences };

export type BrandRef = Pick<wire.TokenBrand, "id" | "name" | "slug" | "role">;

export interface BrandSettings {
  colours?: { accent?: string | null };
  timezone?: string | null;
  date_format?: string | null;
  currency?: string | null;
  language?: string | null;
  working_hours?: Record<string, unknown> | null;
  holidays?: unknown[] | null;
  custom_fields?: unknown[] | null;
  require_2fa?: boolean | null;
  require_if_match?: boolean | null;
  [key: string]: unknown;
}

export type Brand = Omit<wire.Brand, "settings"> & { settings: BrandSettings };

export interface SignIn extends Omit<wire.Tokens, "user" | "brands" | "refresh_token"> {
  user: User;
  brands: BrandRef[];
}

export type BrandMember = wire.Member;

/** A task as lists carry it: no description, people by id. */
export type Task = Omit<wire.Task, "description" | "assignees">;

export interface TaskDetail extends Task {
  description: string;
  assignees?: Person[];
}

/** A task as its sheet shows it: of a card that is only just opened, what lists don't carry isn't known yet. */
export type ShownTask = Task & { description?: string | undefined; assignees?: Person[] | undefined };

export interface Snapshot {
  board: wire.Board;
  lists: wire.List[];
  tasks: Task[];
  members: Person[];
  sequence: number;
}
