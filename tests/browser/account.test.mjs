import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, linkOf, looksRight, mailTo, newContext, newPerson, pageOf, PHONE, signIn, takeComplaints } from "./support.mjs";

test("a wrong password is said in words and the address stays", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "ada", "not the password");
  await page.getByRole("alert").getByText("The e-mail or the password is wrong.").waitFor();
  assert.equal(await page.getByLabel("E-mail").inputValue(), "ada@demo.example");
  await context.close();
});

test("after a refusal the keyboard goes on where it was: over the wrong password, and on the button that was busy", async () => {
  const person = await newPerson("kim");
  const context = await newContext();
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  const password = page.getByRole("textbox", { name: "Password" });
  await password.fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).press("Enter");
  await page.getByRole("alert").getByText("The e-mail or the password is wrong.").waitFor();
  await page.waitForFunction(() => document.activeElement?.name === "password");
  await page.keyboard.type(person.password);
  assert.equal(await password.inputValue(), person.password, "what is typed takes the place of what was wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Name your brand" }).waitFor();
  await page.goto("/settings/profile");
  await page.getByLabel("First name").fill("Kimberley");
  const save = page.getByRole("button", { name: "Save", exact: true });
  await save.press("Enter");
  await page.getByText("Saved.").waitFor();
  await page.waitForFunction(() => document.activeElement?.textContent === "Save");
  await context.close();
});

test("the pages before sign-in are without fault in both themes, and fit a narrow screen", async () => {
  const [owner, guest] = [await newPerson("owen"), await newPerson("gwen")];
  const api = await new Api().login(owner.email, owner.password);
  const brand = await api.post("/brands", { name: `Northwind Traders and Daughters of Rotterdam ${owner.id.slice(-6)}` });
  const context = await newContext();
  const page = await context.newPage();
  const at = async (path, heading) => {
    await page.goto(path);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await looksRight(page, path.split("#")[0]);
  };
  await at("/sign-in", "Sign in");
  await page.getByLabel("E-mail").fill(guest.email);
  await page.getByRole("textbox", { name: "Password" }).fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await looksRight(page, "a refused sign-in");
  await at("/register", "Create an account");
  await page.setViewportSize({ width: 900, height: 420 });
  const top = await page.locator("main").evaluate((main) => {
    main.scrollTop = 0;
    return main.firstElementChild.getBoundingClientRect().top;
  });
  assert.ok(top >= 0, "the card's head can be reached on a low screen");
  await page.setViewportSize({ width: 1440, height: 900 });
  await at("/forgot-password", "Set a new password");
  await page.getByLabel("E-mail").fill(guest.email);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  await looksRight(page, "a mail that was asked for");
  await at(linkOf(await mailTo(guest.email, "reset_password")), "Choose a new password");
  for (const [path, heading] of [["/verify-email", "Confirm your e-mail address"], ["/keep-email", "Keep your e-mail address"], ["/unlock", "Unlock your account"], ["/unsubscribe", "No more of these mails?"]]) {
    await at(path, "This link is not complete");
    await at(`${path}#token=none-of-ours`, heading);
  }
  for (const email of [guest.email, `un${guest.email}`]) {
    await api.post(`/brands/${brand.id}/users/invite`, { email, role: "member", message: "We would love to have you." });
    await at(linkOf(await mailTo(email, "invitation")), `Join ${brand.name}`);
  }
  await context.close();
});

test("somebody not signed in is sent to the sign-in and back again", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await page.goto("/members");
  await page.waitForURL(/\/sign-in\?next=%2Fmembers/);
  await page.getByLabel("E-mail").fill("ada@demo.example");
  await page.getByRole("textbox", { name: "Password" }).fill("karara-demo");
  await page.getByRole("textbox", { name: "Password" }).press("Enter");
  await page.getByRole("heading", { name: "Members" }).waitFor();
  await page.getByText("linus@demo.example").waitFor();
  await context.close();
});

/** Keeps every outline of a workspace that is on the page for a moment: what it would say aloud is “Loading”. */
const noteOutlines = () => {
  window.outlines = [];
  const look = () => document.querySelectorAll("[role=status][aria-label=Loading]").forEach((it) => it.closest("main:not(#main)") ?? window.outlines.push(it.outerHTML));
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
};

