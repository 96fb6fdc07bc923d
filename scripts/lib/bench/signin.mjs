// signin.mjs ROOT ROUNDS - whether the time of an answer tells who has an account, and what a thousand sign-ins at once cost others.
// signin.mjs crowd URL CA N - the crowd, a process of its own: N people sign in at once, and again when they are told to come later.
import { execFile, execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { BRAND, call, memory, openStack, psql } from "./stack.mjs";

const run = promisify(execFile);
const PASSWORD = "bench-password";
const CROWD = 1000; // people
const LEAST = 10, MOST = 30; // seconds of a measurement of others
const PACE = 200; // other requests/s
const GOAL_APART = 0.05;
const GOAL_P99 = 3;

const say = (words) => console.log(words);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const percentile = (list, p) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))];
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const figure = (n) => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2));
const person = (n) => `person${n}@bench.example`;

// One request; {status, retryAfter}, or status 0 when the connection failed.
function ask(agent, base, method, path, token, body) {
  return new Promise((resolve) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(text ? { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) } : {}) };
    const sent = request(`${base}/api/v1${path}`, { method, agent, headers }, (answer) => {
      answer.resume().on("end", () => resolve({ status: answer.statusCode, retryAfter: Number(answer.headers["retry-after"] ?? 1) }));
    });
    sent.on("error", () => resolve({ status: 0, retryAfter: 1 }));
    sent.end(text);
  });
}

// ---- the crowd ----

async function crowd(url, ca, count) {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(ca), maxSockets: Infinity });
  const waits = [];
  let later = 0;
  const began = performance.now();
  const one = async (n) => {
    for (;;) {
      const { status, retryAfter } = await ask(agent, url, "POST", "/auth/login", null, { email: person(n), password: PASSWORD });
      if (status === 200) return waits.push(performance.now() - began);
      if (status !== 503 && status !== 0) throw new Error(`a sign-in was answered ${status}`); // 0: the connection was lost, as on a bad day
      later++;
      await pause(retryAfter * 1000 * (1 + Math.random()));
    }
  };
  await Promise.all(Array.from({ length: count }, (_, n) => one(n)));
  agent.destroy();
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000, later, waits }));
}

if (process.argv[2] === "crowd") {
  await crowd(process.argv[3], process.argv[4], Number(process.argv[5]));
  process.exit(0);
}

const [root, roundsText] = process.argv.slice(2);
const rounds = Number(roundsText);
const stack = openStack(root, "bench-signin");
const ca = readFileSync(stack.ca);

// ---- people and a board ----

async function load() {
  if (psql(stack, ["-c", `select count(*) from karara.brands where id = '${BRAND}'`]) === "0") {
    execFileSync(`${root}/tests/support/stack`, ["ctl", stack.dir, "user", "create", "--name", "Bench Mark", "bench@bench.example"], { input: `${PASSWORD}\n`, stdio: ["pipe", "ignore", "inherit"] });
    psql(stack, ["-v", `brand=${BRAND}`, "-v", "boards=1", "-v", "tasks=1000", "-f", `${root}/scripts/lib/bench/load.sql`]);
    psql(stack, ["-c", `with made as (insert into karara.users (id, email, first_name, last_name, status)
        select gen_random_uuid(), 'person' || n || '@bench.example', 'Person', n::text, 'active' from generate_series(0, ${CROWD - 1}) n returning id)
      insert into karara.credentials (user_id, password_hash)
        select made.id, (select c.password_hash from karara.credentials c join karara.users u on u.id = c.user_id where u.email = 'bench@bench.example') from made`]);
    psql(stack, ["-c", "analyze"]);
  }
  return (await call(stack, "POST", "/auth/login", null, { email: "bench@bench.example", password: PASSWORD, brand: "bench" })).data.access_token;
}

// ---- known and unknown ----

let fresh = Date.now();
const stranger = () => `person${fresh++}@nobody.example`;
const KINDS = [
  { what: "signing in with a wrong password", each: 60, path: "/auth/login", body: (email) => ({ email, password: "a wrong guess" }), status: 401 },
  { what: "registering", each: 60, path: "/auth/register", body: (email) => ({ email, password: PASSWORD, first_name: "Some", last_name: "One" }), status: 201 },
  { what: "asking for a new password", each: 60, path: "/auth/forgot-password", body: (email) => ({ email }), status: 200 },
  { what: "asking for the first mail again", each: 60, path: "/auth/resend-verification", body: (email) => ({ email }), status: 200 },
];

async function timed(agent, kind, email) {
  const began = performance.now();
  const { status } = await ask(agent, stack.url, "POST", kind.path, null, kind.body(email));
  if (status !== kind.status) throw new Error(`${kind.path} was answered ${status}`);
  return performance.now() - began;
}

// Medians of one round: known and unknown take turns, and turns at being first.
async function compare(kind, round) {
  const agent = new Agent({ keepAlive: true, ca, maxSockets: 1 });
  const known = [], unknown = [];
  psql(stack, ["-c", "delete from karara.mails"]); // one of a kind in five minutes: everybody's is the first
  for (let i = -3; i < kind.each; i++) {
    const somebody = person((round * kind.each + i + CROWD) % CROWD);
    const order = i % 2 ? [[known, somebody], [unknown, stranger()]] : [[unknown, stranger()], [known, somebody]];
    for (const [list, email] of order) {
      const ms = await timed(agent, kind, email);
      if (i >= 0) list.push(ms);
    }
  }
  agent.destroy();
  return { known: median(known), unknown: median(unknown) };
}

