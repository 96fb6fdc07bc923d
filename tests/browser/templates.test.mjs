import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, axe, makeBoard, noSidewaysScroll, pageOf, sharedTeam, takeComplaints } from "./support.mjs";

const heading = (page, name) => page.getByRole("heading", { name, level: 1 }).waitFor();
const dates = (page) => page.getByRole("status", { name: "The next dates" });

test("a recurring task is made, shows its dates before that, and is changed, paused, spawned and deleted", async () => {
  const { board } = await makeBoard({}, { team: await sharedTeam() });
  const page = await pageOf("grace");
  await page.goto("/templates");
  await heading(page, "Recurring tasks");
  await page.getByRole("link", { name: `New template for ${await sharedTeam()}` }).click();
  await heading(page, "New recurring task");
  await page.getByLabel("Title").fill("Water the plants");
  await page.getByLabel("Board", { exact: true }).selectOption({ label: board.name });
  await page.getByLabel("List", { exact: true }).selectOption({ label: "In progress" });
  await page.getByRole("checkbox", { name: "Linus Berger" }).check();
  await page.getByLabel("From", { exact: true }).fill("2097-01-01");
  await page.getByLabel("At", { exact: true }).fill("08:30");
  await page.getByRole("checkbox", { name: "Monday" }).check();
  await page.getByRole("checkbox", { name: "Thursday" }).check();
  await dates(page).getByText("Thursday, 3 January 2097, 08:30").waitFor();
  await dates(page).getByText("Monday, 7 January 2097, 08:30").waitFor();
  assert.equal(await dates(page).getByRole("listitem").count(), 5);

  await page.getByLabel("Time zone").fill("America/New_York");
  await dates(page).getByText("14:30 for you").first().waitFor();
  await page.getByLabel("Repeats").selectOption({ label: "By a rule of your own" });
  await page.getByLabel("Rule (RFC 5545)").fill("FREQ=MINUTELY");
  await page.getByText("has FREQ=MINUTELY: hourly is as often as it gets").waitFor();
  await page.getByRole("button", { name: "Create template" }).click();
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-invalid") === "true");
  await page.getByLabel("Rule (RFC 5545)").fill("FREQ=MONTHLY;BYDAY=-1FR");
  await dates(page).getByText("Friday, 25 January 2097, 08:30").waitFor();
  await dates(page).getByText("Every month on the last Friday at 08:30").waitFor();
  await page.getByRole("button", { name: "Create template" }).click();
  await heading(page, "Recurring tasks");
  const row = page.getByRole("listitem").filter({ hasText: "Water the plants" });
  await row.getByText("Next: Friday, 25 January 2097, 08:30").waitFor();

  await row.getByRole("link", { name: "Water the plants" }).click();
  await heading(page, "Water the plants");
  await page.getByLabel("Title").fill("Water all plants");
  await page.getByRole("button", { name: "Save" }).click();
  const changed = page.getByRole("listitem").filter({ hasText: "Water all plants" });
  await changed.getByText("Every month on the last Friday at 08:30").waitFor();

  const act = async (name) => {
    await changed.getByRole("button", { name: "Actions for Water all plants" }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  await act("Pause");
  await changed.getByText("Paused", { exact: true }).waitFor();
  await act("Resume");
  await changed.getByText("Next: Friday").waitFor();
  await act("Make a task now");
  await page.getByText("is made.").waitFor();
  const tasks = await (await Api.as("grace")).get(`/boards/${board.id}/tasks`);
  assert.deepEqual(tasks.map((task) => [task.title, task.status, task.assignee_ids.length]), [["Water all plants", "in_progress", 1]]);
  await act("Delete…");
  await page.getByRole("button", { name: "Delete template" }).click();
  await changed.waitFor({ state: "detached" });
  // The two refusals that were asked for are the console's only complaints.
  assert.deepEqual(takeComplaints().filter((line) => !/422/.test(line)), []);
  await page.close();
});

test("what was typed stays when somebody else changes the template, and when one looks elsewhere", async () => {
  const { board } = await makeBoard({}, { team: await sharedTeam() });
  const grace = await Api.as("grace");
  const kept = await grace.post("/task-templates", {
    title: "Count the cups", team_id: board.team_id, board_id: board.id, rrule: "FREQ=DAILY", starts_at: "2097-01-01T09:00", timezone: "Europe/Berlin",
  });
  const page = await pageOf("grace");
  await page.goto(`/templates/${kept.id}`);
  await page.getByLabel("Description (Markdown)").fill("And the saucers.");
  await grace.patch(`/task-templates/${kept.id}`, { title: "Count the mugs" });
  await page.getByRole("link", { name: "Back to Recurring tasks" }).click();
  await heading(page, "Recurring tasks");
  await page.goBack();
  assert.equal(await page.getByLabel("Description (Markdown)").inputValue(), "And the saucers.");
  await page.getByRole("button", { name: "Save" }).click();
  const said = page.getByText("Somebody else changed it meanwhile.");
  await said.or(page.getByRole("heading", { name: "Recurring tasks", level: 1 })).first().waitFor();
  if (await said.isVisible()) {
    await page.getByRole("heading", { name: "Count the mugs", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await heading(page, "Recurring tasks");
  }
  const now = await grace.get(`/task-templates/${kept.id}`);
  assert.deepEqual([now.title, now.description], ["Count the mugs", "And the saucers."]);
  await page.getByRole("link", { name: "Count the mugs" }).click();
  await page.getByLabel("Title").fill("Never mind");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("link", { name: "Count the mugs" }).click();
  assert.equal(await page.getByLabel("Title").inputValue(), "Count the mugs");
  assert.deepEqual(takeComplaints().filter((line) => !/412/.test(line)), []);
  await page.close();
  await grace.call("DELETE", `/task-templates/${kept.id}`);
});

test("those who only see a team's recurring tasks can't change them", async () => {
  const page = await pageOf("linus");
  await page.goto("/templates");
  await page.getByText("Look through last week's alarms").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Actions for/ }).count(), 0);
  assert.equal(await page.getByRole("link", { name: /^New template/ }).count(), 0);
  await page.goto("/templates/new");
  await page.getByText("Not yours to change").waitFor();
  await page.close();
});

test("recurring tasks are clean for axe, and fit a phone", async () => {
  for (const screen of ["desktop", "phone"]) {
    const page = await pageOf("ada", screen);
    await page.goto("/templates");
    await page.getByText("Look through last week's alarms").waitFor();
    await axe(page, `recurring tasks, ${screen}`);
    await noSidewaysScroll(page, "recurring tasks");
    await page.getByRole("link", { name: "Look through last week's alarms" }).click();
    await dates(page).getByRole("listitem").first().waitFor();
    await axe(page, `a recurring task, ${screen}`);
    await noSidewaysScroll(page, "a recurring task");
    await page.close();
  }
  assert.deepEqual(takeComplaints(), []);
});
