import assert from "node:assert/strict";
import { test } from "node:test";
import { newContext, pageOf, signIn, takeComplaints } from "./support.mjs";

test("a wrong password is said in words and the address stays", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "ada", "not the password");
  await page.getByRole("alert").getByText("The e-mail or the password is wrong.").waitFor();
  assert.equal(await page.getByLabel("E-mail").inputValue(), "ada@demo.example");
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

test("a new person comes from registration to the first card in three steps", async () => {
  const context = await newContext();
  const page = await context.newPage();
  const tag = Date.now().toString(36);
  await page.goto("/register");
  await page.getByLabel("First name").fill("Nova");
  await page.getByLabel("Last name").fill("Newcomer");
  await page.getByLabel("E-mail").fill(`nova-${tag}@example.net`);
  await page.getByRole("textbox", { name: "Password" }).fill("a sentence that is long");
  await page.getByRole("button", { name: "Create the account" }).click();
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

test("a reload keeps the session, and signing out ends it in every tab", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "grace");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  const other = await context.newPage();
  await other.goto("/settings");
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
