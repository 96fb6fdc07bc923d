import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceName, isHandheld } from "../src/lib/device";

const CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

test("browsers are told apart although each claims to be the others", () => {
  assert.equal(deviceName(CHROME), "Chrome on Windows");
  assert.equal(deviceName(`${CHROME} Edg/126.0.2592.87`), "Edge on Windows");
  assert.equal(deviceName(`${CHROME} OPR/112.0.0.0`), "Opera on Windows");
  assert.equal(deviceName("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"), "Firefox on Linux");
  assert.equal(deviceName("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"), "Safari on macOS");
  assert.equal(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1"), "Chrome on iPhone");
  assert.equal(deviceName("Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36"), "Samsung Internet on Android");
});

test("programs are called what they call themselves", () => {
  assert.equal(deviceName("curl/8.5.0"), "curl 8.5.0");
  assert.equal(deviceName("python-requests/2.31 (x)"), "python-requests 2.31");
  assert.equal(deviceName(""), "Unknown device");
  assert.equal(deviceName("Mozilla/5.0"), "Unknown browser");
});

test("what is held in a hand is known by its system", () => {
  assert.ok(isHandheld("Mozilla/5.0 (Linux; Android 14) Mobile"));
  assert.ok(!isHandheld(CHROME));
});
