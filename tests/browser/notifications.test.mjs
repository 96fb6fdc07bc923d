// What people are told: the bell, the list, what they wish to hear of, and how they make it stop.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { announced as urgent, Api, axe, makeBoard, newContext, newPerson, noSidewaysScroll, pageOf, sharedTeam, signIn, takeComplaints } from "./support.mjs";

const TIME = { timeout: 60_000 };
const heading = (page, name) => page.getByRole("heading", { name, level: 1 }).waitFor();
const bell = (page) => page.getByRole("button", { name: /^Notifications/ });
const item = (page, words) => page.getByRole("listitem").filter({ hasText: words });
const unreadOf = async (user) => (await (await Api.as(user)).get("/notifications/unread")).unread;

/** Waits for what the relay and a job bring about. */
async function until(check, what) {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((done) => setTimeout(done, 150))) if (await check()) return;
  assert.fail(`in vain: ${what}`);
}

const allRead = async (user) => (await Api.as(user)).call("PUT", "/notifications/mark-all-read", {});
const told = async (user, title) => (await (await Api.as(user)).get("/notifications?limit=50")).find((row) => row.message.startsWith(title));

const tag = Date.now().toString(36).slice(-6);
const [one, two, three, four, five, six] = ["one", "two", "three", "four", "five", "six"].map((name) => `${name} ${tag}`);
let board;
const assign = (title, user = "linus") => Api.as(user).then(({ user: person }) => board.api.post(`/tasks/${board.tasks[title].id}/assign`, { assignee_ids: [person.id] }));
const hears = (title, user = "linus") => until(async () => told(user, title), `${user} is told of ${title}`);

before(async () => {
  board = await makeBoard({ "To do": [one, two, three, four, five, six] }, { team: await sharedTeam() });
  await allRead("linus");
  // Of what other tests left to be reminded of nothing is heard amid these.
  const silent = { in_app: false, email: false, push: false };
  await (await Api.as("linus")).patch("/notifications/preferences", { types: ["task.due_soon", "task.overdue"].map((type) => ({ type, ways: silent })) });
});

