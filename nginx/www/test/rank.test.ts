import assert from "node:assert/strict";
import { test } from "node:test";
import { best, cardScore, score } from "../src/palette/rank";

const card = (reference: string, title: string) => ({ reference, title });

test("every word must occur, in any order", () => {
  assert.ok(score("Spring launch", ["launch", "spr"]) > 0);
  assert.equal(score("Spring launch", ["launch", "web"]), 0);
  assert.equal(cardScore(card("WEB-9", "Answer a search"), ["search", "app"]), 0);
  assert.ok(cardScore(card("WEB-9", "Answer a search"), ["search", "web"]) > 0);
});

test("a title counts more than a key, and a whole reference more than all", () => {
  const cards = [card("LAUNCH-4", "Letter"), card("WEB-3", "Relaunch"), card("WEB-1", "Launch day"), card("LAUNCH-41", "launch-4 is done")];
  const order = (words: string[]) => best(cards, (one) => cardScore(one, words), 9).map((one) => one.reference);
  assert.deepEqual(order(["launch"]), ["WEB-1", "LAUNCH-41", "WEB-3", "LAUNCH-4"]);
  assert.deepEqual(order(["launch-4"]), ["LAUNCH-4", "LAUNCH-41"]);
});

test("of the best only so many, and equals in their order", () => {
  assert.deepEqual(best(["a1", "b1", "a2", "a3"], (text) => score(text, ["a"]), 2), ["a1", "a2"]);
});
