// The work that happens by itself, as who runs the installation sees and steers it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Api, axe, noSidewaysScroll, pageOf, sql, takeComplaints } from "./support.mjs";

const heading = (page, name) => page.getByRole("heading", { name, level: 1 }).waitFor();
const row = (page, words) => page.getByRole("table", { name: "Jobs" }).getByRole("row").filter({ hasText: words });
const dialog = (page) => page.getByRole("dialog");
const job = { failed: randomUUID(), later: randomUUID(), running: randomUUID(), first: randomUUID(), second: randomUUID() };

/** Jobs as a worker leaves them; those that run are a worker's that lives for an hour. */
before(() => {
  const add = (id, more) => sql(`insert into karara.jobs (id, kind, queue, priority, max_attempts, payload) values ('${id}', 'noop', 'default', 2, 3, '{}');
    update karara.jobs set ${more} where id = '${id}'`);
  const failed = (words) => `attempts = 3, claim = 3, parked_at = now(), started_at = now() - interval '2 s', worker = 'gone', last_error = '${words}'`;
  add(job.failed, failed("The mail server said no."));
  add(job.first, failed("The first of two."));
  add(job.second, failed("The second of two."));
  add(job.later, "run_at = now() + interval '20 days'");
  add(job.running, "attempts = 1, claim = 1, lease_until = now() + interval '1 h', started_at = now(), worker = 'far away', progress = 42, progress_words = 'Row 42 of 100'");
});

after(() => sql(`delete from karara.jobs where id in (${Object.values(job).map((id) => `'${id}'`)}); delete from karara.job_queues`));

const state = async (id) => (await (await Api.as("ada")).get(`/admin/jobs/${id}`)).state;

test("what failed for good is found, says why, and runs again", async () => {
  const page = await pageOf("ada");
  await page.goto("/admin");
  await page.getByText("3 jobs failed for good and wait for you to look at.").waitFor();
  await page.getByRole("link", { name: "See the jobs" }).click();
  await heading(page, "Jobs");
  await page.getByLabel("State", { exact: true }).selectOption({ label: "Failed" });
  await page.getByText("3 jobs", { exact: true }).first().waitFor();
  assert.match(page.url(), /state=parked/);
  await row(page, "The mail server said no.").getByRole("link").click();
  await heading(page, "Trial without effect");
  await page.getByLabel("Why the last attempt failed").getByText("The mail server said no.").waitFor();
  await page.getByText("3 of 3").waitFor();
  await page.getByText("Does nothing: for the bench, and to see whether jobs run.").waitFor();
  await page.getByRole("button", { name: "Run again" }).click();
  await page.getByText("1 job runs now.").first().waitFor();
  await page.getByRole("status").getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
  assert.equal(await state(job.failed), "done");
  assert.equal(await page.getByRole("button", { name: "Run again" }).count(), 0);
  await page.close();
});

test("several are chosen and run again at once", async () => {
  const page = await pageOf("ada");
  await page.goto("/admin/jobs?state=parked");
  await row(page, "The first of two.").getByRole("checkbox").check();
  await row(page, "The second of two.").getByRole("checkbox").check();
  await page.getByRole("toolbar", { name: "For the chosen jobs" }).getByRole("button", { name: "Run 2 now" }).click();
  await page.getByText("2 jobs run now.").first().waitFor();
  await row(page, "The second of two.").waitFor({ state: "detached" });
  assert.notEqual(await state(job.first), "parked");
  await page.close();
});

test("several are cancelled only when it is asked again", async () => {
  const page = await pageOf("ada");
  await page.goto("/admin/jobs?state=waiting");
  await page.getByRole("table", { name: "Jobs" }).getByRole("checkbox").nth(1).check();
  await page.getByRole("button", { name: "Cancel 1…" }).click();
  await dialog(page).getByText("It can’t be taken back.").waitFor();
  await dialog(page).getByRole("button", { name: "Cancel", exact: true }).click();
  assert.equal(await state(job.later), "waiting");
  await page.close();
});

test("a job for later is cancelled only when it is asked again, and one that runs is told to end", async () => {
  const page = await pageOf("ada");
  await page.goto("/admin/jobs");
  const running = row(page, "Row 42 of 100");
  assert.equal(await running.getByRole("progressbar").getAttribute("value"), "42");
  await page.goto(`/admin/jobs/${job.later}`);
  await page.getByRole("button", { name: "Cancel…" }).click();
  await dialog(page).getByRole("button", { name: "Cancel", exact: true }).click();
  assert.equal(await state(job.later), "waiting");
  await page.getByRole("button", { name: "Cancel…" }).click();
  await dialog(page).getByRole("button", { name: "Cancel the job" }).click();
  await page.getByRole("status").getByText("Cancelled", { exact: true }).waitFor();
  assert.equal(await state(job.later), "cancelled");
  await page.goto(`/admin/jobs/${job.running}`);
  await page.getByRole("button", { name: "Cancel…" }).click();
  await dialog(page).getByText("What runs is told to end").waitFor();
  await dialog(page).getByRole("button", { name: "Cancel the job" }).click();
  await page.getByText("It was told to end, and does when it next looks.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Cancel…" }).count(), 0);
  await page.close();
});

test("a queue is halted, says so, and goes on", async () => {
  const page = await pageOf("ada");
  await page.goto("/admin/jobs");
  const queue = page.getByRole("table", { name: "Queues" }).getByRole("row").filter({ hasText: "default" });
  await queue.getByRole("button", { name: "Halt… default" }).click();
  await dialog(page).getByText("Nothing is lost: it waits.").waitFor();
  await dialog(page).getByRole("button", { name: "Halt it" }).click();
  await queue.getByText("Halted").waitFor();
  await page.getByText("A queue is halted").waitFor();
  await queue.getByRole("button", { name: "Let it go on default" }).click();
  await queue.getByText("Open", { exact: true }).waitFor();
  const { queues } = await (await Api.as("ada")).get("/admin/jobs/stats");
  assert.equal(queues.find((one) => one.name === "default").paused, false);
  await page.close();
});

test("the jobs' pages are clean for axe in both themes, and fit a phone", async () => {
  for (const screen of ["desktop", "phone"]) {
    const page = await pageOf("ada", screen);
    for (const theme of ["light", "dark"]) {
      await page.goto("/admin/jobs");
      await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
      await row(page, "Row 42 of 100").waitFor();
      await page.getByRole("button", { name: "Show the kinds of jobs" }).click();
      await axe(page, `jobs, ${screen}, ${theme}`);
      await noSidewaysScroll(page, "jobs");
      await row(page, "Row 42 of 100").getByRole("link").click();
      await page.getByRole("heading", { name: "What it was given" }).waitFor();
      await axe(page, `a job, ${screen}, ${theme}`);
      await noSidewaysScroll(page, "a job");
    }
    await page.close();
  }
  assert.deepEqual(takeComplaints(), []);
});
