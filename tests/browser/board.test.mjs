import assert from "node:assert/strict";
import { test } from "node:test";
import { announced, Api, axe, card, centre, column, drag, makeBoard, newContext, open, pageOf, settled, sharedTeam, shows, signIn, takeComplaints } from "./support.mjs";

test("a card dragged by pointer is where it was left, after a reload too", async () => {
  const board = await makeBoard({ "To do": ["one", "two", "three"], "In progress": ["four"] });
  const page = await pageOf("ada");
  await open(page, board);
  await shows(page, "To do", ["one", "two", "three"]);
  await drag(page, card(page, "one"), card(page, "three"), 20);
  await shows(page, "To do", ["two", "three", "one"]);
  await drag(page, card(page, "two"), card(page, "four"), -20);
  await shows(page, "In progress", ["two", "four"]);
  await drag(page, card(page, "three"), column(page, "Done"), 0);
  await shows(page, "Done", ["three"]);
  assert.match(page.url(), /\/b\/[^/]+$/, "a drop does not open the card");
  await settled(page);
  await page.reload();
  await shows(page, "To do", ["one"]);
  await shows(page, "In progress", ["two", "four"]);
  await shows(page, "Done", ["three"]);
  const tasks = await board.api.get(`/boards/${board.board.id}/snapshot`).then((s) => s.tasks);
  assert.equal(tasks.find((task) => task.title === "two").status, "in_progress");
  await page.close();
});

test("Escape cancels a drag by pointer", async () => {
  const board = await makeBoard({ "To do": ["one", "two"] });
  const page = await pageOf("ada");
  await open(page, board);
  await shows(page, "To do", ["one", "two"]);
  const from = await centre(card(page, "one"));
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  const to = await centre(column(page, "Done"));
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await shows(page, "To do", ["one", "two"]);
  await shows(page, "Done", []);
  await page.close();
});

test("by keyboard Space lifts, arrows move, Space drops, and each step is announced", async () => {
  const board = await makeBoard({ "To do": ["one", "two", "three"], "In progress": ["four"] });
  const page = await pageOf("ada");
  await open(page, board);
  await shows(page, "To do", ["one", "two", "three"]);
  const { reference } = board.tasks["one"];
  await page.getByRole("link", { name: "one", exact: true }).focus();
  await page.keyboard.press("Space");
  assert.match(await announced(page), new RegExp(`Lifted: ${reference}, 1 of 3, To do`));
  await page.keyboard.press("ArrowDown");
  assert.equal(await announced(page), `${reference}, 2 of 3, To do`);
  await page.keyboard.press("ArrowRight");
  assert.equal(await announced(page), `${reference}, 2 of 2, In progress`);
  await page.keyboard.press("ArrowUp");
  assert.equal(await announced(page), `${reference}, 1 of 2, In progress`);
  await page.keyboard.press("Space");
  assert.equal(await announced(page), `Dropped: ${reference}, 1 of 2, In progress.`);
  await shows(page, "In progress", ["one", "four"]);
  await page.waitForFunction(() => document.activeElement?.textContent === "one");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Escape");
  assert.equal(await announced(page), `Cancelled: ${reference}, 1 of 2, In progress.`);
  await shows(page, "In progress", ["one", "four"]);
  await settled(page);
  await page.close();
});

