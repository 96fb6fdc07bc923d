import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, makeBoard, newContext, noSidewaysScroll, open, pageOf, takeComplaints } from "./support.mjs";

let board = null;

async function richBoard() {
  if (board) return board;
  board = await makeBoard({ "To do": ["one", "two", "a card whose title is long enough to wrap over several lines of a narrow column"], Done: ["three"] });
  const days = (n) => new Date(Date.now() + n * 864e5).toISOString();
  const { api } = board;
  await api.patch(`/tasks/${board.tasks["one"].id}`, { priority: "urgent", due_at: days(-2), tags: ["copy", "launch"], description: "# Why\n\n- [x] done\n- open [link](https://example.org)\n\n`code`" });
  await api.patch(`/tasks/${board.tasks["two"].id}`, { priority: "high", due_at: days(0.3), task_type: "bug" });
  await api.patch(`/tasks/${board.tasks["three"].id}`, { due_at: days(9) });
  await api.post(`/tasks/${board.tasks["one"].id}/assign`, { assignee_ids: [api.user.id] });
  await api.patch(`/lists/${board.list("Done").id}`, { wip_limit: 1 });
  return board;
}

const BRAND_SECTIONS = [
  ["general", "Name and description"], ["looks", "Colour"], ["region", "Holidays"], ["fields", "Custom fields"], ["security", "Security"],
  ["compliance", "Compliance"], ["plan", "Plan"], ["family", "Brand above"], ["delete", "Delete the brand"],
];

/** Every page, and what is opened on it, in the way that people come to it. */
async function tour(page, visit) {
  const b = await richBoard();
  const settle = (heading) => page.getByRole("heading", { name: heading, level: 1 }).waitFor();
  await page.goto("/");
  await settle("Boards");
  await page.getByRole("main").getByRole("link").first().waitFor();
  await visit("boards");
  await open(page, b);
  await page.getByRole("link", { name: "one", exact: true }).waitFor();
  await visit("board");
  await page.getByRole("button", { name: "Actions for list To do" }).click();
  await visit("list menu");
  await page.keyboard.press("Escape");
  await page.keyboard.press("c");
  await visit("quick add");
  await page.keyboard.press("Escape");
  await page.goto(`${b.url}/t/${b.tasks["one"].reference}`);
  await page.getByRole("dialog").getByRole("heading", { name: "Why" }).waitFor();
  await visit("task sheet");
  await page.getByRole("button", { name: "Due: choose from a calendar" }).click();
  await visit("calendar");
  await page.goto("/members");
  await page.getByText("linus@demo.example").waitFor();
  await visit("members");
  await page.getByLabel("Choose Linus Berger").check();
  await visit("members chosen");
  // On a phone it stands behind what is done most.
  const others = page.getByRole("button", { name: "Other ways to add people" });
  if (await others.count()) {
    await others.click();
    await page.getByRole("menuitem", { name: "From a table" }).click();
  } else await page.getByRole("button", { name: "From a table" }).click();
  await page.getByRole("dialog").getByLabel("Or paste its rows").fill("email,role\nlinus@demo.example,member\n");
  await visit("table of members");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Linus Berger" }).click();
  await page.getByText("from the role Member", { exact: false }).first().waitFor();
  await visit("one member");
  await page.goto("/roles");
  await page.getByText("Create cards").first().waitFor();
  await visit("roles");
  await page.goto("/delegations");
  await page.getByRole("button", { name: "Lend permissions" }).click();
  await page.getByRole("combobox", { name: "To whom" }).click();
  await page.getByRole("dialog").getByRole("option").first().waitFor();
  await visit("lending");
  await page.goto("/divisions");
  await page.getByRole("treeitem", { name: /Quality/ }).click();
  await page.getByRole("region", { name: "Teams it sees" }).getByText("Product").first().waitFor();
  await visit("divisions");
  await page.goto("/teams");
  await settle("Teams");
  await page.getByRole("button", { expanded: true }).first().waitFor();
  await page.waitForTimeout(400);
  await visit("teams");
  for (const [part, shown] of [["", "Names, appearance"], ["/profile", "Who you are"], ["/tokens", "Your tokens"], ["/tokens/new", "What it may do"], ["/data", "Download everything"]]) {
    if (part === "" && page.viewportSize().width > 860) continue;
    await page.goto(`/settings${part}`);
    await page.getByText(shown).waitFor();
    await visit(`settings${part}`);
  }
  await page.getByRole("button", { name: "Delete my account…" }).click();
  await page.getByText("This can’t be undone.").waitFor();
  await visit("deleting the account");
  await page.goto("/settings/security");
  await page.getByText("this device", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Change the address" }).click();
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByLabel("Current password").waitFor();
  await visit("security");
  await page.goto("/settings/security/two-factor");
  await page.getByRole("heading", { name: "Set up the second factor" }).waitFor();
  await visit("second factor");
  for (const [section, label] of BRAND_SECTIONS) {
    await page.goto(`/brand/${section}`);
    await page.getByRole("region", { name: label }).waitFor();
    await visit(`brand settings: ${section}`);
  }
  await page.goto("/start");
  await settle("Name your brand");
  await visit("first run");
  await page.goto("/nowhere");
  await page.getByText("There is nothing at this address").waitFor();
  await visit("not found");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Search or do" }).getByRole("combobox").waitFor();
  await visit("palette");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await visit("shortcuts");
}

async function outside(page, visit) {
  await page.goto("/sign-in");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await visit("sign-in");
  await page.goto("/register");
  await page.getByRole("heading", { name: "Create an account" }).waitFor();
  await visit("registration");
  await page.goto("/forgot-password");
  await page.getByRole("button", { name: "Send the link" }).waitFor();
  await visit("forgotten password");
  const links = [["/verify-email", "Confirm the address"], ["/reset-password", "Set the password"], ["/keep-email", "Keep my address"], ["/unlock", "Unlock my account"]];
  for (const [address, button] of links) {
    await page.goto(`${address}#token=none-of-ours`);
    await page.getByRole("button", { name: button }).waitFor();
    await visit(address);
    if (address === "/reset-password") await page.getByRole("textbox", { name: "New password" }).fill("a sentence of some length");
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("heading", { name: "This link is no longer good" }).waitFor();
    await visit(`${address}, spent`);
  }
}

async function useTheme(page, theme) {
  await page.goto("/settings/profile");
  await page.getByRole("radio", { name: theme === "dark" ? "Dark" : "Light" }).check();
  await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
  await page.waitForTimeout(300);
}

for (const theme of ["light", "dark"]) {
  test(`axe finds nothing on any page (${theme})`, async () => {
    const context = await newContext({ colorScheme: theme });
    const guest = await context.newPage();
    await outside(guest, (name) => axe(guest, `${name}, ${theme}`));
    await context.close();
    const page = await pageOf("ada");
    await useTheme(page, theme);
    await tour(page, (name) => axe(page, `${name}, ${theme}`));
    await page.close();
  });
}

test("every page reflows at 320 pixels, and none scrolls sideways", async () => {
  const context = await newContext({ viewport: { width: 320, height: 640 } });
  const guest = await context.newPage();
  await outside(guest, (name) => noSidewaysScroll(guest, name));
  await context.close();
  const page = await pageOf("ada");
  await useTheme(page, "light");
  await page.setViewportSize({ width: 320, height: 640 });
  await tour(page, (name) => noSidewaysScroll(page, name));
  await page.close();
});

test("the consoles stay silent", () => {
  assert.deepEqual(takeComplaints(), []);
});
