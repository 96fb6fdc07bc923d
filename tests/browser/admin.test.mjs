// The platform's administration and the audit logs, as those use them who run an installation or a brand.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { Api, Authenticator, axe, base, mailTo, newContext, newPerson, noSidewaysScroll, pageOf, PASSWORD, PHONE, signIn, takeComplaints } from "./support.mjs";

const heading = (page, name) => page.getByRole("heading", { name, level: 1 }).waitFor();
/** How many there are, as the page says it; the live region says it, too. */
const counted = (page, words) => page.getByRole("main").getByText(words, { exact: true }).waitFor();
const dialog = (page) => page.getByRole("dialog");

/** The API as somebody other than the demo's people sees it. */
async function apiOf(person) {
  const api = new Api();
  const data = await api.call("POST", "/auth/login", { email: person.email, password: person.password });
  return Object.assign(api, { token: data.access_token, user: data.user, brand: data.current_brand_id });
}

const made = [];

/** A brand of somebody's own; it is closed when the tests are over, so that it stays in nobody's way. */
async function ownBrand(person, name) {
  const api = await apiOf(person);
  const brand = await api.post("/brands", { name });
  api.brand = brand.id;
  made.push(brand.id);
  return { api, brand };
}

after(async () => {
  const ada = await Api.as("ada");
  for (const id of made) await ada.raw("PATCH", `/admin/brands/${id}`, { status: "inactive" });
});

const tag = Date.now().toString(36).slice(-6);

/* ---- who gets in ---- */

