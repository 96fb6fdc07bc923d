import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Api, Authenticator, axe, base, bring, linkOf, looksRight, mailTo, newContext, newPerson, noSidewaysScroll, PHONE, signIn, takeComplaints } from "./support.mjs";

/** A page of somebody's, signed in, who may have no brand yet. */
async function pageFor(person, options = {}) {
  const context = await newContext(options);
  const page = await context.newPage();
  await signIn(page, person.email, person.password);
  await page.getByRole("heading", { name: /Name your brand|Boards/, level: 1 }).waitFor();
  return page;
}

const apiOf = (person) => new Api().login(person.email, person.password);
const focused = (locator) => locator.evaluate((element) => element === document.activeElement);
const status = (token, path) => fetch(`${base}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } }).then((answer) => answer.status);

test("the profile keeps what is typed when a field is refused, and shows the change at once", async () => {
  const [person, other] = [await newPerson("iris"), await newPerson("otto")];
  const api = await apiOf(person);
  const taken = `taken-${Date.now().toString(36)}`;
  await (await apiOf(other)).patch("/users/me", { username: taken });
  const page = await pageFor(person);
  await page.goto("/settings");
  await page.waitForURL(/\/settings\/profile$/);
  await page.getByLabel("First name").fill("Iridia");
  await page.getByLabel("Username").fill(taken);
  await page.getByLabel("Cards in progress at once").fill("7");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("This username is taken.").waitFor();
  assert.equal(await page.getByLabel("First name").inputValue(), "Iridia");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-invalid") === "true");
  await page.getByLabel("Username").fill(`${taken}-2`);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByRole("button", { name: /^Iridia Newcomer: settings/ }).waitFor();
  await page.getByLabel("Time zone").selectOption("Pacific/Auckland");
  await page.getByText("Times are now shown for Pacific/Auckland.").waitFor();
  const me = await api.get("/users/me");
  assert.deepEqual([me.first_name, me.username, me.wip_limit, me.preferences.timezone], ["Iridia", `${taken}-2`, 7, "Pacific/Auckland"]);
  await page.getByLabel("Time zone").selectOption("");
  await page.getByText(/Times are now shown for (?!Pacific)/).waitFor();
  assert.equal((await api.get("/users/me")).preferences.timezone, undefined, "as the device says");
  await page.context().close();
});

test("on a phone the settings are a list that leads to pages, and back", async () => {
  const page = await pageFor(await newPerson(), PHONE);
  await page.goto("/settings");
  await page.getByRole("link", { name: /^Security/ }).click();
  await page.waitForURL(/\/settings\/security$/);
  const heading = page.getByRole("heading", { name: "Security", level: 1 });
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  assert.ok(await focused(heading), "the focus has come along");
  await page.goBack();
  await page.getByRole("link", { name: /^API tokens/ }).click();
  await page.getByText("No tokens yet").waitFor();
  await page.getByRole("link", { name: "Back to Settings" }).click();
  await page.getByRole("link", { name: /^Your data/ }).waitFor();
  await page.context().close();
});

test("a new password is refused with words, then signs out the other devices", async () => {
  const person = await newPerson();
  const [page, elsewhere] = [await pageFor(person), await pageFor(person)];
  await elsewhere.goto("/settings/security");
  await elsewhere.getByText("this device", { exact: true }).waitFor();
  await page.goto("/settings/security");
  await page.getByRole("button", { name: "Change the password" }).click();
  const current = page.getByRole("textbox", { name: "Current password" });
  assert.ok(await focused(current));
  await current.fill("not mine");
  await page.getByRole("textbox", { name: "New password" }).fill("quite another sentence");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("That is not your password.").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "New password" }).inputValue(), "quite another sentence");
  await current.fill(person.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("The password is changed.").waitFor();
  await elsewhere.reload();
  await elsewhere.getByRole("heading", { name: "Sign in" }).waitFor();
  await elsewhere.getByText("Your session has ended.").waitFor();
  await page.reload();
  await page.getByText("this device", { exact: true }).waitFor();
  await Promise.all([page.context().close(), elsewhere.context().close()]);
});

test("a new address waits for its link, and the old one can take the account back", async () => {
  const person = await newPerson();
  const wanted = `new-${person.email}`;
  const page = await pageFor(person);
  await page.goto("/settings/security");
  await page.getByRole("button", { name: "Change the address" }).click();
  await page.getByLabel("New e-mail").fill(person.email);
  await page.getByRole("textbox", { name: "Your password" }).fill(person.password);
  await page.getByRole("button", { name: "Mail the link" }).click();
  await page.getByText("is your address already").waitFor();
  await page.getByLabel("New e-mail").fill(wanted);
  await page.getByRole("button", { name: "Mail the link" }).click();
  await page.getByText(`Waiting for ${wanted} to be confirmed`).waitFor();
  await page.reload();
  await page.getByText(`Waiting for ${wanted} to be confirmed`).waitFor();

  const mailbox = await (await newContext()).newPage();
  await mailbox.goto(linkOf(await mailTo(wanted, "change_email")));
  await mailbox.getByRole("button", { name: "Confirm the address" }).click();
  await mailbox.getByRole("heading", { name: "The address is confirmed" }).waitFor();
  await page.reload();
  await page.getByText(`Your account uses ${wanted} now.`).waitFor();
  await page.getByText(/^You sign in with/).getByText(wanted).waitFor();

  await mailbox.goto(linkOf(await mailTo(person.email, "keep_email")));
  await mailbox.getByRole("button", { name: "Keep my address" }).click();
  await mailbox.getByRole("heading", { name: "Your address is kept" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await mailbox.goto(linkOf(await mailTo(person.email, "reset_password")));
  await mailbox.getByRole("textbox", { name: "New password" }).fill("mine again, at last");
  await mailbox.getByRole("button", { name: "Set the password" }).click();
  await mailbox.getByText("The new password is set").waitFor();
  await signIn(mailbox, person.email, "mine again, at last");
  await mailbox.getByRole("heading", { name: "Name your brand" }).waitFor();
  await Promise.all([page.context().close(), mailbox.context().close()]);
});

test("a change of address is seen on every device, and can be taken back from each", async () => {
  const person = await newPerson();
  const [page, elsewhere] = [await pageFor(person), await pageFor(person, PHONE)];
  const wanted = `other-${person.email}`;
  await (await apiOf(person)).post("/users/me/email", { email: wanted, password: person.password });
  await page.goto("/settings/security");
  await page.getByText(`Waiting for ${wanted} to be confirmed`).waitFor();
  await axe(page, "a change that waits");
  await elsewhere.goto("/settings/security");
  await elsewhere.getByRole("button", { name: "Cancel the change" }).click();
  await elsewhere.getByText(`Your address stays ${person.email}.`).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Change the address" }).waitFor();
  assert.equal(await page.getByText(`Waiting for ${wanted}`).count(), 0);
  await page.goto(linkOf(await mailTo(wanted, "change_email")));
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await page.getByText(/no longer good/).first().waitFor();
  assert.equal((await (await apiOf(person)).get("/users/me")).email, person.email);
  await Promise.all([page.context().close(), elsewhere.context().close()]);
});

test("a reset ends the session in this browser, and leaves that of somebody else", async () => {
  const [person, other] = [await newPerson("rosa"), await newPerson("emil")];
  const page = await pageFor(person);
  const reset = async (email) => {
    await new Api().post("/auth/forgot-password", { email });
    await page.goto(linkOf(await mailTo(email, "reset_password")));
    await page.getByRole("textbox", { name: "New password" }).fill("another new sentence");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("The new password is set").waitFor();
  };
  await reset(other.email);
  await page.getByRole("heading", { name: "Name your brand" }).waitFor();
  await page.goto("/settings/profile");
  await page.getByText(person.email).waitFor();
  await reset(person.email);
  await page.getByText("Sign in with it.").waitFor();
  await signIn(page, person.email, "another new sentence");
  await page.getByRole("heading", { name: "Name your brand" }).waitFor();
  await page.context().close();
});

test("a device is signed out from another one", async () => {
  const person = await newPerson();
  const [page, one] = [await pageFor(person), await pageFor(person)];
  await apiOf(person);
  await page.goto("/settings/security");
  await page.getByText("Chrome on Linux").first().waitFor();
  const rows = page.getByRole("region", { name: "Devices" }).getByRole("listitem");
  assert.equal(await rows.count(), 3);
  assert.match(await rows.first().textContent(), /this device/);
  assert.match(await rows.first().textContent(), /this network \((127\.0\.0\.1|::1)\)/, "with its place");
  await axe(page, "the devices");
  // The program is another kind of device than the browsers, so that it was told of; until that isn't wanted.
  const mail = await mailTo(person.email, "new_sign_in");
  assert.match(mail.text_body, /node/);
  await page.getByRole("checkbox", { name: /^Mail me when somebody signs in/ }).uncheck();
  await page.getByText("Saved.").waitFor();
  await page.reload();
  await page.getByRole("checkbox", { name: /^Mail me when somebody signs in/ }).waitFor();
  assert.equal(await page.getByRole("checkbox", { name: /^Mail me when somebody signs in/ }).isChecked(), false);
  const other = page.getByRole("button", { name: "Sign out Chrome on Linux" }).last();
  await other.press("Enter");
  await page.getByRole("dialog", { name: "Sign out Chrome on Linux?" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement?.textContent === "Sign out Chrome on Linux", undefined, { timeout: 5000 });
  await other.click();
  await page.getByRole("dialog", { name: "Sign out Chrome on Linux?" }).getByRole("button", { name: "Sign out" }).click();
  await page.getByText("Chrome on Linux is signed out.").waitFor();
  await rows.nth(2).waitFor({ state: "detached" });
  await one.reload();
  await one.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByRole("button", { name: "Sign out the other device" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await rows.nth(1).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await Promise.all([page.context().close(), one.context().close()]);
});

test("an API token is made, shown once, does what its boxes say, and ends when it is revoked", async () => {
  const person = await newPerson();
  const brand = await (await apiOf(person)).post("/brands", { name: `Tokens ${person.id.slice(-6)}` });
  const page = await pageFor(person);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/settings/tokens");
  await page.getByRole("link", { name: "New token" }).click();
  await page.waitForURL(/\/settings\/tokens\/new$/);
  await page.getByLabel("Name").fill("Nightly report");
  assert.ok(await page.getByRole("button", { name: "Make the token" }).isDisabled());
  await page.getByLabel("Read: Cards").check();
  await page.getByLabel("Ends").selectOption({ label: "In 7 days" });
  await page.getByRole("button", { name: "Make the token" }).click();
  await page.getByRole("heading", { name: "“Nightly report” is made" }).waitFor();
  const secret = await page.getByLabel("Token", { exact: true }).inputValue();
  await page.getByRole("button", { name: "Copy the token" }).click();
  await page.getByText("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  assert.equal(await status(secret, `/brands/${brand.id}/tasks`), 200);
  assert.equal(await status(secret, `/brands/${brand.id}/teams`), 403);
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.reload();
  await page.getByText("Reads cards.").waitFor();
  await page.getByText(/ends .* · last used/).waitFor();
  assert.ok(!(await page.content()).includes(secret), "the token is nowhere any more");
  await page.getByRole("button", { name: "Rename Nightly report" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Morning report");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Revoke Morning report" }).click();
  await page.getByRole("dialog").getByText("refused from their next request on").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("No tokens yet").waitFor();
  assert.equal(await status(secret, `/brands/${brand.id}/tasks`), 401);
  await page.context().close();
});

test("the boxes of a new token are the scopes that the API has", async () => {
  const { paths } = await fetch(`${base}/openapi.json`).then((answer) => answer.json());
  const rows = Object.values(paths).flatMap((methods) => Object.values(methods));
  const scopes = new Set(rows.map((row) => row["x-scope"]).filter(Boolean));
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "ada");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.goto("/settings/tokens/new");
  await page.getByText("What it may do").waitFor();
  assert.equal(await page.getByRole("checkbox").count(), scopes.size + 2, "each scope, and both of everything");
  await page.getByLabel("Read: Everything").check();
  assert.ok(await page.getByLabel("Read: Cards").isChecked());
  assert.ok(await page.getByLabel("Read: Cards").isDisabled());
  await context.close();
});

test("the data is downloaded, and the account goes with the password, but not from under a brand", async () => {
  const person = await newPerson();
  const api = await apiOf(person);
  const brand = await api.post("/brands", { name: `Only ${person.id.slice(-6)}` });
  const page = await pageFor(person);
  await page.goto("/settings/data");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download my data" }).click()]);
  assert.match(download.suggestedFilename(), /^karara-account-\d{4}-\d\d-\d\d\.json$/);
  const data = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.equal(data.user.email, person.email);
  assert.equal(data.memberships[0].brand_id, brand.id);

  await page.getByRole("button", { name: "Delete my account…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the account of Nova Newcomer?" });
  await dialog.getByText(`You leave this brand: ${brand.name}.`).waitFor();
  const password = dialog.getByRole("textbox", { name: "Your password" });
  await password.fill("not mine");
  await dialog.getByRole("button", { name: "Delete my account" }).click();
  await dialog.getByText("That is not your password.").waitFor();
  await password.fill(person.password);
  await dialog.getByRole("button", { name: "Delete my account" }).click();
  await dialog.getByText("You are the last owner of a brand").waitFor();
  await dialog.getByRole("button", { name: `Members of ${brand.name}` }).click();
  await page.getByRole("heading", { name: "Members", level: 1 }).waitFor();

  const heir = await newPerson("hera");
  await bring(api, brand, heir, "owner");
  await page.goto("/settings/data");
  await page.getByRole("button", { name: "Delete my account…" }).click();
  await password.fill(person.password);
  await dialog.getByRole("button", { name: "Delete my account" }).click();
  await page.getByText("Your account is deleted.").waitFor();
  assert.equal(new URL(page.url()).search, "", "the next one doesn't begin where this one ended");
  await signIn(page, person.email, person.password);
  await page.getByText("The e-mail or the password is wrong.").waitFor();
  await page.context().close();
});

/** Sets the second factor up on a page that has just been asked to; the authenticator and the codes. */
async function setUp(page, person, look = async () => undefined) {
  await page.getByRole("textbox", { name: "Your password" }).fill(person.password);
  await page.keyboard.press("Enter");
  const picture = page.getByRole("img", { name: /^QR code/ });
  await picture.waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H2", undefined, { timeout: 5000 });
  assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), "the QR code is a picture");
  await look(page, "the authenticator");
  const authenticator = new Authenticator(await page.locator("code").first().textContent());
  await page.getByLabel("Code").fill(await authenticator.next());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Keep these recovery codes" }).waitFor();
  const codes = await page.getByRole("region", { name: "Recovery codes" }).getByRole("listitem").allTextContents();
  assert.equal(new Set(codes).size, 10);
  await look(page, "the recovery codes");
  return { authenticator, codes };
}

test("the second factor is set up, asked for at sign-in, and switched off", async () => {
  const person = await newPerson("tessa");
  const page = await pageFor(person);
  await page.goto("/settings/security");
  await page.getByRole("link", { name: "Set it up" }).click();
  await page.getByRole("textbox", { name: "Your password" }).fill("not mine");
  await page.keyboard.press("Enter");
  await page.getByText("That is not your password.").waitFor();
  const { authenticator, codes } = await setUp(page, person, looksRight);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  const kept = await readFile(await download.path(), "utf8");
  assert.ok(kept.includes(person.email) && codes.every((code) => kept.includes(code)));
  await page.getByRole("link", { name: "API tokens" }).click();
  await page.getByText("No tokens yet").waitFor();
  await page.getByRole("link", { name: "Security" }).click();
  await page.getByRole("heading", { name: "Keep these recovery codes" }).waitFor();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("10 recovery codes are left.").waitFor();
  await looksRight(page, "security with a second factor");

  const other = await (await newContext()).newPage();
  await other.goto("/sign-in?next=/settings/profile");
  await other.getByLabel("E-mail").fill(person.email);
  await other.getByRole("textbox", { name: "Password" }).fill(person.password);
  await other.getByRole("button", { name: "Sign in" }).click();
  const code = other.getByRole("textbox", { name: "Code", exact: true });
  await code.waitFor();
  assert.ok(await focused(code));
  assert.deepEqual(await code.evaluate((field) => [field.autocomplete, field.inputMode]), ["one-time-code", "numeric"]);
  await code.fill("000 000");
  await other.keyboard.press("Enter");
  await other.getByText("This code is wrong").waitFor();
  await looksRight(other, "the second step");
  await code.fill(await authenticator.next());
  await other.keyboard.press("Enter");
  await other.getByRole("heading", { name: "Profile", level: 1 }).waitFor();
  await other.context().close();

  await page.getByRole("button", { name: "New recovery codes" }).click();
  await page.getByRole("textbox", { name: "Your password" }).fill(person.password);
  await page.getByLabel("Code").fill(codes[0].toUpperCase());
  await page.getByRole("button", { name: "Get new codes" }).click();
  const fresh = page.getByRole("region", { name: "Recovery codes" }).getByRole("listitem");
  await fresh.first().waitFor();
  const renewed = await fresh.allTextContents();
  assert.ok(renewed.length === 10 && !renewed.includes(codes[1]));
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByRole("button", { name: "Switch it off" }).click();
  await page.getByRole("textbox", { name: "Your password" }).fill("not mine");
  await page.getByLabel("Code").fill(codes[1]);
  await page.getByRole("button", { name: "Switch the second factor off" }).click();
  await page.getByText("That is not your password.").waitFor();
  assert.ok(await focused(page.getByRole("textbox", { name: "Your password" })), "what was wrong has the focus");
  await page.getByRole("textbox", { name: "Your password" }).fill(person.password);
  await page.getByRole("button", { name: "Switch the second factor off" }).click();
  await page.getByText("This code is wrong, or was used before.").waitFor();
  assert.ok(await focused(page.getByLabel("Code")));
  await page.getByLabel("Code").fill(renewed[0]);
  await page.getByRole("button", { name: "Switch the second factor off" }).click();
  await page.getByRole("link", { name: "Set it up" }).waitFor();
  assert.equal((await (await apiOf(person)).get("/users/me")).two_factor_enabled, false);
  await page.context().close();
});

test("a recovery code lets in, and a second step that took too long begins again with what was typed", async () => {
  const person = await newPerson("rita");
  const page = await pageFor(person);
  await page.goto("/settings/security/two-factor");
  const { codes } = await setUp(page, person);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("10 recovery codes are left.").waitFor();
  const other = await (await newContext(PHONE)).newPage();
  await other.clock.install();
  await signIn(other, person.email, person.password);
  await other.getByRole("heading", { name: "One more step" }).waitFor();
  await other.clock.fastForward("06:00");
  await other.getByText("That took too long.").waitFor();
  assert.equal(await other.getByLabel("E-mail").inputValue(), person.email);
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByRole("button", { name: "Use a recovery code" }).click();
  await other.getByLabel("Recovery code").fill(codes[3].replaceAll("-", " "));
  await other.keyboard.press("Enter");
  await other.getByRole("heading", { name: "Name your brand" }).waitFor();
  await page.reload();
  await page.getByText("9 recovery codes are left.").waitFor();
  await Promise.all([page.context().close(), other.context().close()]);
});

test("a brand that asks for a second factor leads to it, and then on to its boards", async () => {
  const [owner, member] = [await newPerson("olga"), await newPerson("mara")];
  const api = await apiOf(owner);
  const brand = await api.post("/brands", { name: `Strict ${owner.id.slice(-6)}` });
  await bring(api, brand, member, "member");
  const { secret } = await api.post("/auth/2fa/enable", { password: owner.password });
  await api.post("/auth/2fa/verify", { code: await new Authenticator(secret).next() });
  const page = await pageFor(member);
  await api.patch(`/brands/${brand.id}`, { settings: { require_2fa: true } });
  await page.reload();
  await page.getByRole("heading", { name: `${brand.name} asks for a second factor`, level: 1 }).waitFor();
  await looksRight(page, "a brand that asks");
  // What can't be known of it isn't waited for: Karara's own mark stands for its logo, beside the arrows of the menu.
  assert.equal(await page.getByRole("button", { name: /^Brand: / }).locator("svg").count(), 2);
  await page.getByRole("link", { name: "Set it up" }).click();
  await setUp(page, member);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.getByText(/No boards/i).waitFor();
  await page.context().close();
});

test("the consoles stay silent", () => {
  assert.deepEqual(takeComplaints(), []);
});
