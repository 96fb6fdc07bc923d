// The brand and its people: settings, members, permissions, looking with somebody's eyes. Each test that changes what others need has a
// brand of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { Api, axe, base, linkOf, mailTo, newContext, newPerson, noSidewaysScroll, pageOf, signIn, sql, takeComplaints } from "./support.mjs";

let serial = 0;
const stamp = Date.now().toString(36).slice(-6);

/** A brand that `owner` has made, with some of the demo's people in it. Its members are asked for by the brand's own address. */
async function foundBrand(owner, members = {}) {
  const api = await Api.as(owner);
  const brand = await api.post("/brands", { name: `Brand ${stamp} ${++serial}` });
  const people = {};
  for (const [word, role] of Object.entries(members)) {
    people[word] = await api.post(`/brands/${brand.id}/users`, { email: `${word}@demo.example`, role });
  }
  return { api, brand, people, path: `/brands/${brand.id}` };
}

/** A page of this person's in that brand: what the switcher remembers for the tab. */
async function pageIn(user, brand, screen) {
  const page = await pageOf(user, screen);
  await page.addInitScript((id) => {
    if (!sessionStorage.getItem("karara.brand")) sessionStorage.setItem("karara.brand", id);
  }, brand.id);
  return page;
}

const region = (page, name) => page.getByRole("region", { name, exact: true });
/** How many there are, as the page says it; the live region says it, too. */
const counted = (page, words) => page.getByRole("main").getByText(words, { exact: true }).waitFor();
const saved = (page) => page.getByText("Saved.", { exact: true }).last().waitFor();

// ---- settings

test("settings are saved section by section, and what is typed elsewhere stays", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  await page.goto("/brand/general");
  const general = region(page, "Name and description");
  await general.getByLabel("Description").fill("We bind books.");
  await page.getByRole("navigation", { name: "Brand settings" }).getByRole("link", { name: "Region and time" }).click();
  const hours = region(page, "Working hours");
  await hours.getByRole("checkbox", { name: "Monday" }).check();
  await hours.getByLabel("Monday from").fill("09:00");
  await hours.getByLabel("Monday until").fill("08:00");
  await hours.getByRole("button", { name: "Save" }).click();
  await hours.getByText("must end after its start").waitFor();
  assert.equal(await hours.getByLabel("Monday until").getAttribute("aria-invalid"), "true");
  await hours.getByLabel("Monday until").fill("17:30");
  await hours.getByRole("button", { name: "Monday to Friday like Monday" }).click();
  await hours.getByRole("button", { name: "Save" }).click();
  await saved(page);
  await page.getByRole("navigation", { name: "Brand settings" }).getByRole("link", { name: "General" }).click();
  assert.equal(await general.getByLabel("Description").inputValue(), "We bind books.");
  await general.getByText("Not saved yet").waitFor();
  await general.getByRole("button", { name: "Save" }).click();
  await general.getByText("Not saved yet").waitFor({ state: "detached" });
  const now = await api.get(path);
  assert.equal(now.description, "We bind books.");
  assert.deepEqual(now.settings.working_hours.friday, { from: "09:00", to: "17:30" });
  assert.equal(now.settings.working_hours.sunday, undefined);
  await page.close();
});

test("holidays, custom fields, security and compliance reach the server as they were filled in", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  await page.goto("/brand/region");
  const holidays = region(page, "Holidays");
  await holidays.getByRole("button", { name: "Add a holiday" }).click();
  await holidays.getByLabel("Date of holiday 1").fill("2027-05-01");
  await holidays.getByLabel("Name of holiday 1").fill("Labour Day");
  await holidays.getByRole("button", { name: "Save" }).click();
  await saved(page);
  await page.goto("/brand/fields");
  const fields = region(page, "Custom fields");
  await fields.getByRole("button", { name: "Add a field" }).click();
  await fields.getByLabel("Label").fill("Größe in cm");
  await fields.getByLabel("Kind").selectOption("number");
  await fields.getByRole("button", { name: "Add a field" }).click();
  await fields.getByLabel("Label").nth(1).fill("Paper");
  await fields.getByLabel("Kind").nth(1).selectOption("choice");
  await fields.getByLabel("Choices, one per line").fill("Laid\nWove\n");
  await fields.getByRole("button", { name: "Move Paper up" }).click();
  await fields.getByRole("button", { name: "Save" }).click();
  await saved(page);
  await page.goto("/brand/security");
  await page.getByRole("checkbox", { name: /Programs must say which version/ }).check();
  await region(page, "Security").getByRole("button", { name: "Save" }).click();
  await saved(page);
  await page.goto("/brand/compliance");
  await page.getByLabel("Data is kept for so many days").fill("730");
  await page.getByText("That is about 2 years.").waitFor();
  await page.getByRole("checkbox", { name: /Falls under the GDPR/ }).check();
  await region(page, "Compliance").getByRole("button", { name: "Save" }).click();
  await saved(page);
  const now = await api.get(path);
  assert.deepEqual(now.settings.holidays, [{ date: "2027-05-01", name: "Labour Day" }]);
  assert.deepEqual(now.settings.custom_fields.map((f) => [f.key, f.type]), [["paper", "choice"], ["gro_e_in_cm", "number"]]);
  assert.deepEqual(now.settings.custom_fields[0].options, ["Laid", "Wove"]);
  assert.equal(now.settings.require_if_match, true);
  assert.equal(now.compliance.data_retention_days, 730);
  assert.equal(now.compliance.gdpr_compliant, true);
  await page.close();
});