test("who isn't a platform admin finds nothing at the administration's addresses, and loads nothing of it", async () => {
  const page = await pageOf("linus");
  const loaded = [];
  page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
  for (const path of ["/admin", "/admin/users", "/admin/mails"]) {
    await page.goto(path);
    await page.getByText("There is nothing at this address").waitFor();
  }
  assert.deepEqual(loaded.filter((path) => /\/assets\/area-|\/api\/v1\/(admin|health)/.test(path)), []);
  assert.equal(await page.getByRole("link", { name: "Platform" }).count(), 0);
  await page.goto("/audit");
  await page.getByRole("heading", { name: /This page is not here/ }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Audit log" }).count(), 0);
  await page.close();
});

test("the area opens from the navigation, and its parts by keyboard", async () => {
  const page = await pageOf("ada");
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Platform" }).click();
  await heading(page, "Platform");
  const parts = page.getByRole("navigation", { name: "Platform" });
  await parts.getByRole("link", { name: "Overview" }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await heading(page, "Accounts");
  assert.equal(await parts.getByRole("link", { name: "Accounts" }).evaluate((link) => link === document.activeElement), true);
  assert.equal(await parts.getByRole("link", { name: "Accounts" }).getAttribute("aria-current"), "page");
  await page.close();
});

/* ---- overview ---- */

test("the overview says how the installation is, and its figures are the server's", async () => {
  const page = await pageOf("ada");
  const stats = await (await Api.as("ada")).get("/admin/stats");
  await page.goto("/admin");
  // Other tests have just kept the relay and the workers busy; the page asks every half minute.
  await page.getByText("Everything that Karara stands on answers.").waitFor({ timeout: 100_000 });
  await page.getByText(/Answers in [\d.]+ ms\. PostgreSQL 15/).waitFor();
  const brands = Object.values(stats.brands_by_status).reduce((a, b) => a + b, 0);
  await page.getByRole("listitem").filter({ hasText: "Places where people work together" }).getByText(String(brands), { exact: true }).waitFor();
  await page.getByRole("button", { name: "Show as a table" }).click();
  assert.equal(await page.getByRole("table", { name: "Changes by day" }).getByRole("row").count(), 15);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
  assert.equal(download.suggestedFilename(), "karara-activity.csv");
  await page.close();
});

/* ---- accounts ---- */

test("an account is made, found, suspended, let in again and deleted", async () => {
  const page = await pageOf("ada");
  const email = `made-${tag}@example.net`;
  await page.goto("/admin/users");
  await page.getByRole("button", { name: "New account" }).click();
  await dialog(page).getByLabel("First name").fill("Mona");
  await dialog(page).getByLabel("Last name").fill(`Made ${tag}`);
  await dialog(page).getByLabel("E-mail").fill(email);
  await dialog(page).getByRole("textbox", { name: "Password" }).fill("mona made");
  await dialog(page).getByRole("button", { name: "Make the account" }).click();
  await dialog(page).getByText(/own name/).waitFor();
  await dialog(page).getByRole("textbox", { name: "Password" }).fill("seven kettles sing");
  await dialog(page).getByRole("button", { name: "Make the account" }).click();
  await heading(page, `Mona Made ${tag}`);
  await page.getByText("Belongs to no brand.").waitFor();

  await page.goto("/admin/users");
  await page.getByRole("searchbox", { name: "Name or address" }).fill(email);
  await counted(page, "1 account");
  assert.match(page.url(), new RegExp(`q=made-${tag}`));
  const person = await apiOf({ email, password: "seven kettles sing" });
  await page.reload();
  await page.getByRole("link", { name: `Mona Made ${tag}` }).click();
  await page.getByRole("link", { name: "Back to Accounts" }).click();
  await page.waitForURL(/\/admin\/users\?q=made-/);
  await page.getByRole("link", { name: `Mona Made ${tag}` }).click();
  await page.getByRole("button", { name: "Suspend…" }).click();
  await dialog(page).getByText("1 device is signed out at once").waitFor();
  await dialog(page).getByRole("button", { name: "Suspend" }).click();
  await page.getByText("Suspended", { exact: true }).waitFor();
  assert.equal((await person.raw("GET", "/users/me")).status, 401);
  await page.getByRole("button", { name: "Activate" }).click();
  await page.getByText("Active", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Delete…" }).click();
  await dialog(page).getByText("“Deleted user”").waitFor();
  const yes = dialog(page).getByRole("button", { name: "Delete the account" });
  assert.equal(await yes.isDisabled(), true);
  await dialog(page).getByLabel(`Type ${email} to confirm`).fill(email);
  await page.keyboard.press("Enter");
  await heading(page, "Accounts");
  await page.goto(`/admin/users?q=${email}`);
  await page.getByText("Nothing fits these filters").waitFor();
  await page.getByRole("main").getByRole("button", { name: "Clear filters" }).last().click();
  await page.getByRole("table", { name: "Accounts" }).waitFor();
  assert.equal(new URL(page.url()).search, "");
  await page.close();
});

test("who has lost phone and codes is let in again, and told", async () => {
  const person = await newPerson("loser");
  const api = await apiOf(person);
  const { secret } = await api.post("/auth/2fa/enable", { password: person.password });
  await api.post("/auth/2fa/verify", { code: await new Authenticator(secret).next() });
  const page = await pageOf("ada");
  await page.goto(`/admin/users/${person.id}`);
  await page.getByText("On: signing in asks for a code, too.").waitFor();
  await page.getByRole("button", { name: "Switch off the second factor…" }).click();
  await axe(page, "switching off somebody's second factor");
  await dialog(page).getByRole("button", { name: "Switch it off" }).click();
  await page.getByText("The second factor of Loser Newcomer is off.").waitFor();
  await page.getByText("Off: the password alone opens the account.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Switch off the second factor…" }).count(), 0);
  await mailTo(person.email, "two_factor_reset");
  const [entry] = await (await Api.as("ada")).get(`/admin/audit?resource_id=${person.id}&action=user.two_factor_reset`);
  assert.deepEqual([entry.actor_name, entry.before.two_factor_enabled, entry.after.two_factor_enabled], ["Ada Okafor", true, false]);
  const context = await newContext();
  const theirs = await context.newPage();
  await signIn(theirs, person.email, person.password);
  await heading(theirs, "Name your brand");
  await context.close();
  await page.close();
});

test("the last owner of a brand is named, and shut out only when that is wanted", async () => {
  const page = await pageOf("ada");
  const person = await newPerson("solo");
  const { brand } = await ownBrand(person, `Solo ${tag}`);
  await page.goto(`/admin/users/${person.id}`);
  await page.getByText("last owner").waitFor();
  await page.getByRole("button", { name: "Suspend…" }).click();
  await dialog(page).getByRole("button", { name: "Suspend", exact: true }).click();
  await dialog(page).getByText("This brand has no other active owner:").waitFor();
  await dialog(page).getByRole("listitem").getByText(brand.name).waitFor();
  await page.getByText("Active", { exact: true }).waitFor();
  await dialog(page).getByRole("button", { name: "Suspend anyway" }).click();
  await page.getByText("Suspended", { exact: true }).waitFor();
  await page.goto(`/admin/brands/${brand.id}`);
  await heading(page, brand.name);
  await page.close();
});

test("many accounts are changed at once, and each says how it went", async () => {
  const page = await pageOf("ada");
  const people = [await newPerson(`bulk${tag}`), await newPerson(`bulk${tag}`), await newPerson(`bulk${tag}`)];
  const { brand } = await ownBrand(people[1], `Bulk ${tag}`);
  await page.goto(`/admin/users?q=bulk${tag}`);
  await counted(page, "3 accounts");
  await page.getByRole("checkbox", { name: "Choose all that are shown" }).check();
  const bar = page.getByRole("toolbar", { name: "For the chosen accounts" });
  await bar.getByText("3 chosen").waitFor();
  await bar.getByRole("button", { name: "Suspend…" }).click();
  await dialog(page).getByText("1 device is signed out at once.").waitFor();
  await dialog(page).getByRole("button", { name: "Suspend" }).click();
  await dialog(page).getByText("2 of 3 done.").waitFor();
  await dialog(page).getByText(`Last owner of ${brand.name}`).waitFor();
  assert.equal(await dialog(page).getByText("Suspended", { exact: true }).count(), 2);
  await dialog(page).getByRole("button", { name: "Suspend the last owners anyway" }).click();
  await dialog(page).getByText("1 of 1 done.").waitFor();
  await dialog(page).getByRole("button", { name: "Done" }).click();
  await page.getByRole("cell", { name: "Suspended" }).nth(2).waitFor();
  assert.equal(await bar.count(), 0);
  await page.close();
});

test("long lists come page after page, in the order that was asked for", async () => {
  const ada = await Api.as("ada");
  const operations = 55;
  for (let i = 0; i < operations; i++) await ada.post("/admin/users", { email: `page-${tag}-${i}@example.net`, first_name: `Page${String(i).padStart(2, "0")}`, last_name: tag });
  const page = await pageOf("ada");
  await page.goto(`/admin/users?q=page-${tag}`);
  await counted(page, "50 of 55 accounts");
  const names = page.getByRole("cell").getByRole("link");
  await page.getByRole("button", { name: "Account", exact: true }).click();
  await page.getByRole("columnheader", { name: "Account" }).and(page.locator("[aria-sort=ascending]")).waitFor();
  await names.first().getByText(`Page00 ${tag}`).waitFor();
  await page.getByRole("button", { name: "Show more" }).click();
  await counted(page, "55 accounts");
  assert.equal(await names.count(), 55);
  assert.equal(await names.last().textContent(), `Page54 ${tag}`);
  await page.close();
});

/* ---- brands ---- */

test("a brand is suspended with its effect named, and its plan's limits hold with the next request", async () => {
  const page = await pageOf("ada");
  const person = await newPerson("boss");
  const { api, brand } = await ownBrand(person, `Plan ${tag}`);
  await page.goto(`/admin/brands?q=Plan ${tag}`);
  await page.getByRole("link", { name: brand.name }).click();
  await heading(page, brand.name);
  await page.getByRole("button", { name: "Suspend…" }).click();
  await dialog(page).getByText("1 person can still read everything, and change nothing").waitFor();
  await dialog(page).getByRole("button", { name: "Suspend" }).click();
  await page.getByText("Suspended", { exact: true }).waitFor();
  const refused = await api.raw("POST", "/teams", { name: "No" });
  assert.equal((await refused.json()).error.code, "brand_suspended");
  await page.getByRole("button", { name: "Activate…" }).click();
  await dialog(page).getByRole("button", { name: "Activate" }).click();
  await page.getByText("Active", { exact: true }).waitFor();

  const save = page.getByRole("button", { name: "Save" });
  assert.equal(await save.isDisabled(), true);
  await page.getByLabel("Plan", { exact: true }).selectOption("premium");
  await page.getByLabel("People at most").fill("1");
  await page.getByLabel("Another feature").fill("White label");
  await page.getByLabel("Another feature").press("Enter");
  assert.equal(await page.getByRole("checkbox", { name: "white label" }).isChecked(), true);
  await save.click();
  await page.getByText("The subscription is saved").waitFor();
  const { subscription } = await (await Api.as("ada")).get(`/admin/brands/${brand.id}`);
  assert.deepEqual([subscription.plan, subscription.max_users, subscription.features], ["premium", 1, { white_label: true }]);
  const full = await api.raw("POST", `/brands/${brand.id}/users`, { email: "linus@demo.example", role: "member" });
  assert.equal((await full.json()).error.code, "plan_limit_reached");
  await page.getByLabel("People at most").fill("");
  await save.click();
  await page.waitForFunction(() => document.querySelector("input[type=number]")?.value === "");
  await page.getByRole("link", { name: "What platform admins did to it" }).click();
  await page.getByRole("main").locator("ol > li").filter({ hasText: "changed the brand's subscription" }).first().waitFor();
  await page.getByText("Subscription: People at most").first().waitFor();
  await page.close();
});

/* ---- mails ---- */

test("the demo's mails are read two clicks away, as they look and as text, and their links work", async () => {
  const person = await newPerson("reader");
  await new Api().call("POST", "/auth/forgot-password", { email: person.email });
  await mailTo(person.email, "reset_password");
  const page = await pageOf("ada");
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Platform" }).click();
  await page.getByRole("navigation", { name: "Platform" }).getByRole("link", { name: "Mails" }).click();
  await page.getByRole("searchbox", { name: "Whole address of a recipient" }).fill(person.email);
  await counted(page, "1 mail");
  await page.getByRole("cell").getByRole("link").click();
  const frame = page.locator("iframe");
  await frame.waitFor();
  assert.doesNotMatch(await frame.getAttribute("sandbox"), /allow-scripts|allow-forms|allow-top/);
  const button = page.frameLocator("iframe").getByRole("link", { name: "Set a new password" });
  await button.waitFor();
  // The mail's own colours are there although the page's policy forbids inline styles.
  await page.waitForFunction(() => {
    const link = document.querySelector("iframe").contentDocument.querySelector("a");
    return getComputedStyle(link).fontWeight === "600" && getComputedStyle(link.parentElement).backgroundColor !== "rgba(0, 0, 0, 0)";
  });
  const [opened] = await Promise.all([page.context().waitForEvent("page"), button.click()]);
  await opened.waitForURL(/\/reset-password/);
  await opened.close();
  await page.getByRole("radio", { name: "As text" }).check();
  await page.getByLabel("The mail as text").getByText(/reset-password#token=/).waitFor();
  await page.close();
});

test("a mail that can't be sent says why, and is tried again when told to", async () => {
  const ada = await Api.as("ada");
  const email = `jürgen.${Date.now()}@mail.example`; // no mail server takes such a name without SMTPUTF8
  await new Api().call("POST", "/auth/register", { email, password: "a long and good password", first_name: "Jürgen", last_name: "Test" });
  const one = async () => (await ada.get(`/admin/mails?to_address=${encodeURIComponent(email)}`))[0];
  let mail = await one();
  for (const until = Date.now() + 60_000; mail.status !== "failed" && Date.now() < until; mail = await one()) await new Promise((done) => setTimeout(done, 200));
  assert.equal(mail.status, "failed");
  const page = await pageOf("ada");
  await page.goto("/admin");
  await page.getByRole("link", { name: /failed within a day/ }).click();
  await page.getByRole("row").filter({ hasText: email }).getByText("The recipient's address can't be written into an envelope.").waitFor();
  await page.goto(`/admin/mails/${mail.id}`);
  await page.getByLabel("What went wrong").getByText("The recipient's address can't be written into an envelope.").waitFor();
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByText("It is tried now.").waitFor();
  await page.getByText("2 attempts").waitFor({ timeout: 60_000 });
  await page.close();
});

test("a hostile mail runs nothing, loads nothing and sends nothing", async () => {
  const page = await pageOf("ada");
  const [{ id }] = await (await Api.as("ada")).get("/admin/mails?limit=1");
  const hostile = `<html><head><base href="https://evil.invalid/"><style>@import url(https://evil.invalid/a.css)</style><meta http-equiv="refresh" content="0;url=https://evil.invalid/"></head>
    <body onload="parent.document.title='owned'" background="https://evil.invalid/b.png"><script>parent.document.title = "owned"</script>
    <img src="https://evil.invalid/pixel.png" srcset="https://evil.invalid/2x.png 2x" onerror="parent.document.title='owned'"><img src=x onerror=parent.document.title='owned'>
    <form action="https://evil.invalid/"><input name="password"><button>Send</button></form><svg onload="parent.document.title='owned'"></svg>
    <div style="background:url(https://evil.invalid/c.png)">boxed</div><iframe src="https://evil.invalid/"></iframe>
    <a href="javascript:parent.document.title='owned'">bad</a><a href="https://good.invalid/path" onclick="parent.document.title='owned'">good</a></body></html>`;
  await page.route(`**/api/v1/admin/mails/${id}`, async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    json.data.html_body = hostile;
    await route.fulfill({ response: answer, json });
  });
  const asked = [];
  page.on("request", (request) => !request.url().startsWith(base) && /^https?:/.test(request.url()) && asked.push(request.url()));
  await page.goto(`/admin/mails/${id}`);
  const inside = page.frameLocator("iframe");
  await inside.getByText("boxed").waitFor();
  await page.getByText("2 pictures of other servers left out.").waitFor();
  await page.waitForTimeout(500);
  assert.deepEqual(asked, []);
  assert.doesNotMatch(await page.title(), /owned/);
  assert.equal(await inside.locator("script, form, input, svg, iframe, meta, base, style, [onload], [onclick], [onerror], [srcset]").count(), 0);
  assert.equal(await inside.getByText("bad").getAttribute("href"), null);
  assert.deepEqual(await page.getByRole("main").getByRole("listitem").getByRole("link").allTextContents(), ["good: https://good.invalid/path"]);
  // The page's policy has seen the handlers, too, and says so.
  for (const said of takeComplaints()) assert.match(said, /violates the following Content Security Policy directive.*blocked/);
  await page.close();
});

test("where mails may not be read it says so, and how to read them all the same", async () => {
  const page = await pageOf("ada");
  const [{ id }] = await (await Api.as("ada")).get("/admin/mails?limit=1");
  // What the server answers with mail_readable off (tests/routes/test_mail.c).
  await page.route(`**/api/v1/admin/mails/${id}`, async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    Object.assign(json.data, { text_body: null, html_body: null });
    await route.fulfill({ response: answer, json });
  });
  await page.goto(`/admin/mails/${id}`);
  await page.getByText("the setting mail_readable is off").waitFor();
  await page.getByText(`kararactl mail show ${id}`).waitFor();
  assert.equal(await page.locator("iframe").count(), 0);
  await page.close();
});

