// outside.mjs DIR - what an installation meets outside: a push service, with browsers behind it, and an SMS gateway, over TLS on loopback. How they
// answer is said by the path's first part; what came is written to DIR/seen.jsonl, decrypted and verified by other implementations than ours
// (http_ece, node:crypto). DIR/key.pem and cert.pem are its certificate; DIR/where.json says port and the browsers' keys once it is ready.
import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(new URL("../../nginx/www/package.json", import.meta.url));
const ece = require("http_ece");
const dir = process.argv[2];

const browser = createECDH("prime256v1");
browser.generateKeys();
const secret = randomBytes(16);

/** RFC 8292: the header's two parts; what the token says, and whether its key signed it. */
function readVapid(header = "") {
  const found = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(header);
  if (!found) return { wrong: header };
  const [, head, body, signature, key] = found;
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const valid = verify("sha256", Buffer.from(`${head}.${body}`), { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"));
  return { key, valid, ...JSON.parse(Buffer.from(head, "base64url")), ...JSON.parse(Buffer.from(body, "base64url")) };
}

function decrypt(body) {
  try {
    return ece.decrypt(body, { version: "aes128gcm", privateKey: browser, authSecret: secret.toString("base64url") }).toString();
  } catch (error) {
    return `can't be read: ${error.message}`;
  }
}

const answers = {
  taken: (response) => response.writeHead(201).end(),
  gone: (response) => response.writeHead(410).end("the browser has gone"),
  missing: (response) => response.writeHead(404).end(),
  busy: (response) => response.writeHead(429, { "Retry-After": "900" }).end(),
  closed: (response) => response.writeHead(503, { "Retry-After": new Date(Date.now() + 3600_000).toUTCString() }).end(),
  bad: (response) => response.writeHead(400).end("no such thing\nand more"),
  broken: (response) => response.writeHead(500).end("trouble"),
  unknown: (response) => response.writeHead(401).end("who are you?"),
  away: (response) => response.writeHead(307, { Location: `https://127.0.0.1:${port}/taken/elsewhere` }).end(),
  drop: (_, socket) => socket.destroy(),
  tarpit: () => undefined,
  drip: (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("."), 200);
    response.on("close", () => clearInterval(timer));
  },
  flood: (response) => {
    response.writeHead(200);
    const more = () => { while (!response.destroyed && response.write(Buffer.alloc(65536, "x"))); };
    response.on("drain", more);
    more();
  },
  no: (response) => response.writeHead(200).end("ERROR 42"),
  ok: (response) => response.writeHead(200, { "Content-Type": "text/plain" }).end("OK 7"),
};

let port = 0;

const server = createServer({ key: readFileSync(join(dir, "key.pem")), cert: readFileSync(join(dir, "cert.pem")) }, (request, response) => {
  const parts = [];
  response.on("error", () => undefined);
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts);
    const encrypted = request.headers["content-encoding"] === "aes128gcm";
    const seen = { method: request.method, path: request.url, headers: request.headers, bytes: body.length,
      text: encrypted ? decrypt(body) : body.toString(), vapid: encrypted ? readVapid(request.headers.authorization) : null };
    appendFileSync(join(dir, "seen.jsonl"), `${JSON.stringify(seen)}\n`);
    (answers[request.url.split(/[/?]/)[1]] ?? answers.missing)(response, request.socket);
  });
});
server.on("tlsClientError", () => undefined);
server.listen(0, "127.0.0.1", () => {
  port = server.address().port;
  const where = { port, p256dh: browser.getPublicKey("base64url"), auth: secret.toString("base64url") };
  writeFileSync(join(dir, "where.part"), JSON.stringify(where));
  renameSync(join(dir, "where.part"), join(dir, "where.json"));
});