test("a name that is taken is said at its field, and a change of somebody else's is told before it is overwritten", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  await page.goto("/brand/general");
  const general = region(page, "Name and description");
  await general.getByRole("textbox", { name: "Name", exact: true }).fill("Karara Demo");
  await general.getByRole("button", { name: "Save" }).click();
  await general.getByText("There is a brand of this name already.").first().waitFor();
  await api.patch(path, { description: "Written elsewhere" });
  await general.getByRole("textbox", { name: "Name", exact: true }).fill(`${brand.name} new`);
  await general.getByRole("button", { name: "Save" }).click();
  await general.getByText("Somebody else changed the brand meanwhile.", { exact: false }).waitFor();
  assert.equal(await general.getByRole("textbox", { name: "Name", exact: true }).inputValue(), `${brand.name} new`);
  await general.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: `Brand: ${brand.name} new. Switch or set up` }).waitFor();
  assert.equal((await api.get(path)).name, `${brand.name} new`);
  await page.close();
});

test("whatever colour is chosen, both themes say what becomes of it, and it goes back unless it is saved", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  await page.goto("/brand/looks");
  const looks = region(page, "Colour");
  await looks.getByLabel("As a number").fill("#ffff00");
  await looks.getByText("a darker or lighter shade of it is taken", { exact: false }).waitFor();
  const ratios = (await looks.getByText(/contrast [\d.]+ to 1/).allTextContents()).map((text) => Number(/([\d.]+) to 1/.exec(text)[1]));
  assert.equal(ratios.length, 2);
  for (const ratio of ratios) assert.ok(ratio >= 4.5, `${ratio}`);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.accent), "brand");
  await looks.getByRole("button", { name: "Discard" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.accent === undefined);
  await looks.getByRole("button", { name: "Violet" }).click();
  await looks.getByRole("button", { name: "Save" }).click();
  await saved(page);
  assert.equal((await api.get(path)).settings.colours.accent, "#6b3fa0");
  await page.close();
});

test("on a phone the sections come first, and who may not see one doesn't", async () => {
  const page = await pageOf("ada", "phone");
  await page.goto("/brand");
  const sections = page.getByRole("navigation", { name: "Brand settings" });
  await sections.getByRole("link", { name: /Plan/ }).click();
  await page.getByRole("heading", { name: "Plan", level: 1 }).waitFor();
  await page.getByText("Premium", { exact: true }).waitFor();
  await page.getByText(/\d+ of 100 used/).waitFor();
  await page.getByRole("link", { name: "Back to Brand settings" }).click();
  await sections.getByRole("link", { name: /Delete the brand/ }).waitFor();
  await page.close();
  const other = await pageOf("linus");
  await other.goto("/brand/plan");
  await other.getByText("This page is not here").waitFor();
  await other.close();
});

test("a deleted brand is closed at once and comes back whole, for somebody who has no other brand, too", async () => {
  const context = await newContext();
  const page = await context.newPage();
  const rosa = await newPerson("rosa");
  await signIn(page, rosa.email);
  await page.getByLabel("Brand").fill(`Rosa ${stamp}`);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Name your first board" }).waitFor();
  await page.goto("/brand/delete");
  await page.getByRole("button", { name: `Delete Rosa ${stamp}…` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("One person loses access at once", { exact: false }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Delete this brand" }).isDisabled(), true);
  await dialog.getByLabel(/Write the brand's name/).fill(`Rosa ${stamp}`);
  await dialog.getByRole("button", { name: "Delete this brand" }).click();
  await page.getByRole("heading", { name: "Brands to be deleted" }).waitFor();
  await page.getByText(/Goes for good on .*days are left/).waitFor();
  await page.goto("/");
  await page.getByRole("heading", { name: "Name your brand" }).waitFor();
  await page.getByRole("link", { name: /to be deleted/ }).click();
  await page.getByRole("button", { name: `Restore Rosa ${stamp}` }).click();
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.getByRole("button", { name: `Brand: Rosa ${stamp}. Switch or set up` }).waitFor();
  await context.close();
});

test("a brand is put below one with an enterprise plan, which sees its name and size", async () => {
  const { brand: parent } = await foundBrand("viktor");
  const { brand: plain } = await foundBrand("viktor");
  const { brand: child, api, path } = await foundBrand("viktor", { linus: "member" });
  await (await Api.as("ada")).patch(`/admin/brands/${parent.id}`, { subscription: { plan: "enterprise" } });
  const page = await pageIn("viktor", child);
  const card = region(page, "Brand above");
  const choose = async (brand, effect) => {
    await card.getByLabel("Below which brand").selectOption(brand?.id ?? "");
    await card.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").getByText(effect, { exact: false }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Change it" }).click();
  };
  await page.goto("/brand/family");
  await choose(plain, `Those who may see figures in ${plain.name}`);
  await card.getByText("Only a brand with an enterprise plan has others below it.").waitFor();
  assert.equal(await card.getByLabel("Below which brand").getAttribute("aria-invalid"), "true");
  await choose(parent, `Those who may see figures in ${parent.name}`);
  await saved(page);
  assert.equal((await api.get(path)).parent_brand_id, parent.id);
  await page.close();
  const above = await pageIn("viktor", parent);
  await above.goto("/");
  await above.evaluate((id) => sessionStorage.setItem("karara.brand", id), parent.id);
  await above.goto("/brand/family");
  await region(above, "Brands below").getByText(child.name).first().waitFor();
  await region(above, "Brands below").getByText("2 people").waitFor();
  await region(above, "Brands below").getByRole("button", { name: `Go there ${child.name}` }).click();
  await above.getByRole("button", { name: `Brand: ${child.name}. Switch or set up` }).waitFor();
  await above.close();
});

test("a suspended brand says on every page that it can only be read", async () => {
  const { brand } = await foundBrand("viktor");
  const admin = await Api.as("ada");
  await admin.patch(`/admin/brands/${brand.id}`, { status: "suspended" });
  const page = await pageIn("viktor", brand);
  for (const path of ["/", "/members", "/brand/general"]) {
    await page.goto(path);
    await page.getByText(`${brand.name} is suspended: everything can be read`, { exact: false }).waitFor();
  }
  assert.equal(await page.getByRole("button", { name: "Save" }).count(), 0);
  assert.equal(await page.getByRole("textbox", { name: "Description" }).isDisabled(), true);
  await page.close();
});

// ---- white label

/** A PNG of one colour. */
function png(width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(8 + body.length);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), 4 + body.length);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x60)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => line)));
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