/* ---- the logs ---- */

test("the platform's log tells who did what to whom, and its filters live in the address", async () => {
  const person = await newPerson("logged");
  const ada = await Api.as("ada");
  await ada.patch(`/admin/users/${person.id}`, { status: "suspended" });
  await new Api().raw("POST", "/auth/login", { email: person.email, password: PASSWORD });
  const page = await pageOf("ada");
  await page.goto(`/admin/users/${person.id}`);
  await page.getByRole("link", { name: "What was done to this account" }).click();
  await heading(page, "Audit log");
  await page.getByText(`Ada Okafor suspended the account: ${person.first_name} ${person.last_name}`).waitFor();
  const entries = page.getByRole("main").locator("ol > li");
  await page.getByLabel("Result").selectOption("failure");
  await counted(page, "1 entry");
  await entries.getByText("could not sign in").waitFor();
  await entries.getByText("Refused").waitFor();
  assert.match(page.url(), /result=failure/);
  await page.reload();
  await counted(page, "1 entry");
  await page.getByLabel("Result").selectOption("");
  const suspended = entries.filter({ hasText: "suspended the account" });
  await suspended.getByText("Active").waitFor();
  assert.match(await suspended.locator("dl").first().innerText(), /Status\s*was\s*Active\s*→\s*is\s*Suspended/);
  await suspended.getByRole("button", { name: /^Details/ }).click();
  await suspended.getByText("user.suspended").waitFor();
  await suspended.getByText("As it is stored").click();
  assert.match(await suspended.getByLabel("The entry as JSON").innerText(), /"status": "suspended"/);
  await page.getByLabel("Until").fill("2020-01-01");
  await page.getByText("Nothing fits these filters").waitFor();
  await page.close();
});

