/** The shapes of the API that the app relies on; the enums and objects are those of the OpenAPI description. */
export type Status = "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
export type Priority = "low" | "medium" | "high" | "urgent";
export type TaskType = "task" | "milestone" | "bug" | "feature" | "epic" | "story";
export type Role = "owner" | "admin" | "manager" | "member" | "client" | "guest";

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
  [key: string]: unknown;
}

export interface User {
  id: string;
  email: string;
  username: string | null;
  first_name: string;
  last_name: string;
  name: string;
  avatar_url: string | null;
  preferences: Preferences;
  version: number;
}

export interface BrandRef {
  id: string;
  name: string;
  slug: string;
  role: Role;
}

export interface Brand {
  id: string;
  name: string;
  slug: string;
  description: string | null;
  logo_url: string | null;
  status: string;
  settings: { colours?: { accent?: string }; [key: string]: unknown };
  role: Role;
  permissions: string[];
  version: number;
}

export interface SignIn {
  access_token: string;
  token_type: string;
  expires_in: number;
  user: User;
  brands: BrandRef[];
  current_brand_id: string | null;
}

export interface SessionRow {
  id: string;
  user_agent: string | null;
  ip: string | null;
  created_at: string;
  last_seen_at: string;
  current: boolean;
}

export interface BrandMember {
  user_id: string;
  email: string;
  name: string;
  avatar_url: string | null;
  role: Role;
  status: string;
  joined_at: string | null;
  expires_at: string | null;
  version: number;
}

export interface Team {
  id: string;
  name: string;
  description: string | null;
  owner_id: string | null;
  member_count: number;
  board_count: number;
  version: number;
}

export interface TeamMember {
  user_id: string;
  name: string;
  email: string;
  avatar_url: string | null;
  role: "member" | "manager";
}

export interface Board {
  id: string;
  team_id: string;
  team_name: string;
  project_id: string | null;
  name: string;
  key: string;
  description: string | null;
  position: string;
  task_count: number;
  version: number;
  updated_at: string;
}

export interface List {
  id: string;
  board_id: string;
  name: string;
  position: string;
  status: Status | null;
  wip_limit: number | null;
  task_count: number;
  version: number;
}

/** A task as lists carry it: no description, people by id. */
export interface Task {
  id: string;
  number: number;
  reference: string;
  title: string;
  task_type: TaskType;
  status: Status;
  priority: Priority;
  board_id: string;
  list_id: string;
  project_id: string | null;
  parent_task_id: string | null;
  position: string;
  assignee_ids: string[];
  start_at: string | null;
  due_at: string | null;
  completed_at: string | null;
  estimated_hours: number | null;
  actual_hours: number | null;
  tags: string[];
  archived_at: string | null;
  created_by: string | null;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface TaskDetail extends Task {
  description: string | null;
  assignees?: Person[];
}

export interface Snapshot {
  board: Board;
  lists: List[];
  tasks: Task[];
  members: Person[];
  sequence: number;
}