test("who is given a task in one browser hears of it in another, where nothing takes the focus", async () => {
  const [grace, linus] = [await pageOf("grace"), await pageOf("linus")];
  await linus.goto("/teams");
  await heading(linus, "Teams");
  await linus.getByRole("link", { name: "Teams" }).focus();
  assert.equal(await bell(linus).getAttribute("aria-label"), "Notifications");

  await grace.goto(`${board.url}/t/${board.tasks[one].reference}`);
  const sheet = grace.getByRole("dialog");
  await sheet.getByRole("button", { name: /^Assignees/ }).click();
  await grace.getByRole("checkbox", { name: /Linus/ }).click();

  await linus.getByRole("button", { name: "Notifications, 1 unread" }).waitFor(TIME);
  await until(async () => /^\(1\) Teams/.test(await linus.title()), "the tab's title counts");
  await linus.locator("[data-live=polite]").getByText(new RegExp(`New notification: .*${board.tasks[one].reference}`)).waitFor();
  assert.equal(await urgent(linus), "");
  assert.equal(await linus.evaluate(() => document.activeElement.textContent), "Teams");

  await bell(linus).click();
  const panel = linus.getByRole("dialog", { name: "Notifications" });
  const news = item(panel, one);
  await news.getByText("because it is assigned to you").waitFor();
  await panel.getByRole("heading", { name: "Today" }).waitFor();
  await news.getByRole("link").click();
  await linus.waitForURL(new RegExp(`/t/${board.tasks[one].reference}$`));
  await linus.getByRole("dialog").getByText(one, { exact: true }).first().waitFor();
  await until(async () => (await unreadOf("linus")) === 0, "what was opened is read");
  await until(async () => /^(?!\()/.test(await linus.title()), "the title counts no more");
  assert.equal(await told("grace", one), undefined);
  await Promise.all([grace.close(), linus.close()]);
});

test("the list is walked, read and cleared by keyboard, and what was removed comes back", async () => {
  for (const title of [two, three, four]) {
    await assign(title);
    await hears(title);
  }
  const page = await pageOf("linus");
  await page.goto("/boards-that-are-not");
  await bell(page).waitFor();
  await page.keyboard.press("n");
  const panel = page.getByRole("dialog", { name: "Notifications" });
  await panel.getByRole("link", { name: "See all notifications" }).click();
  await heading(page, "Notifications");
  await panel.waitFor({ state: "detached" });
  const focused = () => page.evaluate(() => document.activeElement.closest("[data-news]")?.textContent ?? "");
  const has = (words, what) => until(async () => (await focused()).includes(words), what);
  await item(page, four).waitFor();
  await until(async () => {
    if (!(await focused())) await page.keyboard.press("j"); // the panel gives the focus back a moment after it has gone
    return (await focused()).includes(four);
  }, "j goes to the first");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await has(three, "and k back");
  await page.keyboard.press("e");
  await until(async () => (await told("linus", three)).is_read, "e marks as read");
  await page.keyboard.press("e");
  await until(async () => !(await told("linus", three)).is_read, "and as unread");

  await page.keyboard.press("Delete");
  await item(page, three).waitFor({ state: "detached" });
  await has(two, "the focus stays in the list");
  await page.keyboard.press("Control+z");
  await item(page, three).waitFor();
  assert.ok(await told("linus", three));

  await item(page, three).getByRole("button", { name: /^More/ }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await item(page, three).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Dismiss" }).last().click();
  await until(async () => !(await told("linus", three)), "without undo it is gone");

  await page.getByRole("radio", { name: /^Unread/ }).check();
  await page.getByText("2 notifications", { exact: true }).first().waitFor();
  assert.match(page.url(), /show=unread/);
  await page.getByLabel("Kind").selectOption({ label: "Overdue" });
  await page.getByText("Nothing fits these filters").waitFor();
  await page.getByRole("main").getByRole("button", { name: "Clear filters" }).last().click();
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await page.getByText("2 are marked as read.").first().waitFor();
  assert.equal(await unreadOf("linus"), 0);
  await page.getByRole("radio", { name: "Unread" }).check();
  await page.getByText("Nothing fits these filters").waitFor();
  await page.close();
});

test("a muted task is silent until it is heard of again", async () => {
  await assign(five);
  await hears(five);
  const page = await pageOf("linus");
  await page.goto(`${board.url}/t/${board.tasks[five].reference}`);
  await page.getByRole("button", { name: "Mute this task" }).click();
  await page.getByRole("button", { name: "Muted: be told of this task again" }).waitFor();
  await allRead("linus");
  await board.api.patch(`/tasks/${board.tasks[five].id}`, { priority: "urgent" });
  await assign(six);
  await hears(six);
  assert.equal(await unreadOf("linus"), 1);
  await page.goto("/settings/notifications");
  const muted = page.getByRole("region", { name: "Muted" });
  await muted.getByRole("listitem").filter({ hasText: five }).getByRole("button", { name: /^Tell me again/ }).click();
  await muted.getByText("Nothing is muted.").waitFor();
  await board.api.patch(`/tasks/${board.tasks[five].id}`, { priority: "low" });
  await until(async () => (await unreadOf("linus")) === 2, "heard of again");
  await page.goto("/notifications");
  await item(page, five).getByText("Priority: Urgent → Low").waitFor();

  await page.goto(board.url);
  await page.getByRole("button", { name: "Actions for this board" }).click();
  await page.getByRole("menuitem", { name: "Mute this board" }).click();
  await page.getByRole("img", { name: "muted" }).waitFor();
  await page.getByRole("button", { name: "Actions for this board" }).click();
  await page.getByRole("menuitem", { name: "Tell me of this board again" }).click();
  await page.getByRole("img", { name: "muted" }).waitFor({ state: "detached" });
  await page.close();
});

test("what one wishes to hear of is kept as soon as it is chosen", async () => {
  const page = await pageOf("linus");
  await page.goto("/settings/notifications");
  const box = page.getByRole("checkbox", { name: "A task is assigned to me: E-mail" });
  const was = await box.isChecked();
  await box.setChecked(!was);
  await page.getByRole("radio", { name: /^Once a week/ }).check();
  await page.getByRole("combobox", { name: "On" }).selectOption({ label: "Thursday" });
  await page.getByLabel("At", { exact: true }).fill("07:30");
  await page.getByRole("checkbox", { name: "Have quiet hours" }).check();
  await page.getByLabel("From", { exact: true }).fill("21:15");
  await page.getByRole("checkbox", { name: /^Saturdays/ }).check();
  const wishes = async () => (await Api.as("linus")).get("/notifications/preferences");
  await until(async () => (await wishes()).quiet.weekends, "the last of it is kept");
  const kept = await wishes();
  assert.deepEqual([kept.digest, kept.digest_weekday, kept.digest_time, kept.quiet.enabled, kept.quiet.from], ["weekly", 4, "07:30", true, "21:15"]);
  assert.equal(kept.types.find((row) => row.type === "task.assigned").ways.email, !was);
  await page.reload();
  await page.getByRole("radio", { name: /^Once a week/ }).and(page.locator(":checked")).waitFor();
  assert.equal(await box.isChecked(), !was);
  assert.equal(await page.getByLabel("From", { exact: true }).inputValue(), "21:15");
  await page.getByText(`Times are those of ${kept.timezone}.`).waitFor();
  await page.getByRole("radio", { name: /^At once/ }).check();
  await page.getByRole("checkbox", { name: "Have quiet hours" }).uncheck();
  await box.setChecked(was);
  await until(async () => (await wishes()).types.find((row) => row.type === "task.assigned").ways.email === was, "as before");
  await page.close();
});

test("the link in a mail stops mails of its kind, once its button is pressed", async () => {
  const admin = await Api.as("ada");
  await assign(one, "ada");
  const mails = () => admin.get("/admin/mails?to_address=ada@demo.example&template=notification&sort=-created_at");
  await until(async () => {
    // Mails wait for two minutes, whether what they tell is read by then; this one needn't.
    for (const job of await admin.get("/admin/jobs?kind=notification_send&state=waiting")) await admin.raw("POST", `/admin/jobs/${job.id}/retry`, {});
    return (await mails()).length > 0;
  }, "a mail");
  const [{ id }] = await mails();
  const { text_body: text } = await admin.get(`/admin/mails/${id}`);
  const link = /\/unsubscribe#token=\S+/.exec(text)[0];
  const emailed = async () => (await admin.get("/notifications/preferences")).types.filter((row) => row.ways.email).length;
  await admin.patch("/notifications/preferences", { types: [{ type: "task.assigned", ways: { email: true } }] });
  const many = await emailed();
  const context = await newContext();
  const page = await context.newPage();
  await page.goto(link);
  await heading(page, "No more of these mails?");
  assert.equal(await emailed(), many);
  await axe(page, "unsubscribe");
  await page.getByRole("button", { name: "Stop these mails" }).click();
  await heading(page, "These mails have stopped");
  await page.getByText("A task is assigned to me").waitFor();
  assert.equal(await emailed(), many - 1);
  await admin.patch("/notifications/preferences", { types: [{ type: "task.assigned", ways: { email: true } }] });
  await page.goto("/unsubscribe");
  await heading(page, "This link is not complete");
  await context.close();
});

/** The browser's half of web push: its own push service is out in the internet. Counts how often the person is asked. */
function playPush() {
  let made = null;
  window.asked = 0;
  Notification.requestPermission = async () => {
    window.asked++;
    return "granted";
  };
  const keys = { p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", auth: "BTBZMqHH6r4Tts7J_aSIgg" };
  PushManager.prototype.getSubscription = async () => made;
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    const endpoint = `https://push.example.net/${crypto.randomUUID()}`;
    made = {
      endpoint, options: { applicationServerKey: applicationServerKey.buffer ?? applicationServerKey },
      toJSON: () => ({ endpoint, keys }),
      unsubscribe: async () => ((made = null), true),
    };
    return made;
  };
}

test("a browser shows notifications once it is asked to, is listed, and is removed", async () => {
  const person = await newPerson("petra");
  const api = await new Api().login(person.email, person.password);
  const brand = await api.post("/brands", { name: `Push ${tag}` });
  const context = await newContext({ permissions: ["notifications"] });
  await context.addInitScript(playPush);
  const page = await context.newPage();
  await signIn(page, person.email, person.password);
  await heading(page, "Boards");
  await page.goto("/settings/notifications");
  const push = page.getByRole("region", { name: "Push" });
  const show = push.getByRole("button", { name: "Show them in this browser" });
  await show.waitFor();
  assert.equal(await page.evaluate(() => window.asked), 0);
  await show.click();
  await push.getByText("this browser", { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => window.asked), 1);
  await push.getByRole("button", { name: "Stop in this browser" }).waitFor();
  const mine = await new Api().login(person.email, person.password);
  assert.equal((await mine.get("/notifications/subscriptions")).length, 1);
  await axe(page, "a browser that shows notifications");
  await push.getByRole("button", { name: /^Send a test/ }).click();
  await page.getByText(/A message is on its way to/).first().waitFor();
  await push.getByRole("button", { name: /^Remove/ }).click();
  await show.waitFor();
  assert.equal((await mine.get("/notifications/subscriptions")).length, 0);
  await context.close();
  await (await Api.as("ada")).raw("PATCH", `/admin/brands/${brand.id}`, { status: "inactive" });
});

test("a browser that was told to show nothing says how to change that, and isn't asked", async () => {
  const context = await newContext();
  await context.addInitScript(() => {
    Object.defineProperty(Notification, "permission", { get: () => "denied" });
    Notification.requestPermission = () => (window.asked = true);
  });
  const page = await context.newPage();
  await signIn(page, "linus");
  await heading(page, "Boards");
  await page.goto("/settings/notifications");
  await page.getByRole("region", { name: "Push" }).getByText(/Allow notifications in the site’s settings/).waitFor();
  assert.equal(await page.evaluate(() => window.asked), undefined);
  await context.close();
});

test("what waits in another brand is told in this one, and is one press away", async () => {
  const [admin, grace, linus] = [await Api.as("ada"), await Api.as("grace"), await Api.as("linus")];
  const home = grace.brand;
  const brand = await grace.post("/brands", { name: `Next door ${tag}` });
  try {
    const there = Object.assign(new Api(), { token: grace.token, user: grace.user, brand: brand.id });
    await there.post(`/brands/${brand.id}/users`, { email: "linus@demo.example", role: "member" });
    await until(async () => (await linus.get(`/brands/${brand.id}/notifications/unread`).catch(() => ({ unread: 0 }))).unread > 0, "news in the other brand");
    const context = await newContext();
    const page = await context.newPage();
    await signIn(page, "linus");
    await heading(page, "Boards");
    await page.goto("/notifications");
    await page.getByRole("list", { name: "In your other brands" }).getByText(`1 unread in ${brand.name}`).waitFor();
    await axe(page, "news of another brand");
    await page.getByRole("button", { name: `Go there ${brand.name}` }).click();
    await item(page, brand.name).first().getByText("because").waitFor();
    await context.close();
  } finally {
    // Both begin in the demo brand again, and the other is in nobody's way.
    for (const person of [grace, linus]) await person.raw("POST", `/brands/${home}/switch`, {});
    await admin.raw("PATCH", `/admin/brands/${brand.id}`, { status: "inactive" });
  }
});

test("the notifications' pages are clean for axe in both themes, and fit a phone", async () => {
  for (const screen of ["desktop", "phone"]) {
    const page = await pageOf("linus", screen);
    for (const theme of ["light", "dark"]) {
      await page.goto("/notifications");
      await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
      await item(page, one).first().waitFor();
      await axe(page, `notifications, ${screen}, ${theme}`);
      await noSidewaysScroll(page, "notifications");
      if (screen === "desktop") {
        await page.keyboard.press("n");
        await page.getByRole("dialog", { name: "Notifications" }).getByRole("listitem").first().waitFor();
        await axe(page, `the bell, ${theme}`);
        await page.keyboard.press("Escape");
      }
    }
    for (const theme of ["light", "dark"]) {
      await page.goto("/settings/notifications");
      await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
      await page.getByRole("region", { name: "Quiet hours" }).waitFor();
      await axe(page, `settings of notifications, ${screen}, ${theme}`);
      await noSidewaysScroll(page, "settings of notifications");
    }
    await page.close();
  }
  assert.deepEqual(takeComplaints(), []);
});