test("a brand's log shows who may see it what was changed, by whom and from where", async () => {
  const person = await newPerson("keeper");
  const { api, brand } = await ownBrand(person, `Logged ${tag}`);
  // Platform admins know everybody: who isn't one would invite her.
  const ada = await Api.as("ada");
  await ada.patch(`/admin/users/${person.id}`, { platform_role: "admin" });
  const { id } = await api.post(`/brands/${brand.id}/users`, { email: "mary@demo.example", role: "client" });
  await ada.patch(`/admin/users/${person.id}`, { platform_role: "member" });
  await api.patch(`/brands/${brand.id}/users/${id}`, { role: "guest" });
  await api.post("/teams", { name: "Night shift" });
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, person.email, person.password);
  await heading(page, "Boards");
  await page.getByRole("link", { name: "Audit log" }).click();
  await heading(page, "Audit log");
  const entries = page.getByRole("main").locator("ol > li");
  const changed = entries.filter({ hasText: "changed a member: Mary Whitfield" });
  assert.match(await changed.locator("dl").first().innerText(), /Role\s*was\s*Client\s*→\s*is\s*Guest/);
  await changed.getByRole("button", { name: /^Details/ }).click();
  await changed.getByText("IP address").waitFor();
  await changed.getByText("Request id", { exact: true }).waitFor();
  await page.getByLabel("What was done").selectOption("team.created");
  await counted(page, "1 entry");
  await entries.getByText("made a team: Night shift").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download as CSV" }).click()]);
  assert.match(download.suggestedFilename(), /^audit-\d{4}-\d\d-\d\d\.csv$/);
  const table = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  assert.match(table[0], /^\ufeffid,actor_id,actor_name,action,/);
  assert.equal(table.length, 2, "what the filters show, and no more");
  assert.match(table[1], /,team\.created,.*Night shift/);
  await page.getByRole("combobox", { name: "Who" }).fill("whitf");
  await page.getByRole("option", { name: /Mary Whitfield/ }).click();
  await page.getByText("Nothing fits these filters").waitFor();
  assert.match(page.url(), /actor=.+action=team\.created|action=team\.created.+actor=/);
  await api.raw("DELETE", `/brands/${brand.id}/users/${id}`);
  await context.close();
});

