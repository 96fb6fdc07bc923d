// relay.mjs ROOT ROUNDS SECONDS - the relay: how fast it works off a backlog, whether it keeps up with writes, and what it costs them.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { BRAND, call, cpu, openStack, psql } from "./stack.mjs";

const run = promisify(execFile);
const [root, roundsText, secondsText] = process.argv.slice(2);
const rounds = Number(roundsText);
const seconds = Number(secondsText);
const BACKLOG = 100000;
const TASKS = 10000;

const say = (words) => console.log(words);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const figure = (n) => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2));
const stack = openStack(root, "bench-relay");

const waiting = () => Number(psql(stack, ["-c", "select count(*) from karara.events where sequence is null"]));
const lag = () => Number(psql(stack, ["-c", "select coalesce(extract(epoch from clock_timestamp() - min(created_at)) * 1000, 0) from karara.events where sequence is null"]));

// The relay's process, and its session's on the server: CPU ms so far.
function relayProcess() {
  const master = readFileSync(`${stack.env.STACK_HOME}/pids/worker`, "utf8").split(" ")[0];
  const mine = readdirSync("/proc").filter((n) => /^\d+$/.test(n)).find((n) => {
    try {
      return readFileSync(`/proc/${n}/cmdline`, "utf8").includes("--role\0relay") && readFileSync(`/proc/${n}/stat`, "utf8").split(") ")[1].split(" ")[1] === master;
    } catch {
      return false;
    }
  });
  return Number(mine);
}
const session = () => Number(psql(stack, ["-c", "select pid from pg_stat_activity where application_name = 'karara-worker relay' limit 1"]) || 0);
function used(pid) {
  if (!pid) return 0;
  const rest = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return 10 * (Number(rest[11]) + Number(rest[12]));
}

async function settle() {
  while (waiting() > 0) await pause(50);
}

async function load() {
  if (psql(stack, ["-c", `select count(*) from karara.brands where id = '${BRAND}'`]) === "0") {
    await call(stack, "POST", "/auth/register", null, { email: "bench@bench.example", password: "bench-password", first_name: "Bench", last_name: "Mark" });
    psql(stack, ["-v", `brand=${BRAND}`, "-v", `boards=${TASKS / 1000}`, "-v", `tasks=${TASKS}`, "-f", `${root}/scripts/lib/bench/load.sql`]);
  }
  const signedIn = await call(stack, "POST", "/auth/login", null, { email: "bench@bench.example", password: "bench-password", brand: "bench" });
  return signedIn.data.access_token;
}

// Events that all become visible at once; /s until the last has its number and its activity.
async function backlog() {
  await settle();
  psql(stack, ["-c", `insert into karara.events (brand_id, kind, subject_type, subject_id, channels, changes)
    select t.brand_id, 'task.updated', 'task', t.id, array['board:' || t.board_id], '{"priority": {"from": "low", "to": "high"}}'
    from tenant_shared.tasks t, generate_series(1, ${BACKLOG / TASKS}) where t.brand_id = '${BRAND}'`]);
  const began = performance.now();
  await settle();
  return (BACKLOG * 1000) / (performance.now() - began);
}

function lua(token) {
  const file = `${root}/build/bench-relay.lua`;
  writeFileSync(file, `math.randomseed(os.time() + tonumber(tostring({}):sub(10), 16) % 100000)
local headers = { ["Authorization"] = "Bearer ${token}", ["Content-Type"] = "application/json" }
request = function()
  local id = string.format("00000000-0000-7000-8000-%012d", math.random(${TASKS}))
  return wrk.format("PATCH", "/api/v1/tasks/" .. id, headers, '{"status":"' .. ({"todo","on_hold","completed"})[math.random(3)] .. '"}')
end
done = function(summary) io.write(string.format("RESULT %d %d %d\\n", summary.requests, summary.duration, summary.errors.status)) end
`);
  return file;
}

// Writes for a while; the relay works, or is stopped.
async function writes(file, stopped) {
  await settle();
  const pid = relayProcess();
  if (stopped) process.kill(pid, "SIGSTOP");
  const before = { all: cpu(stack), mine: used(pid), server: used(session()), session: session() };
  const lags = [];
  let going = true;
  const watch = (async () => {
    while (going && !stopped) {
      lags.push(lag());
      await pause(100);
    }
  })();
  const { stdout } = await run("wrk", ["-t2", "-c16", `-d${seconds}s`, "--timeout", "10s", "-s", file, stack.url]);
  going = false;
  await watch;
  const after = { all: cpu(stack), mine: used(pid), server: before.session === session() ? used(before.session) : before.server };
  if (stopped) process.kill(pid, "SIGCONT");
  const [requests, micros, refused] = /RESULT (.*)/.exec(stdout)[1].split(" ").map(Number);
  if (refused > 0) throw new Error(`${refused} writes were refused`);
  const total = Object.keys(after.all).reduce((t, k) => t + after.all[k] - before.all[k], 0);
  const relay = after.mine - before.mine + after.server - before.server;
  return { rate: (requests * 1e6) / micros, lags, share: relay / (total + after.mine - before.mine), micros: (relay * 1000) / requests };
}

const verdicts = [];
function verdict(words, value, goal, better) {
  const reached = better === "at least" ? value >= goal : value <= goal;
  verdicts.push(`${reached ? "reached" : "MISSED "}  ${words}: ${figure(value)} (${better} ${goal})`);
}

const token = await load();
const file = lua(token);
say(`${execFileSync("nproc", { encoding: "utf8" }).trim()} cores, ${rounds} rounds of ${seconds} s, medians`);
const drained = [], on = [], off = [];
for (let round = 1; round <= rounds; round++) {
  say(`round ${round} of ${rounds}`);
  drained.push(await backlog());
  off.push(await writes(file, true));
  on.push(await writes(file, false));
}
const rate = median(on.map((r) => r.rate));
const lags = on.flatMap((r) => r.lags).sort((a, b) => a - b);
say(`\nbacklog of ${BACKLOG}: ${figure(median(drained))} events/s; writes: ${figure(rate)}/s with the relay, ${figure(median(off.map((r) => r.rate)))}/s without`);
say(`lag under writes: median ${figure(median(lags))} ms, p99 ${figure(lags[Math.floor(lags.length * 0.99)])} ms; the relay takes ${figure(median(on.map((r) => r.micros)))} µs of CPU for an event, its session included`);
verdict("backlog worked off, beside the rate of writes (16 connections)", median(drained) / rate, 3, "at least");
verdict("writes with the relay beside writes without", median(on.map((r, i) => r.rate / off[i].rate)), 0.85, "at least");
verdict("CPU of the relay and its session beside all", median(on.map((r) => r.share)), 0.15, "at most");
say("\n" + verdicts.join("\n"));
