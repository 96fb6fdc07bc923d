// main.mjs ROOT TASKS ROUNDS SECONDS - loads, measures in interleaved rounds, prints figures and ratios.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { captured, script } from "./sql.mjs";
import { BRAND, call, cpu, memory, openStack, psql, switches } from "./stack.mjs";

const run = promisify(execFile);
const [root, tasksText, roundsText, secondsText] = process.argv.slice(2);
const tasks = Number(tasksText);
const rounds = Number(roundsText);
const seconds = Number(secondsText);
const boards = Math.ceil(tasks / 1000);
const SMALL = 10000;

const say = (words) => console.log(words);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const id = (kind, n) => `00000000-0000-7000-${8000 + kind}-${String(n).padStart(12, "0")}`;

// ---- loading and signing in ----

async function load(stack, count) {
  const there = psql(stack, ["-c", `select count(*) from karara.brands where id = '${BRAND}'`]);
  if (there === "0") {
    const n = Math.ceil(count / 1000);
    say(`loading ${count} tasks on ${n} boards`);
    await call(stack, "POST", "/auth/register", null, { email: "bench@bench.example", password: "bench-password", first_name: "Bench", last_name: "Mark" });
    psql(stack, ["-v", `brand=${BRAND}`, "-v", `boards=${n}`, "-v", `tasks=${n * 1000}`, "-f", `${root}/scripts/lib/bench/load.sql`]);
  }
  const signedIn = await call(stack, "POST", "/auth/login", null, { email: "bench@bench.example", password: "bench-password", brand: "bench" });
  return signedIn.data.access_token;
}

// ---- what is measured ----

function scenarios(boardCount) {
  const taskCount = boardCount * 1000;
  return [
    { name: "W1", what: "a board page of 50", method: "GET", path: `/boards/${id(2, 1)}/tasks`, lua: `"/boards/" .. id(8002, math.random(${boardCount})) .. "/tasks"`, draw: { board: [1, boardCount] }, goal: 0.5, cpuGoal: 2.3 },
    { name: "W2", what: "one task", method: "GET", path: `/tasks/${id(0, 1)}`, lua: `"/tasks/" .. id(8000, math.random(${taskCount}))`, draw: { task: [1, taskCount] }, goal: 0.33, cpuGoal: 3 },
    { name: "W3", what: "PATCH of a status", method: "PATCH", path: `/tasks/${id(0, 4)}`, body: { status: "on_hold" }, lua: `"/tasks/" .. id(8000, math.random(${taskCount}))`, luaBody: `'{"status":"' .. ({"todo","on_hold","completed"})[math.random(3)] .. '"}'`, draw: { task: [1, taskCount] }, goal: 0.6 },
    { name: "W4", what: "POST of a task", method: "POST", path: `/boards/${id(2, 1)}/tasks`, body: { title: "A new task from the bench" }, lua: `"/boards/" .. id(8002, math.random(${boardCount})) .. "/tasks"`, luaBody: `'{"title":"A new task from the bench"}'`, draw: { board: [1, boardCount] }, goal: 0.6 },
  ];
}

function luaScript(s, token) {
  return `math.randomseed(os.time() + tonumber(tostring({}):sub(10), 16) % 100000)
local function id(kind, n) return string.format("00000000-0000-7000-%d-%012d", kind, n) end
local headers = { ["Authorization"] = "Bearer ${token}"${s.luaBody ? ', ["Content-Type"] = "application/json"' : ""} }
request = function() return wrk.format("${s.method}", "/api/v1" .. ${s.lua}, headers${s.luaBody ? `, ${s.luaBody}` : ""}) end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d %d %d\\n", summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write, summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
`;
}

async function wrk(stack, file, connections, length) {
  const before = { cpu: cpu(stack), switches: switches(stack) };
  const load = run("wrk", ["-t2", `-c${connections}`, `-d${length}s`, "--timeout", "10s", "-s", file, stack.url]);
  await pause(length * 700);
  const held = memory(stack);
  const { stdout } = await load;
  const after = { cpu: cpu(stack), switches: switches(stack) };
  const [requests, micros, status, network, timeout, p50, p99] = /RESULT (.*)/.exec(stdout)[1].split(" ").map(Number);
  const used = Object.fromEntries(Object.keys(after.cpu).map((k) => [k, (after.cpu[k] - before.cpu[k]) / requests]));
  return { rate: (requests * 1e6) / micros, refused: status, lost: network + timeout, p50: p50 / 1000, p99: p99 / 1000, cpu: used, held, switches: (after.switches - before.switches) / requests };
}

async function pgbench(stack, file, defines, length) {
  const app = stack.db;
  const { stdout } = await run("pgbench", ["-n", "-M", "prepared", "-c", "4", "-j", "2", "-T", String(length), "-f", file, ...defines, app], {
    env: { ...process.env, PGOPTIONS: "-c plan_cache_mode=force_generic_plan -c jit=off -c statement_timeout=5000 -c timezone=UTC" },
  });
  return Number(/tps = ([\d.]+)/.exec(stdout)[1]);
}

// ---- the run ----

const figure = (n) => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2));
const verdicts = [];
function verdict(words, value, goal, better) {
  const reached = better === "at least" ? value >= goal : value <= goal;
  verdicts.push(`${reached ? "reached" : "MISSED "}  ${words}: ${figure(value)} (${better} ${goal})`);
}