test("on a phone the log's filters open over it, and who did it is found among them", async () => {
  const ada = await Api.as("ada");
  await leaveTrace(ada);
  const page = await pageOf("ada", "phone");
  await page.goto("/audit");
  const button = page.getByRole("button", { name: /^Filters/ });
  await button.click();
  const fields = dialog(page);
  const who = fields.getByRole("combobox", { name: "Who" });
  const [one, other] = [await who.boundingBox(), await fields.getByLabel("Result").boundingBox()];
  assert.equal(Math.round(one.width), Math.round(other.width), "as wide as the others");
  await who.fill("okaf");
  await fields.getByRole("option", { name: /Ada Okafor/ }).click();
  await fields.getByLabel("What was done").selectOption("division.deleted");
  await fields.getByRole("button", { name: /^Show \d+ entr/ }).click();
  assert.equal(await button.textContent(), "Filters (2)");
  await page.getByRole("main").locator("ol > li").filter({ hasText: "Ada Okafor deleted a division" }).first().waitFor();
  await noSidewaysScroll(page, "the log on a phone");
  await page.close();
});

/* ---- for everybody's eyes and hands ---- */

/** Something to see in the brand's log, which a fresh demo has nothing in. */
async function leaveTrace(api) {
  const { id } = await api.post("/divisions", { name: `Traced ${tag}` });
  await api.raw("DELETE", `/divisions/${id}`);
}