test("quick add keeps the focus, and pasted lines become as many cards", async () => {
  const board = await makeBoard();
  const page = await pageOf("ada");
  await open(page, board);
  await page.keyboard.press("c");
  const input = page.getByRole("textbox", { name: "Title of the new card in To do" });
  await input.waitFor();
  await page.keyboard.type("first");
  await page.keyboard.press("Enter");
  await page.keyboard.type("second");
  await page.keyboard.press("Enter");
  await shows(page, "To do", ["first", "second"]);
  await input.evaluate((element) => {
    const data = new DataTransfer();
    data.setData("text/plain", "- third\n- fourth\n\n3. fifth\n");
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await shows(page, "To do", ["first", "second", "third", "fourth", "fifth"]);
  assert.equal(await input.evaluate((element) => element === document.activeElement), true);
  await settled(page);
  await page.reload();
  await shows(page, "To do", ["first", "second", "third", "fourth", "fifth"]);
  await page.close();
});

test("a full list refuses one card, says so, and nothing else is rolled back", async () => {
  const board = await makeBoard({ "To do": ["one", "two"], Done: ["three"] });
  await board.api.patch(`/lists/${board.list("Done").id}`, { wip_limit: 1 });
  const page = await pageOf("ada");
  await open(page, board);
  await shows(page, "To do", ["one", "two"]);
  await column(page, "Done").getByText("1 of 1 · full").waitFor();
  await drag(page, card(page, "two"), card(page, "one"), -25);
  await drag(page, card(page, "one"), card(page, "three"), 30);
  await page.getByText(/was not moved\. Done is full: its limit is 1 card\./).waitFor();
  await shows(page, "To do", ["two", "one"]);
  await shows(page, "Done", ["three"]);
  await settled(page);
  await page.reload();
  await shows(page, "To do", ["two", "one"]);
  await page.close();
});

test("filters live in the address, say how many are shown, and clear", async () => {
  const board = await makeBoard({ "To do": ["apple pie", "banana bread", "apple juice"] });
  await board.api.patch(`/tasks/${board.tasks["apple pie"].id}`, { priority: "urgent", tags: ["baking"] });
  const page = await pageOf("ada");
  await open(page, board);
  await page.getByRole("searchbox", { name: "Filter cards by text" }).fill("apple");
  await shows(page, "To do", ["apple pie", "apple juice"]);
  await page.getByText("2 of 3 shown").waitFor();
  assert.match(page.url(), /\?q=apple/);
  await page.getByRole("button", { name: /^Priority/ }).click();
  await page.getByRole("menuitemcheckbox", { name: "Urgent" }).click();
  await shows(page, "To do", ["apple pie"]);
  await page.reload();
  await shows(page, "To do", ["apple pie"]);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await shows(page, "To do", ["apple pie", "banana bread", "apple juice"]);
  assert.doesNotMatch(page.url(), /\?/);
  await page.close();
});

test("several cards are chosen and archived, with one undo", async () => {
  const board = await makeBoard({ "To do": ["one", "two", "three"] });
  const page = await pageOf("ada");
  await open(page, board);
  await shows(page, "To do", ["one", "two", "three"]);
  await page.getByRole("link", { name: "one", exact: true }).focus();
  await page.keyboard.press("x");
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => document.activeElement?.textContent === "two");
  await page.keyboard.press("x");
  const bar = page.getByRole("toolbar", { name: "Chosen cards" });
  await bar.getByText("2 chosen").waitFor();
  await bar.getByRole("button", { name: "Archive" }).click();
  await shows(page, "To do", ["three"]);
  await settled(page);
  await page.getByRole("button", { name: "Undo" }).click();
  await settled(page);
  await page.reload();
  await shows(page, "To do", ["one", "two", "three"]);
  await page.close();
});

test("a card and a list move without dragging, by Move to…", async () => {
  const board = await makeBoard({ "To do": ["one", "two"] });
  const page = await pageOf("ada");
  await open(page, board);
  await card(page, "two").hover();
  await page.getByRole("button", { name: `Actions for ${board.tasks["two"].reference}` }).click();
  await page.getByRole("menuitem", { name: "Move to…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("List").selectOption({ label: "Done" });
  await dialog.getByRole("button", { name: "Move", exact: true }).click();
  await shows(page, "Done", ["two"]);
  await page.getByRole("button", { name: "Actions for list Done" }).click();
  await page.getByRole("menuitem", { name: "Move to…" }).click();
  await dialog.getByLabel("Position").selectOption("0");
  await dialog.getByRole("button", { name: "Move", exact: true }).click();
  await settled(page);
  await page.reload();
  await column(page, "Done").waitFor();
  assert.deepEqual(await page.locator("section[data-list] h2").allTextContents(), ["Done", "To do", "In progress"]);
  await page.close();
});

test("lists are added, renamed, limited and deleted with their cards moved", async () => {
  const board = await makeBoard({ "To do": ["one"] });
  const page = await pageOf("ada");
  await open(page, board);
  await page.getByRole("button", { name: "Add list" }).click();
  await page.getByLabel("Name of the new list").fill("Later");
  await page.keyboard.press("Enter");
  await column(page, "Later").waitFor();
  await settled(page);
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await page.getByRole("button", { name: "Actions for list Later" }).click();
  await page.getByRole("menuitem", { name: "Rename…" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Someday");
  await page.keyboard.press("Enter");
  await column(page, "Someday").waitFor();
  await page.getByRole("button", { name: "Actions for list To do" }).click();
  await page.getByRole("menuitem", { name: "Delete list…" }).click();
  await page.getByLabel("Move its cards to").selectOption({ label: "Someday" });
  await page.getByRole("button", { name: "Delete list" }).click();
  await shows(page, "Someday", ["one"]);
  await settled(page);
  await page.reload();
  await shows(page, "Someday", ["one"]);
  assert.equal(await column(page, "To do").count(), 0);
  await page.close();
});

test("by touch a long press lifts; a short one scrolls; the edge turns to the next list", async () => {
  const board = await makeBoard({ "To do": ["one", "two"] });
  const page = await pageOf("ada", "phone");
  await open(page, board);
  await shows(page, "To do", ["one", "two"]);
  const cdp = await page.context().newCDPSession(page);
  const touch = (type, x, y) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
  const from = await centre(card(page, "one"));
  await touch("touchStart", from.x, from.y);
  await page.waitForTimeout(350);
  for (let i = 1; i <= 8; i++) await touch("touchMove", from.x + ((384 - from.x) * i) / 8, from.y + 4);
  await page.waitForFunction(() => document.querySelector("[data-paged]").scrollLeft > 300);
  await page.waitForTimeout(150);
  await touch("touchMove", 200, 320);
  await page.waitForTimeout(200);
  await touch("touchEnd");
  await shows(page, "In progress", ["one"]);
  await shows(page, "To do", ["two"]);
  await settled(page);
  await page.getByRole("navigation", { name: "Lists" }).getByRole("button", { name: /To do/ }).click();
  await page.waitForFunction(() => document.querySelector("[data-paged]").scrollLeft < 5);
  await page.close();
});

test("two people on one board see each other's changes, and the focused card keeps its place", async () => {
  const board = await makeBoard({ "To do": ["one", "two"] }, { team: await sharedTeam() });
  const linusApi = await Api.as("linus");
  const [ada, linus] = [await pageOf("ada"), await pageOf("linus")];
  await open(ada, board);
  await open(linus, board);
  await shows(linus, "To do", ["one", "two"]);
  await ada.getByRole("link", { name: "two", exact: true }).focus();
  await linusApi.post(`/boards/${board.board.id}/tasks`, { title: "by linus", list_id: board.list("Done").id });
  await drag(ada, card(ada, "one"), column(ada, "In progress"));
  await ada.getByRole("link", { name: "two", exact: true }).focus();
  await shows(linus, "In progress", ["one"]);
  await shows(ada, "Done", ["by linus"]);
  assert.equal(await ada.evaluate(() => document.activeElement?.textContent), "two");
  await ada.close();
  await linus.close();
});

test("work done offline is counted, kept over a reload of the data, and sent", async () => {
  const board = await makeBoard({ "To do": ["one", "two"] });
  const page = await pageOf("ada");
  await open(page, board);
  await shows(page, "To do", ["one", "two"]);
  await page.context().setOffline(true);
  await drag(page, card(page, "one"), column(page, "Done"));
  await shows(page, "Done", ["one"]);
  await page.getByText("No connection. 1 change waits to be sent.").waitFor();
  await page.context().setOffline(false);
  await settled(page);
  await page.getByText("No connection.").waitFor({ state: "detached" });
  await page.reload();
  await shows(page, "Done", ["one"]);
  await page.close();
});

test("offline a card's sheet leaves the board in place, and a page that isn't here yet comes with the connection", async () => {
  const board = await makeBoard({ "To do": ["one"] });
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "ada");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  const parts = Promise.all(["sheet", "task-activity"].map((part) => page.waitForResponse((answer) => answer.url().includes(`/${part}-`))));
  await open(page, board);
  for (const part of await parts) await part.finished();
  await context.setOffline(true);
  await card(page, "one").click();
  await page.getByRole("dialog").getByText("The task could not be loaded.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByText("It opens by itself once there is a connection.").waitFor();
  await context.setOffline(false);
  await page.getByRole("heading", { name: "Members", level: 1 }).waitFor();
  for (const complaint of takeComplaints()) assert.match(complaint, /dynamically imported module/);
  await context.close();
});

test("a board is made, renamed and deleted with its cards", async () => {
  const page = await pageOf("ada");
  await page.goto("/?new=board");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Passing fancy");
  await dialog.getByRole("button", { name: "Create board" }).click();
  await page.getByRole("heading", { name: "Passing fancy", level: 1 }).waitFor();
  await column(page, "To do").waitFor();
  await page.keyboard.press("c");
  await page.keyboard.type("only card");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await settled(page);
  await page.getByRole("button", { name: "Actions for this board" }).click();
  await page.getByRole("menuitem", { name: "Board settings…" }).click();
  await dialog.getByLabel("Name").fill("Gone soon");
  await dialog.getByLabel("Archive completed cards").selectOption({ label: "30 days after completion" });
  await axe(page, "board settings");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Gone soon", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Actions for this board" }).click();
  await page.getByRole("menuitem", { name: "Board settings…" }).click();
  assert.equal(await dialog.getByLabel("Archive completed cards").inputValue(), "30");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Actions for this board" }).click();
  await page.getByRole("menuitem", { name: "Delete board…" }).click();
  await dialog.getByText("1 open card", { exact: false }).waitFor();
  await dialog.getByRole("button", { name: "Delete board" }).click();
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.getByRole("main").getByText("Gone soon").waitFor({ state: "detached" });
  await page.close();
});

test("a reload without a network shows the cached board with what waits, and sends it later", async () => {
  const board = await makeBoard({ "To do": ["one", "two"] });
  const page = await pageOf("ada");
  await open(page, board);
  await shows(page, "To do", ["one", "two"]);
  await page.waitForTimeout(1500);
  await page.route("**/api/**", (route) => route.abort());
  await drag(page, card(page, "one"), column(page, "Done"));
  await page.reload();
  await shows(page, "Done", ["one"]);
  await page.unroute("**/api/**");
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith("karara.outbox.")), null, { timeout: 20_000 });
  assert.equal((await board.api.get(`/tasks/${board.tasks["one"].id}`)).list_id, board.list("Done").id);
  await page.close();
});

test("the consoles stay silent", () => {
  assert.deepEqual(takeComplaints(), []);
});
