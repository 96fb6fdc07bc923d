// Shared by the browser tests: one Chromium, one signed-in context per person and screen, and the API for preparing boards.
// The stack under test is KARARA_TEST_URL; its certificate may be self-made.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
process.removeAllListeners("warning");

const require = createRequire(new URL("../../nginx/www/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axeSource = require("axe-core").source;

export const base = (process.env.KARARA_TEST_URL ?? "").replace(/\/$/, "");
if (!base) throw new Error("KARARA_TEST_URL is not set, for instance https://localhost:18443");

export const PASSWORD = process.env.KARARA_TEST_PASSWORD ?? "karara-demo";
export const DESKTOP = { viewport: { width: 1440, height: 900 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const FLAGS = [
  "--headless", "--ignore-certificate-errors", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

let started = null;
const contexts = new Map();
const complaints = [];

function launch() {
  started ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  return started;
}

const ownBoards = [];

after(async () => {
  if (ownBoards.length > 0) {
    const ada = await Api.as("ada");
    for (const id of ownBoards) await ada.raw("DELETE", `/boards/${id}?force=true`);
  }
  if (started) await (await started).close();
});

/** A refused request is logged by the browser itself; everything else in the console is a fault. */
const EXPECTED = /Failed to load resource: (the server responded with a status of (401|403|404|409|410|412|422|423|429)|net::ERR_(INTERNET_DISCONNECTED|FAILED))/;

function listen(page) {
  page.on("console", (message) => {
    const text = message.text();
    if ((message.type() === "error" || message.type() === "warning") && !EXPECTED.test(text)) complaints.push(text);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
}

/** What the consoles of all pages have said since the last call. */
export const takeComplaints = () => complaints.splice(0);

export async function newContext(options = {}) {
  const browser = await launch();
  const context = await browser.newContext({ baseURL: base, ignoreHTTPSErrors: true, reducedMotion: "reduce", ...DESKTOP, ...options });
  context.setDefaultTimeout(10_000);
  context.on("page", listen);
  return context;
}

export async function signIn(page, user, password = PASSWORD) {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(user.includes("@") ? user : `${user}@demo.example`);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Sign-in is limited per minute, so each person signs in once per kind of screen and gets pages in that context. */
export async function pageOf(user, screen = "desktop") {
  const key = `${user}/${screen}`;
  if (!contexts.has(key)) {
    contexts.set(key, (async () => {
      const context = await newContext(screen === "phone" ? PHONE : DESKTOP);
      const page = await context.newPage();
      await signIn(page, user);
      await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
      await page.close();
      return context;
    })());
  }
  return (await contexts.get(key)).newPage();
}

/** The API as a program sees it, for preparing what a test needs and for checking what the server holds. */
export class Api {
  static people = new Map();

  static async as(user) {
    if (!Api.people.has(user)) Api.people.set(user, new Api().login(user));
    return Api.people.get(user);
  }

  async login(user, password = PASSWORD) {
    const data = await this.call("POST", "/auth/login", { email: user.includes("@") ? user : `${user}@demo.example`, password });
    this.token = data.access_token;
    this.user = data.user;
    this.brand = data.current_brand_id ?? data.brands[0]?.id;
    return this;
  }

  async raw(method, path, body) {
    const headers = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    if (this.token && this.brand) headers["X-Brand-ID"] = this.brand;
    for (;;) {
      const answer = await fetch(`${base}/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      if (answer.status !== 429) return answer;
      await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get("retry-after") ?? 1)));
    }
  }

  async call(method, path, body) {
    const answer = await this.raw(method, path, body);
    const json = await answer.json();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(json.error)}`);
    return json.data;
  }

  get = (path) => this.call("GET", path);
  post = (path, body = {}) => this.call("POST", path, body);
  patch = (path, body) => this.call("PATCH", path, body);
}

/** Asks the database itself, for what no program can bring about by the API. Only where the stack's folder is named, as tests/browser/run does. */
export function sql(text) {
  const stack = process.env.KARARA_TEST_STACK;
  assert.ok(stack, "KARARA_TEST_STACK names the folder of the stack under test");
  return execFileSync(fileURLToPath(new URL("../support/stack", import.meta.url)), ["psql", stack, "-AtqX", "-v", "ON_ERROR_STOP=1", "-c", text], { encoding: "utf8" }).trim();
}

/** The latest mail of a template to an address, as soon as there is one; `after` leaves out those that are known already. */
export async function mailTo(address, template, after = []) {
  const admin = await Api.as("ada");
  const known = after.map((mail) => mail.id);
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((done) => setTimeout(done, 200))) {
    const rows = await admin.get(`/admin/mails?to_address=${encodeURIComponent(address)}&template=${template}&sort=-created_at`);
    const fresh = rows.find((row) => !known.includes(row.id));
    if (fresh) return admin.get(`/admin/mails/${fresh.id}`);
  }
  throw new Error(`no mail ${template} to ${address}`);
}

/** The way that a mail's link leads to, from the root of the app. */
export function linkOf(mail) {
  const { pathname, hash } = new URL(/^https:\S+#token=\S+$/m.exec(mail.text_body)[0]);
  return pathname + hash;
}

/** Somebody new with a confirmed address, made as an admin makes them, with this password. */
export async function newPerson(name = "nova", password = PASSWORD) {
  const admin = await Api.as("ada");
  const email = `${name}-${stamp}-${++made}@example.net`;
  const user = await admin.post("/admin/users", { email, password, first_name: name[0].toUpperCase() + name.slice(1), last_name: "Newcomer" });
  return { ...user, email, password };
}

/** What an authenticator shows (RFC 6238). A code works once and in its order, so each is of a later half minute than the one before. */
export class Authenticator {
  static digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  constructor(secret) {
    const bits = [...secret.replaceAll(" ", "")].map((c) => Authenticator.digits.indexOf(c).toString(2).padStart(5, "0")).join("");
    this.key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    this.last = 0;
  }

  /** The server takes the step before and after its own. */
  async next() {
    const now = () => Math.floor(Date.now() / 30_000);
    const step = Math.max(this.last + 1, now());
    while (step > now() + 1) await new Promise((done) => setTimeout(done, 500));
    this.last = step;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", this.key).update(counter).digest();
    return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  }
}

/** Invites somebody with a password to a brand, and accepts for them. */
export async function bring(api, brand, person, role) {
  await api.post(`/brands/${brand.id}/users/invite`, { email: person.email, role });
  const [, token] = linkOf(await mailTo(person.email, "invitation")).split("#token=");
  const them = await new Api().login(person.email, person.password);
  await them.post("/invitations/accept", { token });
  return them;
}

let made = 0;
const stamp = Date.now().toString(36).slice(-5);

/**
 * A board of the test's own. `cards` maps each of the first lists to the titles in it, for instance
 * { "To do": ["one", "two"] }; the board starts with To do, In progress and Done.
 */
export async function makeBoard(cards = {}, { team } = {}) {
  // Not the person whose pages are tested: the server limits requests per person and minute.
  const api = await Api.as("grace");
  const teams = (await api.get("/teams")).filter((t) => t.role !== null);
  const chosen = team ? teams.find((t) => t.name === team) : teams[0];
  const board = await api.post("/boards", { name: `Test ${stamp} ${++made}`, team_id: chosen.id });
  ownBoards.push(board.id);
  const { lists } = await api.get(`/boards/${board.id}/snapshot`);
  const byName = new Map(lists.map((list) => [list.name.toLowerCase(), list]));
  const tasks = {};
  for (const [name, titles] of Object.entries(cards)) {
    for (const title of titles) {
      tasks[title] = await api.post(`/boards/${board.id}/tasks`, { title, list_id: byName.get(name.toLowerCase()).id });
    }
  }
  return { api, board, lists, list: (name) => byName.get(name.toLowerCase()), tasks, url: `/b/${board.id}` };
}

/** A team that both grace and linus belong to: she makes its boards, he sees them, and ada sees all. */
export async function sharedTeam() {
  const [grace, linus] = [await Api.as("grace"), await Api.as("linus")];
  const own = (await linus.get("/teams")).filter((t) => t.role !== null).map((t) => t.name);
  const shared = (await grace.get("/teams")).find((t) => t.role !== null && own.includes(t.name));
  assert.ok(shared, "the demo brand has a team with both grace and linus");
  return shared.name;
}

/** Evaluated by the debugger, which the page's content security policy does not bind. */
export async function axe(page, name) {
  await page.waitForTimeout(150);
  await page.evaluate(`window.axe ? undefined : void (() => { ${axeSource} })()`);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} (${n.any[0]?.message ?? n.help ?? ""})`).join("; ")}`);
  });
  assert.deepEqual(found, [], name);
}

export async function noSidewaysScroll(page, name) {
  const wide = await page.evaluate(() => {
    const root = document.scrollingElement;
    const main = document.querySelector("main > div:nth-of-type(2)");
    const frame = document.querySelector("main:not(#main)");
    const beyond = (box) => (box ? box.scrollWidth - box.clientWidth : 0);
    return { page: beyond(root), content: Math.max(beyond(main), beyond(frame)) };
  });
  assert.ok(wide.page <= 0, `${name} is ${wide.page}px too wide`);
  assert.ok(wide.content <= 0, `the content of ${name} is ${wide.content}px too wide`);
}

/** No fault in either theme, and nothing sideways on a narrow screen or at 400 %. */
export async function looksRight(page, name) {
  const before = page.viewportSize();
  for (const theme of ["light", "dark"]) {
    await page.evaluate((next) => (document.documentElement.dataset.theme = next), theme);
    await axe(page, `${name}, ${theme}`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  await noSidewaysScroll(page, name);
  await page.setViewportSize(before);
}

export const column = (page, name) => page.getByRole("region", { name, exact: true });
export const card = (page, title) => page.locator("[data-card]").filter({ has: page.getByRole("link", { name: title, exact: true }) });
export const titles = (page, list) => column(page, list).locator("[data-card] a").allTextContents();

/** Waits until a list shows exactly these cards. */
export async function shows(page, list, expected, timeout = 8000) {
  const end = Date.now() + timeout;
  let seen;
  do {
    seen = await titles(page, list);
    if (JSON.stringify(seen) === JSON.stringify(expected)) return;
    await page.waitForTimeout(50);
  } while (Date.now() < end);
  assert.deepEqual(seen, expected, `cards in ${list}`);
}

/** Nothing waits to be sent any more: what the eye sees is what the server holds. */
export async function settled(page) {
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith("karara.outbox.")));
}

export async function centre(locator) {
  const box = await locator.boundingBox();
  assert.ok(box, "is on the screen");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, ...{ width: box.width, height: box.height } };
}

/** Presses on one thing and lets go over another; `dy` shifts the drop from its middle. */
export async function drag(page, from, to, dy = 0) {
  const start = await centre(from);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + 4, start.y + 8, { steps: 3 });
  const end = await centre(to);
  await page.mouse.move(end.x, end.y + dy, { steps: 12 });
  await page.waitForTimeout(120);
  await page.mouse.up();
}

/** The last words for screen readers. */
export const announced = (page) => page.locator("[data-live=assertive]").textContent();

export async function open(page, board, list = "To do") {
  await page.goto(board.url);
  await column(page, list).waitFor();
}
