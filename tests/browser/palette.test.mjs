import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, axe, column, makeBoard, newContext, open, pageOf, sharedTeam, shows, signIn, takeComplaints } from "./support.mjs";

async function search(page, words) {
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search or do" });
  await palette.getByRole("combobox").fill(words);
  return palette;
}

const group = (palette, name) => palette.getByRole("group", { name, exact: true });

test("the palette finds cards of all boards, this board's first, by words in any order", async () => {
  const word = `quince${Date.now() % 100_000}`;
  const here = await makeBoard({ "To do": [`${word} jam`, "bread"] });
  const there = await makeBoard({ "To do": [`Boil down the ${word}`] });
  const page = await pageOf("ada");
  await open(page, here);
  const palette = await search(page, word);
  await group(palette, "Cards on this board").getByRole("option", { name: `${word} jam` }).waitFor();
  const other = group(palette, "Cards on other boards").getByRole("option", { name: `Boil down the ${word}` });
  await other.waitFor();
  assert.match(await other.textContent(), new RegExp(`^${there.tasks[`Boil down the ${word}`].reference}.*${there.board.name}$`));
  await axe(page, "the palette with cards");
  await palette.getByRole("combobox").fill(`${word} boil`);
  await group(palette, "Cards on this board").waitFor({ state: "detached" });
  await other.click();
  await page.getByRole("dialog").getByLabel("Title").waitFor();
  await page.keyboard.press("Escape");
  await column(page, "To do").waitFor();
  assert.match(page.url(), new RegExp(`${there.url}$`), "the sheet closes onto the card's own board");
  await page.close();
});

test("a reference typed leads to its card, from anywhere and by keyboard alone", async () => {
  const { tasks, url } = await makeBoard({ "To do": ["one", "two"] });
  const page = await pageOf("ada");
  await page.goto("/members");
  await page.getByRole("heading", { name: "Members", level: 1 }).waitFor();
  const palette = await search(page, tasks.two.reference.toLowerCase());
  await palette.getByRole("option", { name: "two" }).and(palette.locator("[aria-selected=true]")).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByLabel("Title").waitFor();
  assert.match(page.url(), new RegExp(`${url}/t/${tasks.two.reference}$`));
  await page.close();
});

test("a client finds the cards that they may see, and no others", async () => {
  const word = `medlar${Date.now() % 100_000}`;
  const board = await makeBoard({ "To do": [`${word} theirs`, `${word} secret`] }, { team: await sharedTeam() });
  const mary = await Api.as("mary");
  await board.api.post(`/tasks/${board.tasks[`${word} theirs`].id}/assign`, { assignee_ids: [mary.user.id] });
  const page = await pageOf("mary");
  await page.goto("/");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  const palette = await search(page, word);
  await group(palette, "Cards").getByRole("option", { name: `${word} theirs` }).waitFor();
  assert.equal(await palette.getByText(`${word} secret`).count(), 0);
  await page.close();
});

test("keys that are pressed before the palette is here go into it, and to nothing else", async () => {
  const board = await makeBoard({ "To do": ["one"] });
  const context = await newContext();
  const page = await context.newPage();
  let letIn;
  const wait = new Promise((done) => (letIn = done));
  await page.route("**/assets/palette-*", async (route) => {
    await wait;
    await route.continue();
  });
  await signIn(page, "ada");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await open(page, board);
  await page.getByRole("link", { name: "one", exact: true }).focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("mec");
  letIn();
  const input = page.getByRole("dialog", { name: "Search or do" }).getByRole("combobox");
  await input.waitFor();
  await page.keyboard.type(" x");
  assert.equal(await input.inputValue(), "mec x");
  await page.keyboard.press("Escape");
  await shows(page, "To do", ["one"]);
  assert.equal(await page.getByRole("textbox", { name: /^Title of the new card/ }).count(), 0);
  await context.close();
});

test("offline the palette finds what is here and says what comes later", async () => {
  const board = await makeBoard({ "To do": ["one"] });
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "ada");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await open(page, board);
  await (await search(page, "x")).waitFor();
  await context.setOffline(true);
  const palette = page.getByRole("dialog", { name: "Search or do" });
  await palette.getByRole("combobox").fill("one");
  await group(palette, "Cards on this board").getByRole("option", { name: "one" }).waitFor();
  await palette.getByText("Cards of other boards are found once there is a connection.").waitFor();
  await context.close();
  assert.deepEqual(takeComplaints(), []);
});
