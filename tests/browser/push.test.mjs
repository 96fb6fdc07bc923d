// Web push where it arrives: the service worker, and what the app does to be told. The browser's own push service is out in the internet, so
// what a browser would get from it is played: the subscription's address is a push service of the tests' (tests/support/outside.mjs), and what
// that decrypts is delivered by the browser's debugger.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Api, axe, base, bring, newContext, newPerson, signIn, takeComplaints } from "./support.mjs";

const outside = process.env.KARARA_TEST_OUTSIDE;

async function until(what, look) {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`waited for ${what}`);
}

/** A page whose worker is in place, and the way to hand messages to it. */
async function withWorker(context) {
  const page = await context.newPage();
  await page.goto("/sign-in");
  const debug = await context.newCDPSession(page);
  const registered = new Promise((done) => {
    debug.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && done(registrations[0].registrationId));
  });
  await debug.send("ServiceWorker.enable");
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    await navigator.serviceWorker.ready;
  });
  const registrationId = await registered;
  const deliver = (data) => debug.send("ServiceWorker.deliverPushMessage", { origin: base, registrationId, data });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  return { page, worker, deliver };
}

const shown = (page) => page.evaluate(async () => {
  const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
});

test("the service worker comes with the headers that keep it fresh and to itself", async () => {
  const answer = await fetch(`${base}/sw.js`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type"), /javascript/);
  assert.equal(answer.headers.get("cache-control"), "no-cache");
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.match(answer.headers.get("content-security-policy"), /default-src 'none'.*connect-src 'self'/);
  const source = await answer.text();
  assert.doesNotMatch(source, /fetch|caches|indexedDB|importScripts/); // it answers no request and keeps nothing
  assert.ok(source.length < 4000);
});

test("what comes is shown, the newer in place of the older, and what can't be read as well", async () => {
  const context = await newContext({ permissions: ["notifications"] });
  const { page, deliver } = await withWorker(context);
  await deliver(JSON.stringify({ title: "Ada assigned you", body: "Write the story", url: "/b/1/t/WEB-1", tag: "task-1" }));
  await until("a notification", async () => (await shown(page)).length === 1);
  assert.deepEqual(await shown(page), [{ title: "Ada assigned you", body: "Write the story", tag: "task-1", data: { url: `${base}/b/1/t/WEB-1` } }]);
  await deliver(JSON.stringify({ title: "Ada changed the due date", body: "Write the story", url: "https://elsewhere.example/x", tag: "task-1" }));
  await until("the newer", async () => (await shown(page))[0]?.title === "Ada changed the due date");
  assert.deepEqual((await shown(page)).map((n) => n.data.url), [`${base}/`]);
  await deliver("no JSON at all");
  await until("the odd one", async () => (await shown(page)).some((n) => n.title === "Karara" && n.tag === "karara"));
  assert.equal((await shown(page)).length, 2);
  assert.deepEqual(takeComplaints(), []);
  await context.close();
});

/** As if the person touched it: a test can't. */
const touch = (worker, tag) => worker.evaluate(async (which) => {
  const [notification] = await self.registration.getNotifications({ tag: which });
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}, tag);

test("a touch closes it and leads an open window there without loading it anew", async () => {
  const context = await newContext({ permissions: ["notifications"] });
  const { page, worker, deliver } = await withWorker(context);
  // Not loaded anew for this: what is delivered while the worker starts again with its page may be lost, and sent twice it comes back.
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.evaluate(() => (window.stillHere = true));
  await deliver(JSON.stringify({ title: "Look", body: "", url: "/forgot-password?from=push", tag: "look" }));
  await until("a notification", async () => (await shown(page)).length === 1);
  await touch(worker, "look");
  await page.waitForURL("**/forgot-password?from=push");
  assert.equal(await page.evaluate(() => window.stillHere), true);
  assert.deepEqual(await shown(page), []);
  await context.close();
});

/** The browser's half, with an address that leads to the tests' push service. */
function playPush({ endpoint, p256dh, auth }) {
  if (!location.protocol.startsWith("http")) return; // about:blank has no storage
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  let made = JSON.parse(localStorage.getItem("test.subscription") ?? "null");
  const subscription = () => made && {
    endpoint: made.endpoint,
    options: { userVisibleOnly: true, applicationServerKey: bytes(made.key).buffer },
    toJSON: () => ({ endpoint: made.endpoint, expirationTime: null, keys: { p256dh, auth } }),
    async unsubscribe() {
      made = null;
      localStorage.removeItem("test.subscription");
      return true;
    },
  };
  PushManager.prototype.getSubscription = async () => subscription();
  PushManager.prototype.subscribe = async (options) => {
    const key = btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey)));
    made = { endpoint, key };
    localStorage.setItem("test.subscription", JSON.stringify(made));
    return subscription();
  };
}

