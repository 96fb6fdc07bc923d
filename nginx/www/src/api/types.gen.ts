/* Made by scripts/types.mjs from the OpenAPI document of Karara API; don't edit. */

export type ErrorCode = "malformed_request" | "authentication_required" | "invalid_token" | "token_expired" | "two_factor_required" | "invalid_credentials" | "permission_denied" | "account_suspended" | "two_factor_setup_required" | "email_not_verified" | "brand_suspended" | "plan_limit_reached" | "not_found" | "method_not_allowed" | "conflict" | "already_exists" | "wip_limit_exceeded" | "idempotency_in_progress" | "gone" | "version_mismatch" | "precondition_required" | "payload_too_large" | "unsupported_media_type" | "validation_failed" | "idempotency_key_reused" | "account_locked" | "rate_limited" | "internal_error" | "unavailable";

export interface NewAccount {
  user: User;
  access_token?: string;
  token_type?: string;
  expires_in?: number;
  refresh_token?: string | null;
  brands?: TokenBrand[];
  current_brand_id?: string | null;
}

export interface User {
  id: string;
  email: string;
  username: string | null;
  first_name: string;
  last_name: string;
  name: string;
  avatar_url: string | null;
  status: "pending" | "active" | "inactive" | "suspended";
  platform_role: "admin" | "member";
  profile_completed: boolean;
  wip_limit: number;
  preferences: Record<string, unknown>;
  last_login_at: string | null;
  two_factor_enabled?: boolean;
  recovery_codes_left?: number;
  pending_email?: string | null;
  pending_email_until?: string | null;
  viewed_by?: unknown;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface Viewer {
  id: string;
  name: string;
  avatar_url: string | null;
}

export interface TokenBrand {
  id: string;
  name: string;
  slug: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
}

export interface Tokens {
  access_token: string;
  token_type: string;
  expires_in: number;
  refresh_token: string | null;
  user: User;
  brands: TokenBrand[];
  current_brand_id: string | null;
}

export interface Session {
  id: string;
  user_agent: string;
  ip: string;
  place: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
}

export interface ApiToken {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  brand_id: string | null;
  expires_at: string | null;
  last_used_at: string | null;
  created_at: string;
}

export interface NewApiToken {
  token: string;
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  brand_id: string | null;
  expires_at: string | null;
  last_used_at: string | null;
  created_at: string;
}

export interface MyBrand {
  id: string;
  name: string;
  slug: string;
  status: "active" | "inactive" | "suspended";
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  joined_at: string | null;
}

export interface Person {
  id: string;
  name: string;
  avatar_url: string | null;
  email: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
}

export interface Brand {
  id: string;
  name: string;
  slug: string;
  description: string;
  logo_url: string | null;
  status: "active" | "inactive" | "suspended";
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  permissions?: string[];
  settings?: Record<string, unknown>;
  subscription?: Record<string, unknown>;
  compliance?: Record<string, unknown>;
  features?: Record<string, unknown>;
  domains?: string[];
  parent_brand_id: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface ChildBrand {
  id: string;
  name: string;
  status: "active" | "inactive" | "suspended";
  member_count: number;
  created_at: string;
}

export interface Member {
  id: string;
  name: string;
  first_name: string;
  last_name: string;
  email: string;
  avatar_url: string | null;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  status: "active" | "pending" | "suspended" | "expired";
  permissions: Record<string, unknown> | null;
  two_factor: boolean | null;
  joined_at: string | null;
  expires_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface AddedMember {
  id: string | null;
  name: string;
  first_name: string;
  last_name: string;
  email: string;
  avatar_url: string | null;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  status: "active" | "pending" | "suspended" | "expired";
  permissions: Record<string, unknown> | null;
  two_factor: boolean | null;
  joined_at: string | null;
  expires_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
  invitation_id: string | null;
}

export interface LeavingBrand {
  id: string;
  name: string;
  slug: string;
  deletion_at: string | null;
  version: number;
}

export interface View {
  access_token: string;
  token_type: string;
  expires_in: number;
  brand_id: string;
  user: ViewedPerson;
}

export interface ViewedPerson {
  id: string;
  name: string;
  avatar_url: string | null;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
}

export interface Role {
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  permissions: RolePermission[];
  member_count: number;
  version: number;
}

export interface RolePermission {
  key: string;
  default: boolean;
  change: boolean | null;
  effective: boolean;
}

export interface MemberPermissions {
  user_id: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  active: boolean;
  read_only: boolean;
  lacks_two_factor: boolean;
  permissions: MemberPermission[];
}

export interface MemberPermission {
  key: string;
  effective: boolean;
  source: "default" | "role_change" | "override" | "delegation";
  delegation_id: string | null;
}

export interface Delegation {
  id: string;
  from_user_id: string;
  to_user_id: string;
  from_user: DelegationPerson;
  to_user: DelegationPerson;
  permissions: string[];
  starts_at: string;
  ends_at: string;
  active: boolean;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface DelegationPerson {
  id: string;
  name: string;
  avatar_url: string | null;
}

export interface OperationResults {
  results: OperationResult[];
}

export interface OperationResult {
  index: number;
  status: number;
  id: string | null;
  invited: boolean;
  error: unknown;
}

export interface OperationError {
  code: string;
  message: string;
  details: Record<string, unknown>;
  field_errors: Record<string, unknown>;
}

export interface Team {
  id: string;
  name: string;
  description: string;
  owner_id: string | null;
  role: "member" | "manager" | null;
  member_count: number;
  board_count: number;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface TeamMember {
  id: string;
  name: string;
  avatar_url: string | null;
  team_id: string;
  role: "member" | "manager";
  version: number;
  created_at: string;
  updated_at: string;
}

export interface Board {
  id: string;
  team_id: string;
  team_name: string;
  project_id: string | null;
  name: string;
  key: string;
  description: string;
  position: string;
  task_count: number;
  settings: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface BoardSnapshot {
  board: Board;
  lists: List[];
  tasks: Task[];
  members: BoardMember[];
  sequence: number;
}

export interface List {
  id: string;
  board_id: string;
  name: string;
  position: string;
  status: "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
  wip_limit: number | null;
  task_count: number;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface Task {
  id: string;
  number: number;
  reference: string;
  title: string;
  description?: string;
  task_type: "task" | "milestone" | "bug" | "feature" | "epic" | "story";
  status: "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
  priority: "low" | "medium" | "high" | "urgent";
  board_id: string;
  list_id: string;
  project_id: string | null;
  parent_task_id: string | null;
  position: string;
  assignee_ids: string[];
  assignees?: Assignee[];
  start_at: string | null;
  due_at: string | null;
  completed_at: string | null;
  estimated_hours: number | null;
  actual_hours: number;
  tags: string[];
  custom_fields: Record<string, unknown>;
  checklist_total: number;
  checklist_done: number;
  archived_at: string | null;
  created_by: string | null;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface Assignee {
  id: string;
  name: string;
  avatar_url: string | null;
}

export interface BoardMember {
  id: string;
  name: string;
  avatar_url: string | null;
  email: string;
}

export interface ChecklistItem {
  id: string;
  task_id: string;
  text: string;
  done: boolean;
  position: string;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface Health {
  status: "ok" | "degraded" | "unavailable" | "off";
  version: string;
}

export interface HealthDatabase {
  status: "ok" | "degraded" | "unavailable" | "off";
  server_version: string;
  latency_micros: number;
  connections: number;
  standby: boolean;
}

export interface HealthRealtime {
  status: "ok" | "degraded" | "unavailable" | "off";
  relay_leads: boolean;
  events_waiting: number;
  lag_micros: number;
}

export interface HealthQueue {
  status: "ok" | "degraded" | "unavailable" | "off";
  due: number;
  lag_micros: number;
  parked: number;
}

export interface HealthEmail {
  status: "ok" | "degraded" | "unavailable" | "off";
  due: number;
  lag_micros: number;
  failed_last_day: number;
  last_sent_at: string | null;
  last_error: string | null;
}

export interface HealthCache {
  status: "ok" | "degraded" | "unavailable" | "off";
  latency_micros: number;
}

export interface HealthDetailed {
  status: "ok" | "degraded" | "unavailable" | "off";
  version: string;
  database_status: "ok" | "degraded" | "unavailable" | "off";
  database_version: string;
  database_latency_micros: number;
  database_connections: number;
  cache_status: "ok" | "degraded" | "unavailable" | "off";
  cache_latency_micros: number;
}

export interface Division {
  id: string;
  name: string;
  description: string;
  parent_division_id: string | null;
  member_count: number;
  team_count: number;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface DivisionMember {
  id: string;
  name: string;
  avatar_url: string | null;
  division_id: string;
  created_at: string;
}

export interface DivisionTeam {
  id: string;
  name: string;
  division_id: string;
  created_at: string;
}

export interface AuditEntry {
  id: string;
  actor_id: string | null;
  actor_name: string | null;
  action: string;
  resource_type: string;
  resource_id: string | null;
  resource_name: string | null;
  outcome: "success" | "failure";
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  ip: string;
  user_agent: string;
  request_id: string;
  created_at: string;
}

export interface PlatformAuditEntry {
  id: string;
  actor_id: string | null;
  actor_name: string | null;
  action: string;
  resource_type: string;
  resource_id: string | null;
  resource_name: string | null;
  outcome: "success" | "failure";
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  ip: string;
  user_agent: string;
  request_id: string;
  created_at: string;
  brand_id: string | null;
  brand_name: string | null;
}

export interface Account {
  id: string;
  email: string;
  username: string | null;
  first_name: string;
  last_name: string;
  name: string;
  status: "pending" | "active" | "inactive" | "suspended";
  platform_role: "admin" | "member";
  two_factor_enabled: boolean;
  brand_count: number;
  session_count: number;
  last_login_at: string | null;
  last_active_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
  locked_until?: string | null;
  brands?: unknown;
}

export interface BulkResults {
  results: unknown;
}

export interface PlatformBrand {
  id: string;
  name: string;
  slug: string;
  status: "active" | "inactive" | "suspended";
  plan: "free" | "basic" | "premium" | "enterprise";
  subscription: Record<string, unknown>;
  features: Record<string, unknown>;
  logo_url: string | null;
  domains: string[];
  parent_brand_id: string | null;
  member_count: number;
  owner_count: number;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface PlatformStats {
  users_by_status: Record<string, unknown>;
  platform_admins: number;
  brands_by_status: Record<string, unknown>;
  brands_by_plan: Record<string, unknown>;
  sessions: number;
  events_by_day: unknown;
  database_bytes: number;
}

export interface Export {
  exported_at: string;
  user: User;
  sign_in: ExportedSignIn[];
  sessions: ExportedSession[];
  api_tokens: ExportedApiToken[];
  account_log: ExportedAccountEntry[];
  memberships: ExportedMembership[];
  delegations: ExportedDelegation[];
  invitations: ExportedInvitation[];
  sent_invitations: ExportedSentInvitation[];
  phones: ExportedPhone[];
  browsers: ExportedBrowser[];
  mails: ExportedMail[];
  preferences: ExportedNotificationPreferences[];
  teams: unknown;
  divisions: unknown;
  tasks: unknown;
  templates: unknown;
  notifications: unknown;
  mutes: unknown;
}

export interface ExportedSignIn {
  password_changed_at: string;
  two_factor_enabled_at: string | null;
  login_attempts: number;
  last_failed_at: string | null;
  locked_until: string | null;
}

export interface ExportedSession {
  id: string;
  user_agent: string;
  ip: string;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  revoked_at: string | null;
  revoked_reason: string | null;
}

export interface ExportedApiToken {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  brand_id: string | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

export interface ExportedAccountEntry {
  action: string;
  outcome: string;
  is_own: boolean;
  ip: string | null;
  user_agent: string | null;
  created_at: string;
}

export interface ExportedMembership {
  brand_id: string;
  brand_name: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  status: "active" | "pending" | "suspended" | "expired";
  permissions: Record<string, unknown>;
  joined_at: string | null;
  expires_at: string | null;
  created_at: string;
}

export interface ExportedDelegation {
  id: string;
  brand_id: string;
  brand_name: string;
  from_user_id: string;
  to_user_id: string;
  is_giver: boolean;
  permissions: string[];
  starts_at: string;
  ends_at: string;
  created_at: string;
}

export interface ExportedInvitation {
  id: string;
  brand_id: string;
  brand_name: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  message: string;
  created_at: string;
  expires_at: string;
  access_expires_at: string | null;
  accepted_at: string | null;
  revoked_at: string | null;
}

export interface ExportedSentInvitation {
  id: string;
  brand_id: string;
  brand_name: string;
  email: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  message: string;
  created_at: string;
  expires_at: string;
  accepted_at: string | null;
  revoked_at: string | null;
}

export interface ExportedPhone {
  phone: string | null;
  confirmed_at: string | null;
  wanted: string | null;
  updated_at: string;
}

export interface ExportedBrowser {
  id: string;
  device: string;
  service: string;
  last_used_at: string | null;
  created_at: string;
}

export interface ExportedMail {
  id: string;
  brand_id: string | null;
  template: string;
  to_address: string;
  subject: string;
  status: string;
  created_at: string;
  sent_at: string | null;
}

export interface ExportedNotificationPreferences {
  ways: Record<string, unknown>;
  digest: string;
  digest_time: string;
  digest_weekday: number;
  quiet: boolean;
  quiet_from: string;
  quiet_to: string;
  quiet_weekends: boolean;
  updated_at: string;
}

export interface Mail {
  id: string;
  template: string;
  language: string;
  to_address: string;
  to_name: string;
  subject: string;
  status: "queued" | "sending" | "sent" | "failed";
  attempts: number;
  last_error: string | null;
  brand_id: string | null;
  user_id: string | null;
  not_before: string;
  created_at: string;
  tried_at: string | null;
  sent_at: string | null;
  ended_at: string | null;
  blanked_at: string | null;
  text_body?: string | null;
  html_body?: string | null;
}

export interface TwoFactorSetup {
  secret: string;
  otpauth_uri: string;
  qr_svg: string;
}

export interface TwoFactorVerified {
  recovery_codes?: string[];
  access_token?: string;
  token_type?: string;
  expires_in?: number;
  refresh_token?: string | null;
  user?: User;
  brands?: TokenBrand[];
  current_brand_id?: string | null;
}

export interface RecoveryCodes {
  recovery_codes: string[];
}

export interface Invitation {
  id: string;
  email: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  teams: InvitationTeam[];
  status: "open" | "accepted" | "revoked" | "expired";
  message: string;
  invited_by: unknown;
  expires_at: string;
  access_expires_at: string | null;
  sent_at: string;
  accepted_at: string | null;
  revoked_at: string | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface InvitationTeam {
  id: string;
  name: string;
}

export interface Inviter {
  id: string;
  name: string;
  avatar_url: string | null;
}

export interface Logo {
  logo_url: string | null;
  content_type: string;
  width: number;
  height: number;
  size: number;
  version: number;
}

export interface Branding {
  brand_id: string | null;
  brand_slug: string | null;
  name: string;
  product: string;
  white_label: boolean;
  logo_url: string | null;
  colours: Record<string, unknown>;
  language: string | null;
  registration: boolean;
}

export interface InvitationPreview {
  brand: InvitingBrand;
  email: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  inviter_name: string;
  message: string;
  expires_at: string;
  access_expires_at: string | null;
  needs_account: boolean;
}

export interface InvitingBrand {
  name: string;
  logo_url: string | null;
  colours: Record<string, unknown>;
}

export interface Job {
  id: string;
  kind: string;
  queue: string;
  priority: "urgent" | "high" | "normal" | "low";
  state: "waiting" | "running" | "parked" | "done" | "cancelled";
  run_at: string;
  attempts: number;
  max_attempts: number;
  progress: number | null;
  progress_words: string | null;
  cancel_requested: boolean;
  last_error: string | null;
  brand_id: string | null;
  actor_id: string | null;
  unique_key: string | null;
  request_id: string;
  worker: string | null;
  payload?: Record<string, unknown>;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
}

export interface JobStats {
  queues: JobQueue[];
  kinds: JobKindStats[];
}

export interface JobQueue {
  name: string;
  paused: boolean;
  paused_at: string | null;
  due: number;
  scheduled: number;
  running: number;
  parked: number;
  oldest_due_at: string | null;
  done_last_hour: number;
  wait_micros: number;
  run_micros: number;
}

export interface JobKindStats {
  kind: string;
  about: string;
  done: number;
  cancelled: number;
  parked: number;
  attempts: number;
  longest_micros: number;
}

export interface Activity {
  id: string;
  sequence: number;
  actor: unknown;
  verb: string;
  subject: ActivitySubject;
  changes: Record<string, unknown>;
  people: ActivityPerson[];
  created_at: string;
}

export interface ActivityPerson {
  id: string;
  name: string;
  avatar_url: string | null;
}

export interface ActivitySubject {
  type: "task" | "list" | "board" | "team";
  id: string | null;
  title: string;
  reference: string | null;
}

export interface TaskTemplate {
  id: string;
  team_id: string;
  board_id: string;
  list_id: string | null;
  title: string;
  description: string;
  priority: "low" | "medium" | "high" | "urgent";
  tags: string[];
  assignee_ids: string[];
  checklist: string[];
  due_offset_minutes: number | null;
  rrule: string;
  starts_at: string;
  timezone: string;
  exdates: string[];
  catch_up: "skip" | "last" | "all";
  paused: boolean;
  next_run_at: string | null;
  last_spawned_at: string | null;
  problems: string[];
  created_by: string | null;
  created_at: string;
  updated_at: string;
  version: number;
}

export interface RecurrencePreview {
  rrule: string;
  occurrences: Occurrence[];
}

export interface Occurrence {
  at: string;
  local: string;
}

export interface PushKey {
  public_key: string;
}

export interface PushSubscription {
  id: string;
  device: string;
  service: string;
  current: boolean;
  failures: number;
  last_error: string | null;
  last_used_at: string | null;
  created_at: string;
}

export interface Phone {
  phone: string | null;
  confirmed_at: string | null;
  wanted: string | null;
  code_expires_at: string | null;
  tries_left: number | null;
}

export interface Notification {
  id: string;
  type: "task.assigned" | "task.unassigned" | "task.status" | "task.completed" | "task.updated" | "task.due_soon" | "task.overdue" | "task_template.spawned" | "invitation.received" | "member.added" | "member.role_changed" | "delegation.received" | "delegation.ended" | "schedule.failed";
  title: string;
  message: string;
  reason: "you" | "assigned" | "creator" | "watching" | "manager" | "admin" | "member";
  actor: unknown;
  subject: NotificationSubject;
  url: string;
  data: Record<string, unknown>;
  is_read: boolean;
  read_at: string | null;
  created_at: string;
  expires_at: string;
  deliveries: NotificationDelivery[];
}

export interface NotificationActor {
  id: string;
  name: string;
  avatar_url: string | null;
}

export interface NotificationSubject {
  type: string;
  id: string;
}

export interface NotificationDelivery {
  way: "in_app" | "email" | "push" | "sms";
  status: "waiting" | "sent" | "failed" | "skipped";
  sent_at: string | null;
}

export interface NotificationsUnread {
  unread: number;
  latest_at: string | null;
}

export interface NotificationsMarked {
  count: number;
}

export interface NotificationPreferences {
  types: NotificationType[];
  digest: "off" | "hourly" | "daily" | "weekly";
  digest_time: string;
  digest_weekday: number;
  quiet: QuietHours;
  timezone: string;
  email: NotificationEmail;
  push: NotificationPush;
  sms: NotificationSms;
}

export interface NotificationType {
  type: "task.assigned" | "task.unassigned" | "task.status" | "task.completed" | "task.updated" | "task.due_soon" | "task.overdue" | "task_template.spawned" | "invitation.received" | "member.added" | "member.role_changed" | "delegation.received" | "delegation.ended" | "schedule.failed";
  label: string;
  ways: NotificationWays;
}

export interface NotificationWays {
  in_app: boolean;
  email: boolean;
  push: boolean;
  sms: boolean;
}

export interface QuietHours {
  enabled: boolean;
  from: string;
  to: string;
  weekends: boolean;
}

export interface NotificationEmail {
  address: string;
  sends: boolean;
}

export interface NotificationPush {
  devices: number;
}

export interface NotificationSms {
  phone: string | null;
  available: boolean;
}

export interface NotificationMute {
  subject: "task" | "board";
  subject_id: string;
  title: string | null;
  until: string | null;
  created_at: string;
}

export interface Unsubscribed {
  type: string;
  label: string;
}

export interface Registration {
  email: string;
  password: string;
  first_name: string;
  last_name: string;
  token_delivery?: "cookie" | "body";
}

export interface Login {
  email: string;
  password: string;
  brand?: string;
  token_delivery?: "cookie" | "body";
}

export interface Refresh {
  refresh_token?: string;
  token_delivery?: "cookie" | "body";
}

export interface PasswordChange {
  current_password: string;
  new_password: string;
}

export interface ApiTokenInput {
  name: string;
  scopes: string[];
  brand_id?: string | null;
  expires_at?: string | null;
}

export interface ApiTokenChange {
  name?: string;
}

export interface MeChange {
  first_name?: string;
  last_name?: string;
  username?: string | null;
  wip_limit?: number;
  preferences?: Record<string, unknown>;
}

export interface NewBrand {
  name: string;
  slug?: string;
  description?: string;
  settings?: Record<string, unknown>;
}

export interface BrandChange {
  name?: string;
  slug?: string;
  description?: string;
  settings?: Record<string, unknown>;
  compliance?: Record<string, unknown>;
  parent_brand_id?: string | null;
}

export interface NewMember {
  email?: string;
  user_id?: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  team_ids?: string[];
  expires_at?: string | null;
}

export interface MemberChange {
  role?: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  permissions?: Record<string, unknown>;
  status?: "active" | "suspended";
  expires_at?: string | null;
}

export interface BrandDeletion {
  name: string;
}

export interface RoleChangePatch {
  permissions?: Record<string, unknown>;
}

export interface NewDelegation {
  to_user_id: string;
  permissions: string[];
  starts_at?: string;
  ends_at: string;
}

export interface DelegationChange {
  permissions?: string[];
  starts_at?: string;
  ends_at?: string;
}

export interface MemberOperations {
  operations: unknown;
  atomic?: boolean;
}

export interface NewTeam {
  name: string;
  description?: string;
}

export interface TeamChange {
  name?: string;
  description?: string;
  owner_id?: string | null;
}

export interface NewTeamMember {
  user_id: string;
  role?: "member" | "manager";
}

export interface TeamMemberChange {
  role?: "member" | "manager";
}

export interface BoardNew {
  name: string;
  team_id: string;
  key?: string;
  description?: string | null;
}

export interface BoardChange {
  name?: string;
  team_id?: string;
  key?: string;
  description?: string | null;
  settings?: Record<string, unknown> | null;
}

export interface ListNew {
  name: string;
  status?: "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
  wip_limit?: number | null;
  before?: string;
  after?: string;
}

export interface ListChange {
  name?: string;
  status?: "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
  wip_limit?: number | null;
  before?: string;
  after?: string;
}

export interface BoardTaskNew {
  title: string;
  list_id?: string;
  status?: "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
  priority?: "low" | "medium" | "high" | "urgent";
  assignee_ids?: string[];
  task_type?: "task" | "milestone" | "bug" | "feature" | "epic" | "story";
  description?: string | null;
  parent_task_id?: string | null;
  start_at?: string | null;
  due_at?: string | null;
  estimated_hours?: number | null;
  tags?: string[];
  custom_fields?: Record<string, unknown>;
}

export interface TaskNew {
  board_id: string;
  title: string;
  list_id?: string;
  status?: "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
  priority?: "low" | "medium" | "high" | "urgent";
  assignee_ids?: string[];
  task_type?: "task" | "milestone" | "bug" | "feature" | "epic" | "story";
  description?: string | null;
  parent_task_id?: string | null;
  start_at?: string | null;
  due_at?: string | null;
  estimated_hours?: number | null;
  tags?: string[];
  custom_fields?: Record<string, unknown>;
}

export interface TaskChange {
  title?: string;
  list_id?: string;
  status?: "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
  priority?: "low" | "medium" | "high" | "urgent";
  assignee_ids?: string[];
  task_type?: "task" | "milestone" | "bug" | "feature" | "epic" | "story";
  description?: string | null;
  parent_task_id?: string | null;
  start_at?: string | null;
  due_at?: string | null;
  estimated_hours?: number | null;
  tags?: string[];
  custom_fields?: Record<string, unknown>;
}

export interface TaskMove {
  list_id?: string;
  before?: string;
  after?: string;
}

export interface TaskAssign {
  assignee_ids: string[];
}

export interface TaskStatus {
  status: "todo" | "in_progress" | "on_hold" | "completed" | "cancelled";
}

export interface TaskPriority {
  priority: "low" | "medium" | "high" | "urgent";
}

export interface ChecklistItemNew {
  text: string;
  done?: boolean;
  before?: string;
  after?: string;
}

export interface ChecklistItemChange {
  text?: string;
  done?: boolean;
  before?: string;
  after?: string;
}

export interface NewDivision {
  name: string;
  description?: string;
  parent_division_id?: string | null;
}

export interface DivisionChange {
  name?: string;
  description?: string;
  parent_division_id?: string | null;
}

export interface NewDivisionMember {
  user_id: string;
}

export interface NewDivisionTeam {
  team_id: string;
}

export interface NewAccountByAdmin {
  email: string;
  password?: string;
  first_name?: string;
  last_name?: string;
  platform_role?: "admin" | "member";
}

export interface Bulk {
  operations: unknown;
  atomic?: boolean;
}

export interface AccountChange {
  status?: "active" | "inactive" | "suspended";
  platform_role?: "admin" | "member";
  two_factor_enabled?: boolean;
  force?: boolean;
}

export interface BrandRuling {
  status?: "active" | "inactive" | "suspended";
  subscription?: Record<string, unknown>;
  domains?: string[];
}

export interface MailRequest {
  email: string;
}

export interface PasswordReset {
  token: string;
  password: string;
}

export interface MailedToken {
  token: string;
}

export interface EmailChange {
  email: string;
  password: string;
}

export interface Farewell {
  password: string;
}

export interface TwoFactorBegin {
  password: string;
}

export interface TwoFactorCode {
  challenge?: string;
  code: string;
}

export interface TwoFactorProof {
  password: string;
  code: string;
}

export interface NewInvitation {
  email: string;
  role: "guest" | "client" | "member" | "manager" | "admin" | "owner";
  team_ids?: string[];
  access_expires_at?: string | null;
  expires_at?: string | null;
  message?: string;
}

export interface InvitationLink {
  token: string;
}

export interface InvitationAcceptance {
  token: string;
  password?: string;
  first_name?: string;
  last_name?: string;
  token_delivery?: "cookie" | "body";
}

export interface TaskTemplateNew {
  team_id: string;
  title: string;
  rrule: string;
  starts_at: string;
  timezone: string;
  exdates?: string[];
  board_id?: string;
  list_id?: string | null;
  description?: string | null;
  priority?: "low" | "medium" | "high" | "urgent";
  tags?: string[];
  assignee_ids?: string[];
  checklist?: string[];
  due_offset_minutes?: number | null;
  catch_up?: "skip" | "last" | "all";
}

export interface RecurrenceAsked {
  rrule: string;
  starts_at: string;
  timezone: string;
  exdates?: string[];
  limit?: number;
}

export interface TaskTemplateChange {
  team_id?: string;
  title?: string;
  rrule?: string;
  starts_at?: string;
  timezone?: string;
  exdates?: string[];
  board_id?: string;
  list_id?: string | null;
  description?: string | null;
  priority?: "low" | "medium" | "high" | "urgent";
  tags?: string[];
  assignee_ids?: string[];
  checklist?: string[];
  due_offset_minutes?: number | null;
  catch_up?: "skip" | "last" | "all";
}

export interface PushSubscriptionInput {
  endpoint: string;
  keys: Record<string, unknown>;
  device?: string;
}

export interface PhoneInputPatch {
  phone?: string;
}

export interface PhoneCode {
  code: string;
}

export interface NotificationMarkAll {
  until?: string;
}

export interface NotificationMarkPatch {
  is_read?: boolean;
}

export interface NotificationPreferencesChange {
  digest?: "off" | "hourly" | "daily" | "weekly";
  types?: unknown;
  digest_time?: string;
  digest_weekday?: number;
  quiet?: Record<string, unknown>;
}

export interface NotificationMuteChange {
  until?: string | null;
}

export const scopes = ["activity:read", "admin:read", "admin:write", "audit:read", "boards:read", "boards:write", "brands:read", "brands:write", "divisions:read", "divisions:write", "health:read", "jobs:read", "jobs:write", "mail:read", "mail:write", "notifications:read", "notifications:write", "tasks:read", "tasks:write", "teams:read", "teams:write", "templates:read", "templates:write", "users:read", "users:write"] as const;