async function prepare(stack, token, list, folder) {
  mkdirSync(folder, { recursive: true });
  for (const s of list) {
    s.lua_file = `${folder}/${s.name}.lua`;
    s.pg_file = `${folder}/${s.name}.sql`;
    writeFileSync(s.lua_file, luaScript(s, token));
    const statements = await captured(stack, s.method, s.path, token, s.body);
    const claims = Buffer.from(token.split(".")[1], "base64url").toString();
    const minted = (v) => s.method === "POST" && /^'[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/.test(v) && recent(v) && !claims.includes(v.slice(1, -1));
    const fresh = new Set(statements.flatMap((t) => t.values).filter(minted));
    s.defines = script(root, s.pg_file, statements, s.draw, fresh);
    s.statements = statements.length;
  }
}
// A UUIDv7 minted within the last minute.
function recent(value) {
  const ms = parseInt(value.slice(1, 9) + value.slice(10, 14), 16);
  return Math.abs(Date.now() - ms) < 60000;
}

async function measure(stack, list) {
  const results = Object.fromEntries(list.map((s) => [s.name, { pg: [], c16: [], c64: [] }]));
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    for (const s of list) {
      results[s.name].pg.push(await pgbench(stack, s.pg_file, s.defines, seconds));
      await pause(200);
      results[s.name].c16.push(await wrk(stack, s.lua_file, 16, seconds));
      await pause(200);
      results[s.name].c64.push(await wrk(stack, s.lua_file, 64, seconds));
      await pause(200);
    }
  }
  return results;
}

const over = (runs, get) => median(runs.map(get));

function report(list, results) {
  say("\n      at   requests/s  of pgbench   p50 ms   p99 ms   CPU ms/request: nginx    api  memcached  postgres   total/postgres  switches  not 2xx");
  for (const s of list) {
    const r = results[s.name];
    const tps = median(r.pg);
    for (const [at, runs] of [["16", r.c16], ["64", r.c64]]) {
      const cost = (k) => over(runs, (x) => x.cpu[k]);
      const ratio = over(runs, (x) => Object.values(x.cpu).reduce((a, b) => a + b, 0) / x.cpu.postgres);
      const share = median(runs.map((x, i) => x.rate / r.pg[i]));
      say(`${s.name}  ${at.padStart(4)}  ${figure(over(runs, (x) => x.rate)).padStart(11)}  ${figure(share).padStart(10)}  ${figure(over(runs, (x) => x.p50)).padStart(7)}  ${figure(over(runs, (x) => x.p99)).padStart(7)}  ${cost("nginx").toFixed(3).padStart(21)}  ${cost("api").toFixed(3).padStart(5)}  ${cost("memcached").toFixed(3).padStart(9)}  ${cost("postgres").toFixed(3).padStart(8)}  ${figure(ratio).padStart(15)}  ${figure(over(runs, (x) => x.switches)).padStart(8)}  ${runs.reduce((t, x) => t + x.refused + x.lost, 0)}`);
      if (at === "16") {
        verdict(`${s.name} (${s.what}) beside pgbench -c4`, share, s.goal, "at least");
        if (s.cpuGoal) verdict(`${s.name} CPU of all processes beside PostgreSQL's`, ratio, s.cpuGoal, "at most");
      }
    }
    say(`      pgbench -c4: ${figure(tps)}/s, ${s.statements} statements in one pipeline`);
  }
}

const big = openStack(root, "bench");
const small = openStack(root, "bench-small");
const bigToken = await load(big, tasks);
const smallToken = await load(small, SMALL);
const bigList = scenarios(boards);
const smallList = scenarios(SMALL / 1000).slice(0, 2);
await prepare(big, bigToken, bigList, `${root}/build/bench-scripts`);
await prepare(small, smallToken, smallList, `${root}/build/bench-scripts/small`);

say(`${execFileSync("nproc", { encoding: "utf8" }).trim()} cores, ${boards * 1000} tasks, ${rounds} rounds of ${seconds} s, medians`);
const results = await measure(big, bigList);
report(bigList, results);

say("\nsize: p99 at " + boards * 1000 + " tasks beside " + SMALL);
for (const [i, s] of smallList.entries()) {
  const pairs = [];
  for (let r = 0; r < rounds; r++) {
    const a = await wrk(big, bigList[i].lua_file, 16, seconds);
    const b = await wrk(small, s.lua_file, 16, seconds);
    pairs.push(a.p99 / b.p99);
  }
  verdict(`${s.name} p99 at ${boards * 1000} tasks beside ${SMALL}`, median(pairs), 1.2, "at most");
}

say("256 clients");
const crowd = await wrk(big, bigList[0].lua_file, 256, Math.max(6 * seconds, 10));
verdict("answers that were not 2xx at 256 clients", crowd.refused + crowd.lost, 0, "at most");
const total = (held) => Object.values(held).reduce((a, b) => a + b, 0);
const inWords = (held) => Object.entries(held).map(([k, v]) => `${k} ${figure(v)}`).join(", ");
const most = bigList.flatMap((s) => [...results[s.name].c16, ...results[s.name].c64]).map((x) => x.held).sort((a, b) => total(b) - total(a))[0];
verdict("memory without PostgreSQL, 4 workers under load of 16 and 64 clients (MB PSS, the most)", total(most), 30, "at most");
say(`memory (MB PSS): ${inWords(most)}; with 256 clients: ${inWords(crowd.held)}`);
say("\n" + verdicts.join("\n"));