let service = null;
after(() => service?.kill());

/** Once for all tests of this file: where it listens, and the keys of the browser behind it. */
async function startService() {
  const where = join(outside, "where.json");
  if (!service) {
    rmSync(where, { force: true });
    service = spawn(process.execPath, [fileURLToPath(new URL("../support/outside.mjs", import.meta.url)), outside], { stdio: "inherit" });
  }
  await until("the push service", () => existsSync(where));
  return JSON.parse(readFileSync(where, "utf8"));
}

const seen = (path) => {
  const file = join(outside, "seen.jsonl");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line)) : [];
  return lines.filter((line) => line.path === path);
};

test("who wants to be told here is told here, from the server to the screen, until they sign out", { skip: !outside && "KARARA_TEST_OUTSIDE isn't set" }, async () => {
  const { port, p256dh, auth } = await startService();
  const path = `/taken/${Date.now().toString(36)}`;
  const person = await newPerson("pia");
  const context = await newContext({ permissions: ["notifications"] });
  await context.addInitScript(playPush, { endpoint: `https://127.0.0.1:${port}${path}`, p256dh, auth });
  const { page, deliver } = await withWorker(context);
  // What `subscribe` leaves behind: the app makes good what the server doesn't know (any more).
  await page.evaluate((userId) => localStorage.setItem("karara.push", JSON.stringify({ userId, id: crypto.randomUUID(), endpoint: "" })), person.id);
  await signIn(page, person.email);
  const api = await new Api().login(person.email, person.password);
  const [mine] = await until("the subscription", async () => {
    const all = await api.get("/notifications/subscriptions");
    return all.length === 1 && all;
  });
  assert.match(mine.device, /on Linux$/);
  assert.equal(mine.current, false); // it belongs to the browser's session, not to this one
  assert.equal(await page.evaluate(() => JSON.parse(localStorage.getItem("karara.push")).id), mine.id);
  await api.post(`/notifications/subscriptions/${mine.id}/test`);
  const [message] = await until("the message", () => seen(path).length === 1 && seen(path));
  assert.equal(message.vapid.valid, true);
  await deliver(message.text);
  await until("a notification", async () => (await shown(page)).some((n) => n.title === "It works"));
  await page.goto("/settings");
  await page.getByRole("button", { name: /Pia/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in**");
  await until("nothing on the screen", async () => (await shown(page)).length === 0);
  assert.deepEqual(await api.get("/notifications/subscriptions"), []);
  assert.deepEqual(takeComplaints(), []);
  await context.close();
});

test("a press of a button lets this browser show them, another tries it, another ends it", { skip: !outside && "KARARA_TEST_OUTSIDE isn't set" }, async () => {
  const { port, p256dh, auth } = await startService();
  const path = `/taken/ui-${Date.now().toString(36)}`;
  const person = await newPerson("pim");
  const ada = await Api.as("ada");
  const api = await bring(ada, { id: ada.brand }, person, "member");
  const context = await newContext({ permissions: ["notifications"] });
  await context.addInitScript(playPush, { endpoint: `https://127.0.0.1:${port}${path}`, p256dh, auth });
  const page = await context.newPage();
  await signIn(page, person.email);
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.goto("/settings/notifications");
  await page.getByRole("button", { name: "Show them in this browser" }).click();
  const device = page.getByRole("list", { name: "Browsers that show your notifications" }).getByRole("listitem");
  await device.filter({ hasText: "this browser" }).waitFor();
  assert.equal((await api.get("/notifications/subscriptions")).length, 1);
  await device.getByRole("button", { name: /^Send a test/ }).click();
  const [message] = await until("the message", () => seen(path).length === 1 && seen(path));
  assert.equal(JSON.parse(message.text).title, "It works");
  await axe(page, "push in the settings");
  await page.reload();
  await page.getByRole("button", { name: "Stop in this browser" }).click();
  await page.getByRole("button", { name: "Show them in this browser" }).waitFor();
  assert.deepEqual(await api.get("/notifications/subscriptions"), []);
  assert.equal(await page.evaluate(() => localStorage.getItem("test.subscription")), null);
  assert.deepEqual(takeComplaints(), []);
  await context.close();
});
