import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, axe, makeBoard, open, pageOf, sharedTeam, takeComplaints } from "./support.mjs";

async function openPanel(page) {
  await page.getByRole("button", { name: "Actions for this board" }).click();
  await page.getByRole("menuitem", { name: "Activity" }).click();
  const panel = page.getByRole("dialog", { name: /^Activity on/ });
  await panel.waitFor();
  return panel;
}

test("a board tells who did what, and what others do comes by itself", async () => {
  const board = await makeBoard({ "To do": ["bake", "ice"] });
  const page = await pageOf("ada");
  await open(page, board);
  const panel = await openPanel(page);
  await panel.getByText(/added .*bake/).waitFor();
  await board.api.patch(`/tasks/${board.tasks.bake.id}/move`, { list_id: board.list("Done").id });
  await panel.getByText(/moved .*bake from To do to Done/).waitFor();
  await board.api.patch(`/tasks/${board.tasks.ice.id}`, { title: "ice cream", priority: "high" });
  const both = panel.getByRole("listitem").filter({ hasText: "changed title and priority of" });
  await both.getByText("ice cream").first().waitFor();
  assert.match(await both.locator("dl").innerText(), /title\s+ice → ice cream\s+priority\s+Medium → High/);
  await axe(page, "activity panel");
  await panel.getByRole("link", { name: /bake/ }).first().click();
  await page.waitForURL(new RegExp(`/t/${board.tasks.bake.reference}$`));
  assert.deepEqual(takeComplaints(), []);
  await page.close();
});

test("a task tells of itself, small steps behind one line", async () => {
  const board = await makeBoard({ "To do": ["first", "second", "third"] });
  const { first, second, third } = board.tasks;
  await board.api.patch(`/tasks/${first.id}/move`, { list_id: first.list_id, after: third.id });
  await board.api.patch(`/tasks/${first.id}/move`, { list_id: first.list_id, before: second.id });
  const page = await pageOf("ada");
  await page.goto(`${board.url}/t/${first.reference}`);
  const section = page.getByRole("region", { name: "Activity" });
  await section.getByText("added this task").waitFor();
  assert.equal(await section.getByText("within its list").count(), 0);
  await section.getByRole("button", { name: "2 small steps" }).click();
  assert.equal(await section.getByText("moved this task within its list").count(), 2);
  await page.getByRole("dialog").getByLabel("Priority").selectOption("urgent");
  await section.getByText("set the priority of this task to Urgent").waitFor();
  await axe(page, "activity of a task");
  await page.close();
});

test("a client reads of their own tasks and no others", async () => {
  const board = await makeBoard({ "To do": ["theirs", "secret"] }, { team: await sharedTeam() });
  const mary = await Api.as("mary");
  await board.api.post(`/tasks/${board.tasks.theirs.id}/assign`, { assignee_ids: [mary.user.id] });
  const page = await pageOf("mary");
  await open(page, board);
  const panel = await openPanel(page);
  await panel.getByText(/added .*theirs/).waitFor();
  assert.equal(await panel.getByText("secret").count(), 0);
  await page.close();
});
