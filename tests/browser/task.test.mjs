import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, makeBoard, open, pageOf, settled, shows, takeComplaints } from "./support.mjs";

async function openSheet(title = "one") {
  const board = await makeBoard({ "To do": ["one", "two"] });
  const page = await pageOf("ada");
  await open(page, board);
  await page.getByRole("link", { name: title, exact: true }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Title").waitFor();
  return { board, page, sheet, task: board.tasks[title] };
}

test("the sheet has its own address, Back closes it, j and k go to the neighbours", async () => {
  const { page, sheet, board } = await openSheet();
  assert.match(page.url(), new RegExp(`/t/${board.tasks["one"].reference}$`));
  await page.keyboard.press("j");
  await page.waitForURL(new RegExp(`/t/${board.tasks["two"].reference}$`));
  await page.keyboard.press("k");
  await page.waitForURL(new RegExp(`/t/${board.tasks["one"].reference}$`));
  await page.goBack();
  await sheet.waitFor({ state: "detached" });
  assert.match(page.url(), /\/b\/[^/]+$/);
  await page.goto(`${board.url}/t/${board.tasks["two"].reference}`);
  await sheet.getByLabel("Title").waitFor();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await page.close();
});

test("steps are typed, checked, moved and removed by keyboard, and the card counts them", async () => {
  const { page, sheet, board, task } = await openSheet();
  const list = async () => (await board.api.get(`/tasks/${task.id}/checklist`)).map((step) => `${step.done ? "+" : ""}${step.text}`).join(" ");
  const becomes = async (want) => {
    for (let i = 0; i < 100 && (await list()) !== want; i++) await page.waitForTimeout(100);
    assert.equal(await list(), want);
  };
  const steps = sheet.getByRole("region", { name: "Checklist" });
  await steps.getByLabel("Add a step").focus();
  for (const word of ["plan", "build", "tell"]) {
    await page.keyboard.type(word);
    await page.keyboard.press("Enter");
  }
  await becomes("plan build tell");
  await steps.getByRole("checkbox", { name: "plan" }).focus();
  await page.keyboard.press("Space");
  await steps.getByText("1 of 3 done").waitFor();
  await becomes("+plan build tell");
  await steps.getByLabel("Step 3", { exact: true }).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await becomes("+plan tell build");
  for (let i = 0; i < 100 && (await steps.getByLabel("Step 2", { exact: true }).inputValue()) !== "tell"; i++) await page.waitForTimeout(100);
  await steps.getByLabel("Step 2", { exact: true }).fill("tell them");
  await page.keyboard.press("Control+Enter");
  await page.keyboard.press("Enter");
  await becomes("+plan +tell them build");
  await steps.getByRole("button", { name: "Actions for step 3" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await becomes("+plan +tell them");
  await steps.getByLabel("Add a step").focus();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text", "- [ ] one\n2) two");
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await becomes("+plan +tell them one two");
  await sheet.getByText("checked “plan”", { exact: false }).first().waitFor();
  await axe(page, "a checklist");
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await page.locator(`[data-card="${task.id}"]`).getByTitle("2 of 4 steps done").waitFor();
  await page.close();
});

test("every field saves alone and says so", async () => {
  const { page, sheet, board, task } = await openSheet();
  await sheet.getByLabel("Title").fill("one, but better");
  await page.keyboard.press("Enter");
  await sheet.getByText("Saved").first().waitFor();
  await sheet.getByLabel("Priority").selectOption("urgent");
  await sheet.getByLabel("Type").selectOption("bug");
  await sheet.getByLabel("Due", { exact: true }).fill("in 3 days 14:00");
  await page.keyboard.press("Enter");
  await sheet.getByLabel("Hours").fill("2.5");
  await page.keyboard.press("Enter");
  await sheet.getByLabel("Add a tag").fill("kitchen");
  await page.keyboard.press("Enter");
  await sheet.getByRole("button", { name: /^Assignees/ }).click();
  await page.getByRole("checkbox", { name: /\(me\)/ }).click();
  await page.keyboard.press("Escape");
  await sheet.getByRole("button", { name: "Add a description" }).click();
  await sheet.getByLabel("Description in Markdown").fill("# Why\n\n**Because** <b>not html</b> [x](javascript:alert(1))");
  await sheet.getByRole("button", { name: "Save", exact: true }).click();
  await sheet.getByRole("heading", { name: "Why" }).waitFor();
  await settled(page);
  assert.equal(await sheet.locator("a[href^='javascript']").count(), 0);
  await sheet.getByText("<b>not html</b>").waitFor();
  await sheet.getByLabel("Status").selectOption("completed");
  await settled(page);
  const now = await board.api.get(`/tasks/${task.id}`);
  assert.equal(now.title, "one, but better");
  assert.equal(now.priority, "urgent");
  assert.equal(now.task_type, "bug");
  assert.equal(Number(now.estimated_hours), 2.5);
  assert.deepEqual(now.tags, ["kitchen"]);
  assert.match(now.assignees.map((person) => person.name).join(), /^Ada /);
  assert.equal(now.status, "completed");
  assert.equal(now.list_id, board.list("Done").id, "the status takes the card to its list");
  const days = (new Date(now.due_at) - Date.now()) / 864e5;
  assert.ok(days > 1.9 && days < 4, now.due_at);
  await page.close();
});

test("a conflict shows both values, keeps my text, and lets me choose", async () => {
  const { page, sheet, board, task } = await openSheet();
  const title = sheet.getByLabel("Title");
  await title.focus();
  await title.fill("my words");
  await board.api.patch(`/tasks/${task.id}`, { title: "their words" });
  await title.press("Enter");
  await sheet.getByText("Somebody else changed this meanwhile.").waitFor();
  await sheet.getByText("my words", { exact: true }).waitFor();
  await sheet.getByRole("definition").filter({ hasText: "their words" }).waitFor();
  await sheet.getByRole("button", { name: "Keep mine" }).click();
  await sheet.getByText("Saved").waitFor();
  assert.equal((await board.api.get(`/tasks/${task.id}`)).title, "my words");
  await title.focus();
  await title.fill("mine again");
  await board.api.patch(`/tasks/${task.id}`, { title: "theirs again" });
  await title.press("Enter");
  await sheet.getByRole("button", { name: "Take theirs" }).click();
  await page.waitForFunction(() => document.querySelector("[role=dialog] textarea").value === "theirs again");
  await page.close();
});

test("somebody else's change of another field is no conflict", async () => {
  const { page, sheet, board, task } = await openSheet();
  const title = sheet.getByLabel("Title");
  await title.focus();
  await title.fill("my title");
  await board.api.patch(`/tasks/${task.id}`, { priority: "high" });
  await title.press("Enter");
  await sheet.getByText("Saved").waitFor();
  const now = await board.api.get(`/tasks/${task.id}`);
  assert.equal(now.title, "my title");
  assert.equal(now.priority, "high");
  await page.close();
});

test("delete can be undone for ten seconds", async () => {
  const { page, sheet, board, task } = await openSheet();
  await sheet.getByRole("button", { name: "Actions for this task" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await shows(page, "To do", ["two"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await shows(page, "To do", ["one", "two"]);
  assert.equal((await board.api.get(`/tasks/${task.id}`)).title, "one");
  await page.close();
});

test("the consoles stay silent", () => {
  assert.deepEqual(takeComplaints(), []);
});
