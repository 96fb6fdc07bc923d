/**
 * The one way to the API: adds the token and the brand, unwraps the envelope, throws a typed error.
 * Knows nothing of React and nothing of any resource.
 */
import { language, t } from "../lib/i18n";

export interface FieldErrors {
  [field: string]: string[];
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    readonly fieldErrors: FieldErrors = {},
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** No answer at all: the network, not the server, said no. */
export class NetworkError extends Error {
  constructor() {
    super(t("No connection to the server."));
    this.name = "NetworkError";
  }
}

export interface RequestOptions {
  body?: unknown;
  /** A table instead of a body in JSON. */
  csv?: string;
  /** What is wanted instead of JSON: "text/csv". */
  accept?: string;
  /** A file instead, with its own type. */
  file?: Blob;
  query?: Record<string, string | number | undefined | null>;
  ifMatch?: number | undefined;
  ifNoneMatch?: string | undefined;
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
  keepalive?: boolean;
  /** Without the access token and without a refresh when it is refused. */
  anonymous?: boolean;
}

export interface Reply<T> {
  data: T;
  status: number;
  etag: string | null;
  next: string | null;
  /** Of a list: how many there are; `exact` is false beyond what the server counts. */
  count: number | null;
  exact: boolean;
}

interface Envelope {
  success?: boolean;
  data?: unknown;
  next?: string | null;
  count?: number;
  meta?: { pagination?: { count_exact?: boolean } };
  error?: { code?: string; message?: string; details?: Record<string, unknown>; field_errors?: FieldErrors };
}

/** What the session gives to each request; set once, so that the client need not know the session. */
interface Credentials {
  token(): Promise<string | null>;
  brand(): string | null;
  renew(used: string): Promise<string | null>;
  /** Why nothing can be changed just now, in words; null when it can. */
  readOnly(): string | null;
}

let credentials: Credentials = {
  token: async () => null,
  brand: () => null,
  renew: async () => null,
  readOnly: () => null,
};

export function setCredentials(source: Credentials): void {
  credentials = source;
}

const listeners = new Set<(reachable: boolean, busy: boolean) => void>();

/** Told after each request whether the server could be reached, and whether it asked to come again later. */
export function onReachability(listener: (reachable: boolean, busy: boolean) => void): void {
  listeners.add(listener);
}

function reached(ok: boolean, busy = false): void {
  for (const listener of listeners) listener(ok, busy);
}

const refused = new Set<(error: ApiError, path: string) => void>();

/** Told of every answer that says no, for what concerns the whole app; who asked gets the error all the same. */
export function onRefused(listener: (error: ApiError, path: string) => void): void {
  refused.add(listener);
}

/** What the server still grants: so many requests in so many seconds. */
export interface Budget {
  remaining: number;
  seconds: number;
}

let budget: Budget | null = null;

export const requestBudget = () => budget;

/** RateLimit: "user-minute";r=99;t=53 */
function readBudget(headers: Headers): void {
  const found = /;\s*r=(\d+)\s*;\s*t=(\d+)/.exec(headers.get("RateLimit") ?? "");
  if (found) budget = { remaining: Number(found[1]), seconds: Number(found[2]) };
}

function address(path: string, query: RequestOptions["query"]): string {
  const full = path.startsWith("/api/") ? path : `/api/v1${path}`;
  if (!query) return full;
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== null) params.set(key, String(value));
  const text = params.toString();
  return text ? `${full}?${text}` : full;
}

function headersFor(options: RequestOptions, token: string | null): Headers {
  const headers = new Headers({ Accept: options.accept ?? "application/json", "Accept-Language": language.get() });
  const brand = credentials.brand();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (token && brand) headers.set("X-Brand-ID", brand);
  if (options.file) headers.set("Content-Type", options.file.type);
  else if (options.csv !== undefined) headers.set("Content-Type", "text/csv");
  else if (options.body !== undefined) headers.set("Content-Type", "application/json");
  if (options.ifMatch !== undefined) headers.set("If-Match", `"v${options.ifMatch}"`);
  if (options.ifNoneMatch) headers.set("If-None-Match", options.ifNoneMatch);
  if (options.idempotencyKey) headers.set("Idempotency-Key", options.idempotencyKey);
  return headers;
}

async function send(method: string, path: string, options: RequestOptions, token: string | null): Promise<Response> {
  try {
    const response = await fetch(address(path, options.query), {
      method,
      headers: headersFor(options, token),
      body: options.file ?? options.csv ?? (options.body === undefined ? null : JSON.stringify(options.body)),
      signal: options.signal ?? null,
      keepalive: options.keepalive ?? false,
      credentials: "same-origin",
      cache: "no-store",
    });
    reached(response.status !== 502 && response.status !== 504, response.status === 503 || response.status === 429);
    readBudget(response.headers);
    return response;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    reached(false);
    throw new NetworkError();
  }
}