// ---- others ----

const task = (n) => `/tasks/00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;

// Requests at an even pace until `done`; ms from when each was due, so that one that has to wait for another counts as late.
async function paced(token, done) {
  const agent = new Agent({ keepAlive: true, ca, maxSockets: 64 });
  const times = [], open = new Set();
  await Promise.all(Array.from({ length: 16 }, () => ask(agent, stack.url, "GET", task(1), token))); // connections first
  let going = true;
  done.then(() => (going = false));
  const began = performance.now();
  for (let n = 0; going; n++) {
    const due = began + (n * 1000) / PACE;
    if (due > performance.now()) await pause(due - performance.now());
    const at = Math.max(due, began);
    const one = ask(agent, stack.url, "GET", task(1 + (n % 1000)), token).then(({ status }) => {
      if (status !== 200) throw new Error(`a task was answered ${status}`);
      times.push(performance.now() - at);
    });
    open.add(one.finally(() => open.delete(one)));
  }
  await Promise.all(open);
  agent.destroy();
  return percentile(times, 0.99);
}

// As many as 16 connections can: both cores are busy without anybody who signs in.
async function pressed(token, length) {
  const file = `${root}/build/bench-signin.lua`;
  writeFileSync(file, `request = function() return wrk.format("GET", string.format("/api/v1/tasks/00000000-0000-7000-8000-%012d", math.random(1000)), { ["Authorization"] = "Bearer ${token}" }) end
done = function(summary, latency) io.write(string.format("RESULT %d %d\\n", latency:percentile(99), summary.errors.status)) end
`);
  const { stdout } = await run("chrt", ["-o", "0", "wrk", "-t1", "-c16", `-d${Math.ceil(length)}s`, "--timeout", "30s", "-s", file, stack.url]);
  const [p99, refused] = /RESULT (.*)/.exec(stdout)[1].split(" ").map(Number);
  if (refused > 0) throw new Error(`${refused} tasks weren't answered`);
  return p99 / 1000;
}

// The crowd stands for a thousand machines: niced, and in a session of its own for kernels that group processes by that, so that its own
// work takes little from the server's cores. It isn't ahead of them as we may be (scripts/bench), and neither is wrk, which would take a
// core for itself.
const LAST = '{ echo 19 >/proc/self/autogroup; } 2>/dev/null; exec chrt -o 0 nice -n 19 "$0" "$@"';
function startCrowd() {
  const again = [process.execPath, fileURLToPath(import.meta.url), "crowd", stack.url, stack.ca, String(CROWD)];
  const child = spawn("sh", ["-c", LAST, ...again], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  process.once("exit", () => child.kill());
  let out = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  return new Promise((resolve, reject) => child.on("close", (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error("the crowd failed")))));
}

// ---- the run ----

const verdicts = [];
function verdict(words, value, goal) {
  verdicts.push(`${value <= goal ? "reached" : "MISSED "}  ${words}: ${figure(value)} (at most ${goal})`);
}

const token = await load();
say(`${execFileSync("nproc", { encoding: "utf8" }).trim()} cores, ${rounds} rounds, medians`);
const pairs = KINDS.map(() => []), crowds = [], even = [], busy = [], held = [];
for (let round = 1; round <= rounds; round++) {
  say(`round ${round} of ${rounds}`);
  for (const [i, kind] of KINDS.entries()) pairs[i].push(await compare(kind, round));
  held.push(memory(stack));
  const signing = startCrowd();
  const during = await paced(token, signing);
  const after = await signing;
  const length = Math.min(MOST, Math.max(LEAST, after.seconds)); // about as long as they take
  crowds.push(after);
  even.push({ during, without: await paced(token, pause(length * 1000)) });
  const again = startCrowd();
  const pressedDuring = await pressed(token, length);
  crowds.push(await again);
  busy.push({ during: pressedDuring, without: await pressed(token, length) });
}
for (const [i, kind] of KINDS.entries()) {
  const known = median(pairs[i].map((p) => p.known)), unknown = median(pairs[i].map((p) => p.unknown));
  say(`${kind.what}: ${figure(known)} ms known, ${figure(unknown)} ms unknown`);
  verdict(`${kind.what}: known beside unknown, apart`, Math.abs(median(pairs[i].map((p) => p.known / p.unknown)) - 1), GOAL_APART);
}
const waits = crowds.flatMap((c) => c.waits);
say(`${CROWD} sign-ins at once: the last is in after ${figure(median(crowds.map((c) => c.seconds)))} s, half of them after ${figure(median(waits) / 1000)} s; ${figure(median(crowds.map((c) => c.later)))} answers were to come later`);
for (const [list, words] of [[even, `at ${PACE}/s`], [busy, "as many as 16 connections can"]]) {
  say(`others' p99, ${words}: ${figure(median(list.map((r) => r.during)))} ms during, ${figure(median(list.map((r) => r.without)))} ms without`);
  verdict(`others' p99 during ${CROWD} sign-ins at once beside without, ${words}`, median(list.map((r) => r.during / r.without)), GOAL_P99);
}
say(`memory at rest (MB PSS): ${Object.entries(held.at(-1)).map(([k, v]) => `${k} ${figure(v)}`).join(", ")}`);
say("\n" + verdicts.join("\n"));