test("a first visitor comes to the sign-in without the outline of a workspace, and whoever has a session without the sign-in", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await page.addInitScript(noteOutlines);
  let answer;
  const asked = new Promise((done) => (answer = done));
  await page.route("**/auth/refresh", async (route) => {
    await asked;
    await route.continue();
  });
  await page.goto("/members");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(new URL(page.url()).search, "?next=%2Fmembers", "before it is known whether there is a session");
  assert.deepEqual(await page.evaluate("window.outlines"), []);
  // What comes of the old cookie must not end the session that begins now.
  await page.getByLabel("E-mail").fill("ada@demo.example");
  await page.getByRole("textbox", { name: "Password" }).fill("karara-demo");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Signing in…" }).waitFor();
  answer();
  await page.getByRole("heading", { name: "Members" }).waitFor();
  await page.unroute("**/auth/refresh");
  // Some browsers forget what scripts keep before they forget the cookie.
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await page.getByRole("heading", { name: "Members" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/members");
  await context.close();
});

test("the way back stands above the heading of every page, and says where it leads", async () => {
  const context = await newContext(PHONE);
  const page = await context.newPage();
  const above = async (name, heading) => {
    const [link, title] = [page.getByRole("link", { name: `Back to ${name}`, exact: true }), page.getByRole("heading", { name: heading, level: 1 })];
    await title.waitFor();
    const [a, b] = [await link.boundingBox(), await title.boundingBox()];
    assert.ok(a.y + a.height <= b.y + 1 && b.y - a.y - a.height < 16 && a.height >= 44, `${name} above ${heading}`);
    await link.click();
  };
  await page.goto("/forgot-password");
  await above("Sign-in", "Set a new password");
  await signIn(page, "ada");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.goto("/settings/security/two-factor");
  await above("Security", "Set up the second factor");
  await above("Settings", "Security");
  await page.goto("/start");
  await above("Boards", "Name your brand");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await context.close();
});

test("an address behind the sign-in that leads elsewhere leads home", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "ada");
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  for (const next of ["//elsewhere.example/x", "/\\elsewhere.example/x", "/\t/elsewhere.example/x", "https://elsewhere.example/", "//["]) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.waitForURL((url) => url.pathname === "/");
  }
  await page.goto("/sign-in?next=%2Fmembers");
  await page.waitForURL(/\/members$/);
  await context.close();
});

test("who belongs to no brand finds their account, and the way out", async () => {
  const context = await newContext(PHONE);
  const { email, password } = await newPerson("alone");
  const page = await context.newPage();
  await signIn(page, email, password);
  await page.getByRole("heading", { name: "Name your brand" }).waitFor();
  await page.getByRole("link", { name: "Your account" }).click();
  await page.waitForURL(/\/settings/);
  await page.goto("/settings/notifications");
  const box = page.getByRole("checkbox", { name: "A task is assigned to me: E-mail" });
  await box.press("Space");
  await page.reload();
  await box.waitFor();
  assert.equal(await box.isChecked(), false, "what was chosen is kept");
  await page.goto("/start");
  await page.getByRole("button", { name: "Sign out" }).press("Enter");
  await page.waitForURL(/\/sign-in/);
  await context.close();
});

test("a new person comes from registration over the mailed link to the first card in three steps", async () => {
  const context = await newContext();
  const page = await context.newPage();
  const tag = Date.now().toString(36);
  const email = `nova-${tag}@example.net`;
  await page.goto("/register");
  await page.getByLabel("First name").fill("Nova");
  await page.getByLabel("Last name").fill("Newcomer");
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill("a sentence that is long");
  await page.getByRole("button", { name: "Create the account" }).click();
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await page.getByText("Look for the mail “Confirm your e-mail address”").waitFor();
  await page.getByRole("button", { name: "Change the address" }).click();
  assert.equal(await page.getByLabel("First name").inputValue(), "Nova", "what was typed is still there");

  await signIn(page, email, "a sentence that is long");
  await page.getByRole("alert").getByText("The address isn’t confirmed yet.").waitFor();
  await page.getByRole("button", { name: "Send the link again" }).click();
  await page.getByText("Asked for.").waitFor();

  const link = linkOf(await mailTo(email, "verify_email"));
  await page.goto(link);
  await page.getByRole("heading", { name: "Confirm your e-mail address" }).waitFor();
  assert.equal(new URL(page.url()).hash, "", "the secret has left the address bar");
  await page.reload();
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await page.getByRole("heading", { name: "The address is confirmed" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sign-in/);

  await signIn(page, email, "a sentence that is long");
  await page.getByRole("heading", { name: "Name your brand" }).waitFor();
  await page.getByLabel("Brand").fill(`Nova ${tag}`);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Name your first board" }).waitFor();
  await page.getByLabel("Board").fill("Kitchen");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Write your first card" }).waitFor();
  await page.getByLabel("Card", { exact: true }).fill("Paint the wall");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Kitchen", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Paint the wall" }).waitFor();
  await context.close();
});