async function giveLogo(page, buffer, name = "logo.png", mimeType = "image/png") {
  await page.goto("/brand/looks");
  await region(page, "Logo").getByLabel(/logo$/i).setInputFiles({ name, mimeType, buffer });
}

test("a logo is looked at before it is sent, shows in the app at once, and goes again", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  const logo = region(page, "Logo");
  await giveLogo(page, Buffer.from("<svg xmlns='x'/>"), "logo.svg", "image/svg+xml");
  await logo.getByText("SVG can hold programs", { exact: false }).waitFor();
  assert.equal(await logo.getByRole("button", { name: "Save the logo" }).isDisabled(), true);
  await giveLogo(page, png(8, 8));
  await logo.getByText("It is 8 by 8 pixels", { exact: false }).waitFor();
  await giveLogo(page, png(96, 48));
  await logo.getByRole("img", { name: `Logo of ${brand.name}` }).first().waitFor();
  await logo.getByRole("button", { name: "Save the logo" }).click();
  await page.getByText("The logo is saved.").waitFor();
  const { logo_url: url } = await api.get(path);
  assert.match(url, /^\/api\/v1\/logos\//);
  const shown = page.getByRole("button", { name: /^Brand: / }).locator(`img[src="${url}"]`);
  await shown.waitFor();
  await page.waitForFunction((src) => document.querySelector(`button img[src="${src}"]`)?.naturalWidth === 96, url);
  await page.reload();
  await shown.waitFor();
  await logo.getByRole("button", { name: "Take the logo away…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it away" }).click();
  await shown.waitFor({ state: "detached" });
  assert.equal((await api.get(path)).logo_url, null);
  await page.close();
});

