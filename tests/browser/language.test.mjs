import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Api, axe, bring, looksRight, newContext, newPerson, noSidewaysScroll, PHONE, signIn, takeComplaints } from "./support.mjs";

const german = JSON.parse(await readFile(new URL("../../nginx/www/src/locales/de.json", import.meta.url), "utf8"));
const words = new Set(Object.values(german));
/** What is said in English alone. Names of lists are people's own, and may be the same. */
const OWN = new Set(["To do", "In progress", "Review", "Done"]);
const english = new Set(Object.keys(german).filter((message) => german[message] !== message && !words.has(message) && !OWN.has(message)));

const langOf = (page) => page.evaluate(() => document.documentElement.lang);
const spoken = (page, lang) => page.waitForFunction((wanted) => document.documentElement.lang === wanted, lang);
const heading = (page, name) => page.getByRole("heading", { name, level: 1, exact: true }).waitFor();

/** All that is written on the page, text by text, and all that is only said. */
const saidOn = (page) => page.evaluate(() => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) if (!node.parentElement.closest("[lang]:not(html)")) found.push(node.data.trim());
  for (const name of ["aria-label", "placeholder", "title"]) for (const element of document.querySelectorAll(`[${name}]`)) found.push(element.getAttribute(name));
  return found.filter(Boolean);
});

const leftOvers = async (page) => [...new Set((await saidOn(page)).filter((text) => english.has(text)))];

async function germanSignIn(page, person) {
  await page.getByLabel("E-Mail").fill(person.email);
  await page.getByRole("textbox", { name: "Passwort" }).fill(person.password);
  await page.getByRole("button", { name: "Anmelden" }).click();
}

async function memberOf(role = "member") {
  const ada = await Api.as("ada");
  const brand = (await ada.get("/brands")).find((one) => one.slug === "demo");
  const person = await newPerson("greta");
  return { person, api: await bring(ada, brand, person, role) };
}

test("before sign-in the browser's language is spoken from the first word, and another can be chosen", async () => {
  const context = await newContext({ locale: "de-AT" });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.headings = [];
    new MutationObserver(() => {
      const text = document.querySelector("h1")?.textContent;
      if (text && !window.headings.includes(text)) window.headings.push(text);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
  await page.goto("/sign-in");
  await heading(page, "Anmelden");
  assert.equal(await langOf(page), "de");
  assert.deepEqual(await page.evaluate(() => window.headings), ["Anmelden"], "no other language was seen on the way");
  assert.deepEqual(await leftOvers(page), []);
  await axe(page);
  await germanSignIn(page, { email: "nobody@example.net", password: "not the one" });
  await page.getByText("Die E-Mail-Adresse oder das Passwort ist falsch.").waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await heading(page, "Sign in");
  assert.equal(await page.getByLabel("E-mail").inputValue(), "nobody@example.net", "what was typed is still there");
  await page.goto("/register");
  await heading(page, "Create an account");
  assert.deepEqual(await page.evaluate(() => window.headings), ["Create an account"], "the choice holds from the first word on");
  await page.getByRole("button", { name: "Deutsch" }).click();
  await heading(page, "Konto anlegen");
  assert.deepEqual(takeComplaints(), []);
  await context.close();
});

const PAGES = {
  "/": "Boards", "/members": "Mitglieder", "/roles": "Rollen", "/divisions": "Bereiche", "/delegations": "Vertretungen", "/teams": "Teams",
  "/templates": "Wiederkehrend", "/notifications": "Benachrichtigungen", "/audit": "Prüfprotokoll", "/brand/general": "Einstellungen der Marke",
  "/settings/profile": "Profil", "/settings/security": "Sicherheit", "/settings/notifications": "Benachrichtigungen", "/settings/tokens": "API-Token",
  "/settings/data": "Ihre Daten", "/nothing/here": "Nicht gefunden",
};

test("who has chosen German sees it on each page, whatever the browser speaks, and can choose again", async () => {
  const { person, api } = await memberOf("admin");
  await api.patch("/users/me", { preferences: { language: "de" } });
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, person.email, person.password);
  await heading(page, "Boards");
  await spoken(page, "de");
  for (const [path, name] of Object.entries(PAGES)) {
    await page.goto(path);
    if (name !== "Nicht gefunden") await heading(page, name);
    await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector("[aria-busy=true]"));
    assert.deepEqual(await leftOvers(page), [], path);
  }
  await page.goto("/settings/profile");
  await page.getByLabel("Vorname").fill("Margarete");
  await page.getByLabel("Sprache").selectOption("en");
  await spoken(page, "en");
  await heading(page, "Profile");
  assert.equal(await page.getByLabel("First name").inputValue(), "Margarete", "what was typed and not saved is still there");
  await page.getByText("Saved.").waitFor();
  assert.equal((await api.get("/users/me")).preferences.language, "en");
  await page.getByLabel("Language").selectOption("de");
  await spoken(page, "de");
  await heading(page, "Profil");
  assert.deepEqual(takeComplaints(), []);
  await context.close();
});