/** The server speaks English; its words come in the language of the app where it has them. */
async function inLanguage(error: NonNullable<Envelope["error"]>): Promise<NonNullable<Envelope["error"]>> {
  const spoken = language.get();
  if (spoken === "en") return error;
  const words = await import("../lib/server-words").catch(() => null);
  if (!words) return error;
  const say = (message: string) => words.serverWords(message, spoken);
  const fields = Object.entries(error.field_errors ?? {}).map(([field, messages]) => [field, messages.map(say)] as const);
  return { ...error, ...(error.message === undefined ? {} : { message: say(error.message) }), field_errors: Object.fromEntries(fields) };
}

async function failure(response: Response): Promise<ApiError> {
  let envelope: Envelope = {};
  try {
    envelope = (await response.json()) as Envelope;
  } catch {
    /* not JSON: a proxy's own page; the status says enough */
  }
  const { code, message, details, field_errors: fields } = await inLanguage(envelope.error ?? {});
  const wait = Number(response.headers.get("Retry-After"));
  return new ApiError(
    response.status,
    code ?? "internal_error",
    message ?? t("The server answered with status {status}.", { status: response.status }),
    details ?? {},
    fields ?? {},
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

const RENEWABLE = new Set(["token_expired", "invalid_token", "authentication_required"]);

/** The answer when it is no refusal; a 304 is none. */
async function respond(method: string, path: string, options: RequestOptions): Promise<Response> {
  const onlyReading = method !== "GET" && !options.anonymous ? credentials.readOnly() : null;
  if (onlyReading) throw new ApiError(403, "view_only", onlyReading);
  let token = options.anonymous ? null : await credentials.token();
  let response = await send(method, path, options, token);
  if (response.status === 401 && !options.anonymous) {
    const refused = await failure(response);
    if (!RENEWABLE.has(refused.code) || token === null) throw refused;
    token = await credentials.renew(token);
    if (token === null) throw refused;
    response = await send(method, path, options, token);
  }
  if (!response.ok && response.status !== 304) {
    const error = await failure(response);
    for (const listener of refused) listener(error, path);
    throw error;
  }
  return response;
}

/** A list as a table, whole. One that was broken off on the way is a failure, as is a lost connection. */
export async function requestTable(path: string, query: RequestOptions["query"]): Promise<Blob> {
  const response = await respond("GET", path, { query, accept: "text/csv" });
  try {
    return await response.blob();
  } catch {
    throw new NetworkError();
  }
}

export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Reply<T>> {
  const response = await respond(method, path, options);
  const etag = response.headers.get("ETag");
  if (response.status === 304) return { data: undefined as T, status: 304, etag, next: null, count: null, exact: true };
  const envelope = (await response.json()) as Envelope;
  const { next = null, count = null, meta } = envelope;
  return { data: envelope.data as T, status: response.status, etag, next, count, exact: meta?.pagination?.count_exact ?? true };
}

export const api = {
  get: async <T>(path: string, options?: RequestOptions) => (await request<T>("GET", path, options)).data,
  post: async <T>(path: string, body: unknown = {}, options?: RequestOptions) =>
    (await request<T>("POST", path, { ...options, body, idempotencyKey: options?.idempotencyKey ?? crypto.randomUUID() })).data,
  patch: async <T>(path: string, body: unknown, options?: RequestOptions) =>
    (await request<T>("PATCH", path, { ...options, body })).data,
  put: async <T>(path: string, body: unknown, options?: RequestOptions) =>
    (await request<T>("PUT", path, { ...options, body })).data,
  delete: async <T>(path: string, options?: RequestOptions) => (await request<T>("DELETE", path, options)).data,
};

/** Follows `next` until the list is complete; lists that people see whole (teams, members, boards) are small. */
export async function getAll<T>(path: string): Promise<T[]> {
  const all: T[] = [];
  let next: string | null = path;
  let options: RequestOptions = { query: { limit: 100 } };
  while (next) {
    const reply: Reply<T[]> = await request<T[]>("GET", next, options);
    all.push(...reply.data);
    next = reply.next ? localPath(reply.next) : null;
    options = {};
  }
  return all;
}

/** Where a list goes on, as a path of our own. */
export function localPath(link: string): string {
  const url = new URL(link, location.origin);
  return url.pathname + url.search;
}

/** The words for a failure, as people read them. */
export function explain(error: unknown): string {
  if (error instanceof NetworkError) return error.message;
  if (error instanceof ApiError) {
    if (error.status === 429) return t("Too many requests at once. Please wait a moment.");
    if (error.code === "permission_denied") return t("You are not allowed to do this.");
    if (error.code === "account_locked") return t("This account is locked for a while after too many wrong passwords. Please try again later.");
    if (error.status >= 500) return t("The server could not do this just now. Please try again.");
    const fields = Object.values(error.fieldErrors).flat();
    return fields.length > 0 ? fields.join(" ") : error.message;
  }
  return t("Something went wrong.");
}