async function tour(page, visit) {
  const ada = await Api.as("ada");
  await leaveTrace(ada);
  const [linus] = await ada.get("/admin/users?email=linus@demo.example");
  const [brand] = await ada.get("/admin/brands?slug=demo");
  const [mail] = await ada.get("/admin/mails?limit=1&template=reset_password");
  await page.goto("/admin");
  await page.getByRole("button", { name: "Show as a table" }).click();
  await visit("overview");
  await page.goto("/admin/users");
  await page.getByRole("checkbox", { name: /^Choose / }).and(page.locator("td *")).first().check();
  await visit("accounts");
  await page.getByRole("button", { name: "New account" }).click();
  await visit("new account");
  await page.goto(`/admin/users/${linus.id}`);
  await page.getByRole("button", { name: "Delete…" }).click();
  await visit("deleting an account");
  await page.keyboard.press("Escape");
  await visit("account");
  await page.goto("/admin/brands");
  await page.getByRole("cell").getByRole("link").first().waitFor();
  await visit("brands");
  await page.goto(`/admin/brands/${brand.id}`);
  await page.getByLabel("People at most").fill("1");
  await visit("brand");
  await page.goto("/admin/mails");
  await page.getByRole("cell").getByRole("link").first().waitFor();
  await visit("mails");
  await page.goto(`/admin/mails/${mail.id}`);
  await page.frameLocator("iframe").getByRole("link").first().waitFor();
  await visit("mail");
  for (const path of ["/admin/audit", "/audit"]) {
    await page.goto(path);
    const details = page.getByRole("button", { name: /^Details/ }).first();
    await details.click();
    await visit(`log at ${path}`);
  }
}

for (const theme of ["light", "dark"]) {
  test(`axe finds nothing on any page of the administration (${theme})`, async () => {
    const page = await pageOf("ada");
    await page.goto("/settings");
    await page.getByRole("radio", { name: theme === "dark" ? "Dark" : "Light" }).check();
    await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
    await tour(page, (name) => axe(page, `${name}, ${theme}`));
    await page.close();
  });
}

test("the administration fits a phone, and reflows at 320 pixels", async () => {
  const page = await pageOf("ada", "phone");
  await tour(page, async (name) => {
    await noSidewaysScroll(page, `${name}, phone`);
    await axe(page, `${name}, phone`);
  });
  await page.setViewportSize({ width: 320, height: 640 });
  await tour(page, (name) => noSidewaysScroll(page, `${name}, 320`));
  await page.setViewportSize(PHONE.viewport);
  await page.close();
});

test("the consoles stay silent", () => {
  assert.deepEqual(takeComplaints(), []);
});