test("the server's refusals and the dates are German, too", async () => {
  const { person, api } = await memberOf();
  await api.patch("/users/me", { preferences: { language: "de" } });
  const context = await newContext({ locale: "de-DE" });
  const page = await context.newPage();
  await page.goto("/settings/profile");
  await germanSignIn(page, person);
  await heading(page, "Profil");
  await page.getByLabel("Benutzername").fill("ada");
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByText("Dieser Benutzername ist vergeben.").waitFor();
  await page.goto("/settings/security");
  await page.getByText(/angemeldet gerade eben|angemeldet vor \d+ Min\./).first().waitFor();
  await context.close();
});

test("who has chosen nothing is spoken to in the brand's language", async () => {
  const person = await newPerson("otto");
  const api = await new Api().login(person.email, person.password);
  const brand = await api.post("/brands", { name: `Verein ${person.email}` });
  await api.patch(`/brands/${brand.id}`, { settings: { language: "de" } });
  const context = await newContext();
  const page = await context.newPage();
  await signIn(page, person.email, person.password);
  await spoken(page, "de");
  await page.getByRole("heading", { name: /Boards|Benennen Sie/, level: 1 }).waitFor();
  await page.goto("/settings/profile");
  await page.getByLabel("Sprache").selectOption("en");
  await heading(page, "Profile");
  assert.equal(await langOf(page), "en", "one's own choice comes first");
  await context.close();
});

test("who founds a brand in German has it speak German", async () => {
  const person = await newPerson("frieda");
  const context = await newContext({ locale: "de-CH" });
  const page = await context.newPage();
  await page.goto("/");
  await germanSignIn(page, person);
  await heading(page, "Benennen Sie Ihre Marke");
  assert.deepEqual(await leftOvers(page), []);
  await page.getByRole("textbox").fill(`Verein ${person.email}`);
  await page.getByRole("button", { name: "Weiter: das Board" }).click();
  await heading(page, "Benennen Sie Ihr erstes Board");
  const api = await new Api().login(person.email, person.password);
  const [brand] = await api.get("/brands");
  assert.equal((await api.get(`/brands/${brand.id}`)).settings.language, "de");
  await context.close();
});

test("German words fit on a phone", async () => {
  const { person, api } = await memberOf("admin");
  await api.patch("/users/me", { preferences: { language: "de" } });
  const context = await newContext({ ...PHONE, locale: "de-DE" });
  const page = await context.newPage();
  await page.goto("/");
  await germanSignIn(page, person);
  await heading(page, "Boards");
  for (const path of ["/", "/members", "/roles", "/settings/profile", "/settings/security", "/settings/notifications", "/brand/region", "/brand/compliance", "/audit"]) {
    await page.goto(path);
    await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector("[aria-busy=true]"));
    await noSidewaysScroll(page);
  }
  await looksRight(page);
  await context.close();
});