test("on a brand's own host name the pages before sign-in are the brand's, from the first frame", async () => {
  const { brand, path, api } = await foundBrand("viktor");
  const host = `b${stamp}.localhost`;
  const admin = await Api.as("ada");
  await admin.patch(`/admin/brands/${brand.id}`, { domains: [host] });
  await api.patch(path, { settings: { colours: { accent: "#ffee00" } } });
  const own = new URL(base);
  own.hostname = host;
  const context = await newContext({ baseURL: own.origin });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.seen = [];
    new MutationObserver(() => {
      if (/Karara/.test(document.body?.innerText ?? "")) window.seen.push(document.body.innerText);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
  for (const address of ["/sign-in", "/forgot-password", "/sign-in"]) {
    await page.goto(address);
    await page.getByText(brand.name, { exact: true }).waitFor();
    assert.deepEqual(await page.evaluate(() => window.seen), []);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.accent), "brand");
    assert.match(await page.title(), new RegExp(`· ${brand.name}$`));
  }
  const contrast = await page.getByRole("button", { name: "Sign in" }).evaluate((button) => {
    const light = (text) => {
      const [r, g, b] = text.match(/[\d.]+/g).slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const { color, backgroundColor } = getComputedStyle(button);
    const [a, b] = [light(color), light(backgroundColor)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
  assert.ok(contrast >= 4.5, `${contrast}`);
  await signIn(page, "viktor");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await page.getByRole("button", { name: `Brand: ${brand.name}` }).waitFor();
  await context.close();
  // Who doesn't belong to it is let in all the same, to a brand of their own.
  const foreign = await newContext({ baseURL: own.origin });
  const guest = await foreign.newPage();
  await signIn(guest, "linus");
  await guest.getByRole("button", { name: "Brand: Karara Demo" }).waitFor();
  await foreign.close();
  const elsewhere = await newContext();
  const other = await elsewhere.newPage();
  await other.goto("/sign-in");
  await other.getByText("Karara", { exact: true }).waitFor();
  assert.equal(await other.evaluate(() => document.documentElement.dataset.accent), undefined);
  await elsewhere.close();
});

test("the switcher changes the brand with one request, and the colours with it", async () => {
  const { brand, api, path } = await foundBrand("viktor");
  await api.patch(path, { settings: { colours: { accent: "#6b3fa0" } } });
  const page = await pageOf("viktor");
  await page.goto("/");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  const posts = [];
  page.on("request", (r) => r.method() === "POST" && posts.push(new URL(r.url()).pathname));
  await page.getByRole("button", { name: /^Brand: / }).click();
  await page.getByRole("menuitem", { name: brand.name, exact: true }).click();
  await page.getByRole("button", { name: `Brand: ${brand.name}. Switch or set up` }).waitFor();
  await page.waitForFunction(() => document.documentElement.dataset.accent === "brand");
  assert.deepEqual(posts.filter((p) => !p.includes("/realtime")), [`/api/v1/brands/${brand.id}/switch`]);
  await page.getByRole("button", { name: /^Brand: / }).click();
  await page.getByRole("menuitem", { name: "Karara Demo" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.accent === undefined);
  await page.close();
});

// ---- members

test("members are searched and filtered by the server, and the address keeps the filter", async () => {
  const page = await pageOf("ada");
  await page.goto("/members");
  await page.getByText("linus@demo.example").waitFor();
  await page.getByLabel("Name or e-mail").fill("petrov");
  await counted(page, "1 person");
  await page.getByText("elena@demo.example").waitFor();
  await page.waitForURL(/q=petrov/);
  await page.reload();
  await counted(page, "1 person");
  assert.equal(await page.getByLabel("Name or e-mail").inputValue(), "petrov");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByLabel("Role", { exact: true }).selectOption("guest");
  await counted(page, "1 person");
  await page.getByText("guest@demo.example").waitFor();
  assert.equal(await page.locator("[data-member]").count(), 1);
  await page.close();
});

test("on a phone the filters take one row, say how many are in use, and give the focus back", async () => {
  const page = await pageOf("ada", "phone");
  await page.goto("/members");
  await page.getByText("linus@demo.example").waitFor();
  const search = page.getByRole("searchbox", { name: "Name or e-mail" });
  const button = page.getByRole("button", { name: /^Filters/ });
  const [one, other] = [await search.locator("..").boundingBox(), await button.boundingBox()];
  assert.equal(one.y, other.y, "side by side");
  assert.ok(one.x + one.width <= other.x);
  assert.equal(await page.getByLabel("Role", { exact: true }).count(), 0);
  await button.click();
  const dialog = page.getByRole("dialog", { name: "Filters" });
  await dialog.getByLabel("Role").selectOption("guest");
  await axe(page, "filters on a phone");
  await dialog.getByRole("button", { name: "Show 1 person" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("guest@demo.example").waitFor();
  assert.equal(await page.locator("[data-member]").count(), 1);
  assert.equal(await button.textContent(), "Filters (1)");
  assert.equal(await button.evaluate((node) => node === document.activeElement), true);
  // One of them is looked at, and the way back finds the same list.
  await page.locator("[data-member]").getByRole("link").click();
  await page.getByRole("link", { name: "Back to Members" }).click();
  await page.waitForURL(/\/members\?role=guest$/);
  await button.click();
  await dialog.getByRole("button", { name: "Clear filters" }).click();
  await page.keyboard.press("Escape");
  await page.getByText("linus@demo.example").waitFor();
  assert.equal(await button.textContent(), "Filters");
  await page.close();
});

test("who closes a dialog is where they were: at the button, or at that of the menu it was opened from", async () => {
  const page = await pageOf("ada");
  const dialog = page.getByRole("dialog");
  const here = (locator) => locator.evaluate((node) => new Promise((done) => setTimeout(() => done(node === document.activeElement), 50)));
  await page.goto("/members");
  const invite = page.getByRole("button", { name: "Invite people" });
  await invite.focus();
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await here(invite), true);
  const actions = page.getByRole("button", { name: "Actions for Linus Berger" });
  await actions.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Remove…" }).press("Enter");
  await dialog.getByText("Access to all boards ends at once", { exact: false }).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).press("Enter");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await here(actions), true);
  await page.close();
});

test("who lacks a second factor is found, and counted before everybody has to have one", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  for (const name of ["yuki", "omar"]) await api.post(`${path}/users`, { user_id: (await Api.as(name)).user.id, role: "member" });
  const page = await pageIn("viktor", brand);
  await page.goto("/members");
  await page.getByText("yuki@demo.example").waitFor();
  assert.equal(await page.getByText("no second factor").count(), 0, "where nobody asks for it, it is no news");
  await page.getByLabel("Second factor").selectOption("true");
  await page.getByText("Nothing fits these filters").waitFor();
  await page.goto("/brand/security");
  await page.getByRole("checkbox", { name: /Everybody signs in with two factors/ }).check();
  await page.getByRole("link", { name: "3 people lack a second factor." }).click();
  await page.waitForURL(/two_factor=false/);
  await counted(page, "3 people");
  assert.equal(await page.locator("[data-member]").getByText("no second factor").count(), 3);
  await axe(page, "members without a second factor");
  await page.close();
});

test("somebody is added with team, role and end, changed, and removed with words about the effect", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  await page.goto("/members");
  await page.getByRole("button", { name: "Add a member" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill("nobody-at-all@demo.example");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("nobody-at-all@demo.example was invited", { exact: false }).waitFor();
  await page.getByText("1 open invitation").first().waitFor();
  await page.getByRole("button", { name: "Add a member" }).click();
  await dialog.getByLabel("E-mail").fill("yuki@demo.example");
  await dialog.getByLabel("Role").selectOption("guest");
  await dialog.getByRole("checkbox").first().check();
  await dialog.getByLabel("Access ends").fill("2031-03-04T18:00");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("yuki@demo.example was added.").waitFor();
  await page.getByText(/until 4 Mar 2031/).waitFor();
  const [yuki] = await api.get(`${path}/users?q=yuki`);
  assert.equal(yuki.role, "guest");
  await page.getByLabel("Role of Yuki Tanaka").selectOption("member");
  await page.getByRole("dialog").getByText("Member: Works on the boards of their teams. It holds from the next request on.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Make Member" }).click();
  await page.getByText("Yuki Tanaka is now Member.").waitFor();
  await page.getByRole("button", { name: "Actions for Yuki Tanaka" }).click();
  await page.getByRole("menuitem", { name: "Suspend" }).click();
  await page.locator("[data-member]").getByText("Suspended", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator("[data-member]").getByText("Suspended", { exact: true }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Actions for Yuki Tanaka" }).click();
  await page.getByRole("menuitem", { name: "Suspend" }).click();
  await page.locator("[data-member]").getByText("Suspended", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Actions for Yuki Tanaka" }).click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await page.getByRole("dialog").getByText("leaves all teams and divisions", { exact: false }).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("Yuki Tanaka was removed.").waitFor();
  assert.equal((await api.get(`${path}/users?q=yuki`)).length, 0);
  await page.close();
});

test("a large brand comes page by page, and search looks at all of it", async () => {
  const { brand } = await foundBrand("viktor");
  const admin = await Api.as("ada");
  const emails = Array.from({ length: 55 }, (_, i) => `crowd-${stamp}-${String(i).padStart(2, "0")}@example.net`);
  for (const [i, email] of emails.entries()) await admin.post("/admin/users", { email, first_name: "Crowd", last_name: `Number ${String(i).padStart(2, "0")}` });
  // Whom one doesn't know is invited, not added; fifty-five mails wouldn't make the list another.
  sql(`insert into karara.brand_members (brand_id, user_id, role, joined_at) select '${brand.id}', id, 'guest', now() from karara.users where email like 'crowd-${stamp}-%'`);
  const page = await pageIn("viktor", brand);
  const asked = [];
  page.on("request", (r) => /\/users\?/.test(r.url()) && asked.push(r.url()));
  await page.goto("/members");
  await page.getByText("50 of 56 people").waitFor();
  assert.equal(await page.locator("[data-member]").count(), 50);
  await page.getByRole("button", { name: "Show more" }).first().click();
  await page.waitForFunction(() => document.querySelectorAll("[data-member]").length === 56);
  assert.ok(asked.some((url) => /[?&]cursor=/.test(url)), "by cursor");
  await page.goto("/members");
  await page.getByText("50 of 56 people").waitFor();
  await page.getByLabel("Name or e-mail").fill("number 54");
  await counted(page, "1 person");
  await page.getByText(emails[54]).waitFor();
  await page.close();
});

test("the last owner can't be demoted, and is told what to do", async () => {
  const { api, brand, path } = await foundBrand("viktor", { priya: "admin" });
  const page = await pageIn("viktor", brand);
  await page.goto("/members");
  await page.getByLabel("Role of Viktor Novak").selectOption("member");
  await page.getByRole("dialog").getByText("You give up your own role", { exact: false }).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Make Member" }).click();
  await page.getByText("This is the brand's last owner. Make somebody else an owner first", { exact: false }).waitFor();
  assert.equal(await page.getByLabel("Role of Viktor Novak").inputValue(), "owner");
  assert.equal((await api.get(`${path}/users?q=viktor`))[0].role, "owner");
  await page.close();
});

test("several are changed at once, all or nothing when it is asked for", async () => {
  const { api, brand, path } = await foundBrand("viktor", { linus: "member", yuki: "member", chloe: "owner" });
  // She is the only one whose membership counts as an owner's that stays.
  await (await Api.as("chloe")).patch(`${path}/users/${api.user.id}`, { expires_at: "2040-01-01T00:00:00Z" });
  const page = await pageIn("viktor", brand);
  await page.goto("/members");
  await page.getByLabel("Choose Linus Berger").check();
  assert.equal(await page.getByLabel("Choose Viktor Novak").isDisabled(), true);
  await page.getByLabel("Choose Chloé Martin").check();
  const bar = region(page, "For those who are chosen");
  await bar.getByText("2 chosen").waitFor();
  await bar.getByRole("button", { name: "Role…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Role").selectOption("guest");
  await dialog.getByText("2 people become Guest", { exact: false }).waitFor();
  await dialog.getByLabel(/All or nothing/).check();
  await dialog.getByRole("button", { name: "Change the role" }).click();
  await dialog.getByText("0 of 2 done, 2 were refused.").waitFor();
  await dialog.getByText("last owner", { exact: false }).waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();
  assert.equal((await api.get(`${path}/users?q=linus`))[0].role, "member");
  await page.getByRole("button", { name: /Choose all/ }).waitFor({ state: "detached" });
  for (const name of ["Linus Berger", "Yuki Tanaka"]) await page.getByLabel(`Choose ${name}`).check();
  await bar.getByRole("button", { name: "Remove…" }).click();
  await dialog.getByRole("button", { name: "Remove 2 people" }).click();
  await page.getByText("Done for 2 people.").waitFor();
  assert.equal((await api.get(`${path}/users`)).length, 2);
  await page.close();
});

test("a table of members shows what became of each row, and is mended without typing it anew", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  await page.goto("/members");
  await page.getByRole("button", { name: "From a table" }).click();
  const dialog = page.getByRole("dialog");
  const rows = dialog.getByLabel("Or paste its rows");
  await rows.fill("mail,role\na@example.org,member\n");
  await dialog.getByText("Not known: mail.", { exact: false }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: /^Send/ }).isDisabled(), true);
  await dialog.getByLabel("A file in CSV").setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("email,role\nlinus@demo.example,member\nnobody@nowhere.example,guest\ngrace@demo.example,emperor\n") });
  await dialog.getByRole("button", { name: "Send 3 rows" }).click();
  await dialog.getByText("0 of 3 done, 3 were refused.").waitFor();
  assert.equal((await api.get(`${path}/users`)).length, 1);
  await dialog.getByRole("button", { name: "Mend the table" }).click();
  assert.match(await rows.inputValue(), /linus@demo\.example/);
  await dialog.getByLabel(/All or nothing/).uncheck();
  await dialog.getByRole("button", { name: "Send 3 rows" }).click();
  await dialog.getByText("2 of 3 done, 1 was refused.").waitFor();
  await dialog.getByRole("row", { name: /nobody@nowhere\.example/ }).getByText("Invited").waitFor();
  assert.equal((await api.get(`${path}/users`)).length, 2);
  await page.close();
});

test("each permission says where it comes from, and an override is set and taken back", async () => {
  const { api, brand, path, people } = await foundBrand("viktor", { linus: "member" });
  await api.patch(`${path}/roles/member`, { permissions: { can_export_data: true } });
  const page = await pageIn("viktor", brand);
  await page.goto(`/members/${people.linus.id}`);
  const permissions = region(page, "Permissions");
  await permissions.getByText("from this brand's change of the role Member", { exact: false }).waitFor();
  const one = permissions.getByRole("radiogroup", { name: "Delete cards for this person" });
  await one.getByRole("radio", { name: "Allowed" }).check();
  await permissions.getByText("To be saved: Delete cards.").waitFor();
  await permissions.getByRole("button", { name: "Save" }).click();
  await permissions.getByText("set for this person", { exact: false }).waitFor();
  assert.deepEqual((await api.get(`${path}/users/${people.linus.id}`)).permissions, { can_delete_tasks: true });
  await one.getByRole("radio", { name: "As the role" }).check();
  await permissions.getByRole("button", { name: "Save" }).click();
  await permissions.getByText("set for this person", { exact: false }).waitFor({ state: "detached" });
  assert.deepEqual((await api.get(`${path}/users/${people.linus.id}`)).permissions, {});
  await page.close();
});

// ---- invitations

async function inviteByHand(page, addresses, { role = "member", message = "" } = {}) {
  await page.goto("/members");
  await page.getByRole("button", { name: "Invite people" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail addresses").fill(addresses.join("\n"));
  await dialog.getByLabel("Role").selectOption(role);
  if (message) await dialog.getByLabel(/A few words/).fill(message);
  await dialog.getByRole("button", { name: /^Invite \d/ }).click();
  return dialog;
}

test("pasted addresses are invited at once, and those that are refused say why and can be mended", async () => {
  const { api, brand, path } = await foundBrand("viktor", { linus: "member" });
  const page = await pageIn("viktor", brand);
  const one = `one-${stamp}@example.net`;
  const dialog = await inviteByHand(page, [`One <${one}>`, "linus@demo.example"]);
  await dialog.getByText("1 of 2 invited, 1 was refused.").waitFor();
  await dialog.getByText("This person belongs to the brand already.").waitFor();
  await dialog.getByRole("button", { name: "Try the refused ones again" }).click();
  assert.equal(await dialog.getByLabel("E-mail addresses").inputValue(), "linus@demo.example");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Invite people" }).click();
  assert.equal(await dialog.getByLabel("E-mail addresses").inputValue(), "linus@demo.example", "a slip loses nothing");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  const open = region(page, "Invitations");
  await open.getByRole("heading", { name: "1 open invitation" }).waitFor();
  await open.getByText(one).waitFor();
  await open.getByRole("button", { name: `Actions for the invitation of ${one}` }).click();
  await page.getByRole("menuitem", { name: "Take back…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await open.getByRole("heading", { name: "No open invitations" }).waitFor();
  assert.equal((await api.get(`${path}/invitations`))[0].status, "revoked");
  const context = await newContext();
  const visitor = await context.newPage();
  await visitor.goto(linkOf(await mailTo(one, "invitation")));
  await visitor.getByRole("heading", { name: "This invitation was taken back" }).waitFor();
  await context.close();
  await page.close();
});

test("somebody new comes from the mail into the brand by naming themselves", async () => {
  const { api, brand, path } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  const email = `new-${stamp}@example.net`;
  await inviteByHand(page, [email], { role: "guest", message: "We need your eyes." });
  await page.getByText("The invitation is on its way.").waitFor();
  const context = await newContext();
  const visitor = await context.newPage();
  await visitor.goto(linkOf(await mailTo(email, "invitation")));
  await visitor.getByRole("heading", { name: `Join ${brand.name}` }).waitFor();
  await visitor.getByText("We need your eyes.").waitFor();
  await visitor.getByText("Viktor Novak invites you", { exact: false }).waitFor();
  assert.equal(new URL(visitor.url()).hash, "", "the secret is out of the address");
  await visitor.getByLabel("First name").fill("Nele");
  await visitor.getByRole("textbox", { name: "Password" }).fill("password1");
  await visitor.getByRole("button", { name: /Make the account/ }).click();
  await visitor.locator("[aria-invalid=true]").first().waitFor();
  assert.equal(await visitor.getByLabel("First name").inputValue(), "Nele");
  await visitor.getByRole("textbox", { name: "Password" }).fill("a sentence that is long");
  await visitor.getByRole("button", { name: /Make the account/ }).click();
  await visitor.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await visitor.getByRole("button", { name: `Brand: ${brand.name}. Switch or set up` }).waitFor();
  assert.equal((await api.get(`${path}/users?q=${email}`))[0].role, "guest");
  await visitor.goto(linkOf(await mailTo(email, "invitation")));
  await visitor.getByRole("heading", { name: "This invitation was accepted already" }).waitFor();
  await context.close();
  await page.close();
});

test("an invitation is for its address: others sign out first, and whoever has an account signs in", async () => {
  const { brand } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand);
  const person = await newPerson("ivy");
  await inviteByHand(page, [person.email]);
  await page.getByText("The invitation is on its way.").waitFor();
  const link = linkOf(await mailTo(person.email, "invitation"));
  const context = await newContext();
  const visitor = await context.newPage();
  await signIn(visitor, "kwame");
  await visitor.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await visitor.goto(link);
  await visitor.getByText(`You are signed in as kwame@demo.example, and the invitation is for ${person.email}.`).waitFor();
  await visitor.getByRole("button", { name: /^Sign out and go on/ }).click();
  await visitor.getByRole("button", { name: "Sign in to join" }).click();
  await visitor.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await visitor.getByLabel("E-mail").inputValue(), person.email);
  assert.doesNotMatch(visitor.url(), /token/);
  await visitor.getByRole("textbox", { name: "Password" }).fill(person.password);
  await visitor.getByRole("button", { name: "Sign in" }).click();
  await visitor.getByRole("button", { name: `Join ${brand.name}` }).click();
  await visitor.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  await visitor.getByRole("button", { name: `Brand: ${brand.name}. Switch or set up` }).waitFor();
  await context.close();
  await page.close();
});

// ---- roles, delegations, divisions

test("a role is changed by keyboard alone, and the effect is counted before it is saved", async () => {
  const { api, brand, path } = await foundBrand("viktor", { linus: "member", yuki: "member" });
  const page = await pageIn("viktor", brand);
  await page.goto("/roles");
  const cell = (name) => page.getByRole("checkbox", { name });
  await cell(/^Owner can: Create cards/).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /^Member can: Create cards/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await cell("Member can: Edit all cards, by default they can't, not saved yet").waitFor();
  const bar = region(page, "Changes of roles");
  await bar.getByText("1 change is not saved yet.").waitFor();
  await bar.getByRole("button", { name: "Save…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("It touches 2 people, from their next request on.", { exact: false }).waitFor();
  await dialog.getByText("can from now on: Edit all cards").waitFor();
  await dialog.getByRole("button", { name: "Save the changes" }).click();
  await cell("Member can: Edit all cards, by default they can't").waitFor();
  const member = (await api.get(`${path}/roles`)).find((r) => r.role === "member").permissions.find((p) => p.key === "can_edit_tasks");
  assert.deepEqual([member.default, member.change, member.effective], [false, true, true]);
  await cell("Member can: Edit all cards, by default they can't").click();
  await bar.getByRole("button", { name: "Save…" }).click();
  await dialog.getByText("can no longer: Edit all cards (the default)").waitFor();
  await dialog.getByRole("button", { name: "Save the changes" }).click();
  await cell("Member can't: Edit all cards").waitFor();
  assert.equal((await api.get(`${path}/roles`)).find((r) => r.role === "member").permissions.find((p) => p.key === "can_edit_tasks").change, null);
  assert.equal(await cell(/^Owner can: Manage billing/).getAttribute("aria-disabled"), "true");
  await page.close();
});

test("on a phone the matrix shows one role at a time", async () => {
  const { brand } = await foundBrand("viktor");
  const page = await pageIn("viktor", brand, "phone");
  await page.goto("/roles");
  await page.getByLabel("Role", { exact: true }).selectOption("guest");
  const box = page.getByRole("checkbox", { name: /^Chat/ });
  assert.equal(await box.isChecked(), false);
  await box.check();
  await page.getByText("by default they can't, not saved yet").waitFor();
  await region(page, "Changes of roles").getByRole("button", { name: "Discard" }).click();
  assert.equal(await box.isChecked(), false);
  await page.close();
});

test("a permission is lent, shown with its source, and revoked", async () => {
  const { api, brand, path, people } = await foundBrand("viktor", { linus: "member", yuki: "member" });
  const page = await pageIn("viktor", brand);
  await page.goto("/delegations");
  await page.getByText("You lend nothing, and nobody lends you anything").waitFor();
  await page.getByRole("button", { name: "Lend permissions" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "To whom" }).fill("berg");
  await dialog.getByRole("option", { name: /Linus Berger/ }).waitFor();
  await page.keyboard.press("Enter");
  await dialog.getByRole("group", { name: "To whom" }).getByText("Linus Berger").waitFor();
  await dialog.getByRole("checkbox", { name: "Export data" }).check();
  await dialog.getByLabel("Until").fill("2020-01-01T00:00");
  await dialog.getByLabel("Until").evaluate((input) => input.removeAttribute("min"));
  await dialog.getByRole("button", { name: "Lend", exact: true }).click();
  await dialog.getByText("must be in the future").waitFor();
  await dialog.getByLabel("Until").fill("2031-01-01T00:00");
  await dialog.getByRole("button", { name: "Lend", exact: true }).click();
  await page.locator("[data-delegation]").getByText("Export data").waitFor();
  await page.goto(`/members/${people.linus.id}`);
  await region(page, "Permissions").getByText("lent by Viktor Novak", { exact: false }).waitFor();
  const effective = async () => (await api.get(`${path}/users/${people.linus.id}/permissions`)).permissions.find((p) => p.key === "can_export_data").effective;
  assert.equal(await effective(), true);
  await page.goto("/delegations");
  await page.getByRole("button", { name: "Revoke Linus Berger" }).click();
  await page.getByRole("dialog").getByText("1 permission that Viktor Novak lent ends at once.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("You lend nothing, and nobody lends you anything").waitFor();
  assert.equal(await effective(), false);
  await page.close();
});

test("divisions are a tree for the keyboard, pass their teams down, and name what their end takes away", async () => {
  const { api, brand } = await foundBrand("viktor", { linus: "member" });
  const page = await pageIn("viktor", brand);
  const dialog = page.getByRole("dialog");
  await page.goto("/divisions");
  await page.getByRole("button", { name: "New division" }).click();
  await dialog.getByLabel("Name").fill("Works");
  await dialog.getByRole("button", { name: "Create division" }).click();
  await region(page, "Works").getByRole("button", { name: "Division below it…" }).click();
  await dialog.getByLabel("Name").fill("Bindery");
  await dialog.getByRole("button", { name: "Create division" }).click();
  await region(page, "Bindery").waitFor();
  await region(page, "People").getByRole("button", { name: "Add somebody" }).click();
  await page.getByRole("combobox", { name: "Person" }).fill("linus");
  await page.getByRole("option", { name: /Linus Berger/ }).click();
  await region(page, "People").getByRole("button", { name: "Add", exact: true }).click();
  await region(page, "People").getByText("Linus Berger").first().waitFor();
  await region(page, "People").getByRole("button", { name: "Take Linus Berger out of the division" }).click();
  await page.getByText("Linus Berger is out of Bindery.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await region(page, "People").getByRole("button", { name: "Take Linus Berger out of the division" }).waitFor();
  // By keyboard: from the one below to the one above, which opens.
  await page.getByRole("treeitem", { name: /Bindery/ }).focus();
  await page.keyboard.press("ArrowLeft");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Works/);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.getByRole("treeitem", { name: /Works/ }).getAttribute("aria-expanded"), "false");
  assert.equal(await page.getByRole("treeitem", { name: /Bindery/ }).count(), 0);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await region(page, "Works").waitFor();
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Works/);
  await region(page, "Teams it sees").getByRole("button", { name: "Give" }).click();
  await region(page, "Teams it sees").getByRole("button", { name: /Take .* from the division/ }).waitFor();
  await page.getByRole("treeitem", { name: /Bindery/ }).click();
  await region(page, "Teams it sees").getByText("from Works").waitFor();
  await page.getByRole("treeitem", { name: /Works/ }).focus();
  await page.keyboard.press("Enter");
  await region(page, "Works").getByRole("button", { name: "Delete…" }).click();
  await dialog.getByText("1 team was given to it", { exact: false }).waitFor();
  await dialog.getByText("The division below it moves one level up.", { exact: false }).waitFor();
  await dialog.getByRole("button", { name: "Delete division" }).click();
  await page.getByRole("treeitem", { name: /Works/ }).waitFor({ state: "detached" });
  api.brand = brand.id;
  const left = await api.get("/divisions");
  api.brand = (await api.get("/users/me/brands")).find((b) => b.slug === "demo").id;
  assert.deepEqual(left.map((d) => [d.name, d.parent_division_id, d.member_count]), [["Bindery", null, 1]]);
  await page.close();
});

// ---- looking with somebody's eyes

test("who looks as somebody else sees that on every page, changes nothing, and comes back as themselves", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, "hanna");
  await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
  const other = await context.newPage();
  await other.goto("/settings");
  await other.getByRole("button", { name: /^Hanna Virtanen/ }).waitFor();
  const linus = (await Api.as("linus")).user;
  await page.goto(`/members/${linus.id}`);
  await page.getByRole("button", { name: "View as this user" }).click();
  const bar = page.getByRole("region", { name: "You are looking as somebody else" });
  await bar.getByText("You are looking as Linus Berger (Member).").waitFor();
  for (const path of ["/", "/teams", "/settings", "/start"]) {
    await page.goto(path);
    await bar.waitFor();
  }
  await page.goto("/members");
  await page.getByRole("button", { name: "Linus Berger: settings and sign-out" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Add a member" }).count(), 0);
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: /Web shop/ }).click();
  const column = page.getByRole("region", { name: "To do", exact: true });
  await column.waitFor();
  const before = await column.locator("[data-card]").count();
  await page.keyboard.press("c");
  await page.keyboard.type("Written with other eyes");
  await page.keyboard.press("Enter");
  await page.getByText("You are looking as Linus Berger: nothing can be changed.", { exact: false }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction((n) => document.querySelectorAll("[data-card]").length >= n, before);
  assert.equal(await column.getByText("Written with other eyes").count(), 0);
  // The viewer's other tab is untouched, and this one comes back to what it was.
  await other.reload();
  await other.getByRole("button", { name: "Hanna Virtanen: settings and sign-out" }).waitFor();
  assert.equal(await other.getByText("You are looking as").count(), 0);
  await bar.getByRole("button", { name: "Stop looking" }).click();
  await page.getByRole("button", { name: "Hanna Virtanen: settings and sign-out" }).waitFor();
  await page.waitForURL(new RegExp(`/members/${linus.id}`));
  assert.equal(await bar.count(), 0);
  // It isn't left to run out.
  const hanna = await Api.as("hanna");
  const ended = () => hanna.get(`/audit?action=member.view_ended&actor_id=${hanna.user.id}&resource_id=${linus.id}`);
  for (const end = Date.now() + 10_000; Date.now() < end && (await ended()).length === 0;) await new Promise((done) => setTimeout(done, 200));
  assert.equal((await ended()).length, 1);
  await context.close();
});

// ---- what opens over the pages, and the pages outside

for (const theme of ["light", "dark"]) {
  test(`axe finds nothing in what opens over the brand's pages (${theme})`, async () => {
    const context = await newContext({ colorScheme: theme });
    const page = await context.newPage();
    const dialog = page.getByRole("dialog");
    const look = (name) => axe(page, `${name}, ${theme}`);
    const shut = async () => {
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    };
    await signIn(page, "hanna");
    await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
    await page.goto("/members");
    await page.getByLabel("Choose Linus Berger").check();
    for (const [button, name] of [["Add a member", "adding"], ["Invite people", "inviting"], ["Role…", "roles of several"], ["Remove…", "removal of several"]]) {
      await page.getByRole("button", { name: button, exact: true }).click();
      await dialog.waitFor();
      await look(name);
      await shut();
    }
    await page.getByRole("button", { name: "From a table" }).click();
    await dialog.getByLabel("Or paste its rows").fill("email,role\nlinus@demo.example,member\n");
    await dialog.getByRole("button", { name: "Send 1 row" }).click();
    await dialog.getByText("0 of 1 done, 1 was refused.").waitFor();
    await look("what became of rows");
    await page.goto("/roles");
    await page.getByRole("checkbox", { name: /^Guest can't: Chat/ }).click();
    await look("roles with a change");
    await page.getByRole("button", { name: "Save…" }).click();
    await look("saving roles");
    await shut();
    await page.getByRole("button", { name: "Discard" }).click();
    await page.goto("/divisions");
    await page.getByRole("button", { name: "New division" }).click();
    await look("new division");
    await page.goto("/leaving-brands");
    await page.getByText("None of your brands is to be deleted.").waitFor();
    await look("brands to be deleted");
    await page.goto(`/members/${(await Api.as("linus")).user.id}`);
    await page.getByRole("button", { name: "View as this user" }).click();
    await region(page, "You are looking as somebody else").waitFor();
    await page.getByRole("heading", { name: "Boards", level: 1 }).waitFor();
    await look("looking as somebody else");
    await page.setViewportSize({ width: 320, height: 640 });
    await noSidewaysScroll(page, "looking as somebody else");
    await context.close();
  });

  test(`axe finds nothing on the page of an invitation (${theme})`, async () => {
    const { api, path } = await foundBrand("viktor");
    const email = `axe-${theme}-${stamp}@example.net`;
    await api.post(`${path}/users/invite`, { email, role: "member", message: "Please come." });
    const context = await newContext({ colorScheme: theme });
    const page = await context.newPage();
    await page.goto(linkOf(await mailTo(email, "invitation")));
    await page.getByRole("button", { name: /Make the account/ }).waitFor();
    await axe(page, `invitation, ${theme}`);
    await page.setViewportSize({ width: 320, height: 640 });
    await noSidewaysScroll(page, "invitation");
    await context.close();
  });
}

test("the consoles stay silent on the brand's pages", () => {
  assert.deepEqual(takeComplaints(), []);
});