test("opening a mailed link does nothing by itself, and a used one leads to a new one", async () => {
  const person = await newPerson();
  const context = await newContext();
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("link", { name: "Forgot the password?" }).click();
  assert.equal(await page.getByLabel("E-mail").inputValue(), person.email, "the address comes along");
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.getByText(`If there is an account with ${person.email}`).waitFor();
  const link = linkOf(await mailTo(person.email, "reset_password"));

  const sent = [];
  page.on("request", (request) => request.method() !== "GET" && sent.push(request.url()));
  await page.goto(link);
  const password = page.getByRole("textbox", { name: "New password" });
  await password.waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(sent.filter((url) => url.includes("reset-password")), [], "nothing is sent before the button");

  await password.fill("password1");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByText("is among the commonest passwords").waitFor();
  assert.equal(await password.inputValue(), "password1");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-invalid") === "true");
  await password.fill("a quite different sentence");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByText("The new password is set").waitFor();
  await signIn(page, person.email, "a quite different sentence");
  await page.getByRole("heading", { name: "Name your brand" }).waitFor();

  await page.goto(link);
  await password.fill("yet another sentence");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("heading", { name: "This link is no longer good" }).waitFor();
  await page.getByRole("link", { name: "Ask for a new link" }).click();
  await page.getByRole("button", { name: "Send the link" }).waitFor();
  await page.goto("/reset-password");
  await page.getByRole("heading", { name: "This link is not complete" }).waitFor();
  await context.close();
});

test("a locked account says until when, and the mailed link opens it at once", async () => {
  const person = await newPerson();
  const context = await newContext(PHONE);
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  const locked = page.getByText(/signing in is locked until \d\d:\d\d/);
  for (let i = 0; i < 15 && (await locked.count()) === 0; i++) {
    await page.getByRole("textbox", { name: "Password" }).fill(`wrong ${i}`);
    const answer = page.waitForResponse((response) => response.url().endsWith("/auth/login"));
    await page.getByRole("button", { name: "Sign in" }).click();
    await (await answer).finished();
    await page.getByRole("alert").waitFor();
  }
  await locked.waitFor();
  await page.getByText("Its link unlocks at once").waitFor();
  await page.goto(linkOf(await mailTo(person.email, "account_locked")));
  await page.getByRole("button", { name: "Unlock my account" }).click();
  await page.getByRole("heading", { name: "Your account is unlocked" }).waitFor();
  await signIn(page, person.email, person.password);
  await page.getByRole("heading", { name: "Name your brand" }).waitFor();
  await context.close();
});

test("a reload keeps the session, and signing out ends it in every tab", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "grace");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  const other = await context.newPage();
  await other.goto("/settings/security");
  await other.getByRole("heading", { name: "Devices" }).waitFor();
  await page.getByRole("button", { name: /settings and sign-out/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await other.waitForURL(/\/sign-in/);
  await other.reload();
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await context.close();
});

test("what a role may not do is not offered", async () => {
  const page = await pageOf("linus");
  await page.goto("/");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.getByRole("button", { name: "New board" }).count(), 0);
  await page.goto("/teams");
  await page.getByRole("heading", { name: "Teams", level: 1 }).waitFor();
  assert.equal(await page.getByRole("button", { name: "New team" }).count(), 0);
  await page.close();
});

test("the palette goes to a board and changes the theme", async () => {
  const page = await pageOf("ada");
  await page.goto("/members");
  await page.getByRole("heading", { name: "Members" }).waitFor();
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search or do" });
  await palette.getByRole("combobox").fill("theme dark");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await page.keyboard.press("Control+k");
  await palette.getByRole("combobox").fill("theme light");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.close();
});

test("the consoles stay silent: no error, no violated content security policy", () => {
  assert.deepEqual(takeComplaints(), []);
});
