// stack.mjs - a running stack as the bench sees it: its environment, its SQL, its processes.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

export const BRAND = "00000000-0000-7000-9000-000000000001";

// `NAME=value` lines that a shell would source.
function readEnv(file) {
  const out = execFileSync("bash", ["-c", 'set -a; source "$1"; env -0', "bash", file], { encoding: "utf8" });
  return Object.fromEntries(out.split("\0").filter(Boolean).map((l) => [l.slice(0, l.indexOf("=")), l.slice(l.indexOf("=") + 1)]));
}

export function openStack(root, name) {
  const dir = `${root}/build/${name}`;
  const env = readEnv(`${dir}/env`);
  return { root, dir, url: env.STACK_URL, ca: env.STACK_CA, db: env.STACK_DB, admin: env.STACK_DB_ADMIN, log: env.STACK_LOG, env };
}

export function psql(stack, args, options = {}) {
  return execFileSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-At", "-d", stack.admin, ...args], { encoding: "utf8", ...options }).trim();
}

export async function call(stack, method, path, token, body) {
  const args = ["-sS", "--cacert", stack.ca, "-X", method, "-w", "\n%{http_code}", `${stack.url}/api/v1${path}`];
  if (token) args.push("-H", `Authorization: Bearer ${token}`);
  if (body !== undefined) args.push("-H", "Content-Type: application/json", "--data-binary", JSON.stringify(body));
  const out = execFileSync("curl", args, { encoding: "utf8" });
  const at = out.lastIndexOf("\n");
  const status = Number(out.slice(at + 1));
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${out.slice(0, 500)}`);
  return JSON.parse(out.slice(0, at));
}

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const rest = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    return { pid, name, parent: Number(rest[1]), cpu: Number(rest[11]) + Number(rest[12]), ended: Number(rest[13]) + Number(rest[14]) };
  } catch {
    return null;
  }
}

// Every process of the stack by kind, found from the pids it wrote down.
export function processes(stack) {
  const all = readdirSync("/proc").filter((n) => /^\d+$/.test(n)).map((n) => stat(Number(n))).filter(Boolean);
  const kinds = {};
  for (const kind of ["postgres", "memcached", "api", "signin", "nginx"]) {
    const root = Number(readFileSync(`${stack.env.STACK_HOME}/pids/${kind}`, "utf8").split(" ")[0]);
    const members = new Set([root]);
    for (let grew = true; grew; ) {
      grew = false;
      for (const p of all) if (members.has(p.parent) && !members.has(p.pid)) (members.add(p.pid), (grew = true));
    }
    kinds[kind] = all.filter((p) => members.has(p.pid)).map((p) => ({ ...p, root: p.pid === root }));
  }
  return kinds;
}

// CPU milliseconds so far, by kind; what ended backends used is the postmaster's.
export function cpu(stack) {
  const kinds = processes(stack);
  const sum = {};
  for (const [kind, list] of Object.entries(kinds)) {
    sum[kind] = 10 * list.reduce((t, p) => t + p.cpu + (p.root ? p.ended : 0), 0);
  }
  return sum;
}

// Proportional set size in MB of everything but PostgreSQL.
export function memory(stack) {
  const kinds = processes(stack);
  const kb = {};
  for (const kind of ["memcached", "api", "signin", "nginx"]) {
    kb[kind] = kinds[kind].reduce((t, p) => t + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${p.pid}/smaps_rollup`, "utf8"))?.[1] ?? 0), 0);
  }
  return Object.fromEntries(Object.entries(kb).map(([k, v]) => [k, v / 1024]));
}

// Context switches of the API workers so far.
export function switches(stack) {
  return processes(stack).api.filter((p) => !p.root).reduce((t, p) => {
    const text = readFileSync(`/proc/${p.pid}/status`, "utf8");
    return t + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)[1]);
  }, 0);
}
