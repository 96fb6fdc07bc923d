// jobs.mjs ROOT ROUNDS SECONDS - the job queue: how many jobs that do nothing it runs in a second, how soon one begins that was enqueued as
// the API does it (a transaction, then a nudge), and what a million that are due next week cost.
import { execFileSync } from "node:child_process";
import { openStack, psql } from "./stack.mjs";

const [root, roundsText, secondsText] = process.argv.slice(2);
const rounds = Number(roundsText);
const seconds = Number(secondsText);
const JOBS = 10000;
const LATER = 1000000;

const say = (words) => console.log(words);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const stack = openStack(root, "bench-jobs");
const sql = (text) => psql(stack, ["-c", text]);
const run = Date.now(); // jobs of an earlier run may still be there
const columns = "(id, kind, queue, priority, max_attempts, request_id, run_at)";

// The queue is halted while they are put in, each runs in a transaction of its own; /s from the first start to the last end.
async function throughput(name) {
  sql("insert into karara.job_queues (queue) values ('default') on conflict do nothing");
  sql(`insert into karara.jobs ${columns} select karara.uuid_v7(), 'noop', 'default', 2, 3, '${name}', now() from generate_series(1, ${JOBS})`);
  sql("delete from karara.job_queues");
  // Looked for where it costs the measurement little: not among a million that wait.
  while (Number(sql(`select count(*) from karara.jobs_done where request_id = '${name}'`)) < JOBS) await pause(200);
  return Number(sql(`select ${JOBS} / extract(epoch from max(finished_at) - min(started_at)) from karara.jobs_done where request_id = '${name}'`));
}

// About 100 a second, one after another; ms at the 50th and 95th percentile from the transaction's start to the job's.
function latency(name) {
  const program = `use IPC::Open2; use IO::Socket::UNIX; use Socket;
    my $worker = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $ARGV[1]) or die "no worker";
    open2(my $out, my $in, "psql", "-XqAt", "-d", $ARGV[0]); $in->autoflush(1);
    for (1 .. $ARGV[2]) {
      print $in "insert into karara.jobs ${columns} values (karara.uuid_v7(), 'noop', 'default', 2, 3, '$ARGV[3]', clock_timestamp()) returning 1;\\n";
      <$out>; $worker->send(chr 1); select undef, undef, undef, 0.01;
    }`;
  execFileSync("perl", ["-e", program, stack.admin, `${stack.env.STACK_HOME}/run/worker.sock`, String(100 * seconds), name]);
  return sql(`select percentile_cont(array[0.5, 0.95]) within group (order by extract(epoch from started_at - run_at) * 1000) from karara.jobs_done where request_id = '${name}'`).slice(1, -1).split(",").map(Number);
}

const rates = { empty: [], later: [] };
const starts = [];
await throughput(`warm-${run}`);
for (let round = 1; round <= rounds; round++) {
  say(`round ${round} of ${rounds}`);
  rates.empty.push(await throughput(`empty-${run}-${round}`));
  starts.push(latency(`start-${run}-${round}`));
  sql(`insert into karara.jobs ${columns} select karara.uuid_v7(), 'noop', 'default', 2, 3, 'later', now() + interval '7 days' from generate_series(1, ${LATER})`);
  sql("vacuum analyze karara.jobs");
  sql("checkpoint");
  rates.later.push(await throughput(`later-${run}-${round}`));
  sql("delete from karara.jobs where request_id = 'later'");
  sql("vacuum karara.jobs");
}

function verdict(words, value, goal, better) {
  const reached = better === "at least" ? value >= goal : value <= goal;
  say(`${reached ? "reached" : "MISSED "}  ${words}: ${value >= 100 ? value.toFixed(0) : value.toFixed(2)} (${better} ${goal})`);
}
verdict("jobs that do nothing, each by itself (/s)", median(rates.empty), 1500, "at least");
verdict("p95 from enqueuing to start (ms)", median(starts.map((s) => s[1])), 50, "at most");
verdict(`rate with ${LATER} due next week beside none`, median(rates.later.map((r, i) => r / rates.empty[i])), 0.9, "at least");
say(`         p50 from enqueuing to start: ${median(starts.map((s) => s[0])).toFixed(2)} ms`);
