// A mail server for tests (npm smtp-server) on a port of its own, that does as the recipient's name says:
//
//   refused…@    550 to RCPT                     content…@   550 once it has the mail
//   later…@      451 to RCPT                     grey…@      451 to the first RCPT for this address, then fine
//   slow…@       answers RCPT after two seconds  tarpit…@    never answers RCPT
//   stall…@      never answers the first RCPT for this address, then fine
//   drop…@       hangs up at RCPT                cut…@       hangs up once it has the mail, the first time for this address
//   hold…@       keeps the mail and answers it only once the file DIR/go is there
//   any other    takes it
//
// usage: mail-server.mjs DIR [--require-tls] [--no-tls] [--auth USER:PASSWORD] [--cert FILE --key FILE] [--implicit-tls] [--port N]
// Its port goes into DIR/port, each mail that it has had in full into DIR/mails as a line of JSON: {to, from, greeting, tls, user, taken, raw}, where
// taken says whether it meant to answer 250. What it has heard of recipients goes into DIR/recipients, one a line.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const { SMTPServer } = createRequire(new URL("../../nginx/www/package.json", import.meta.url))("smtp-server");

const { values: options, positionals: [dir] } = parseArgs({
  allowPositionals: true,
  options: {
    "require-tls": { type: "boolean" }, "no-tls": { type: "boolean" }, "implicit-tls": { type: "boolean" },
    port: { type: "string" }, auth: { type: "string" }, cert: { type: "string" }, key: { type: "string" },
  },
});

const seen = new Map();

/** How often this was asked before. */
function times(what) {
  const n = seen.get(what) ?? 0;
  seen.set(what, n + 1);
  return n;
}

function answer(code, words) {
  return Object.assign(new Error(words), { responseCode: code });
}

function hangUp(session) {
  for (const connection of server.connections) {
    if (connection.session === session) connection._socket.destroy();
  }
}

const recipients = {
  refused: (to, session, done) => done(answer(550, `5.1.1 <${to}>: nobody of that name here`)),
  later: (to, session, done) => done(answer(451, "4.3.0 Come back later")),
  grey: (to, session, done) => (times(`grey ${to}`) === 0 ? done(answer(451, "4.7.1 Greylisted")) : done()),
  slow: (to, session, done) => setTimeout(done, 2000),
  tarpit: () => {},
  stall: (to, session, done) => { if (times(`stall ${to}`) > 0) done(); },
  drop: (to, session) => hangUp(session),
};

const contents = {
  content: (to, session, done) => done(answer(550, "5.7.1 We do not like what it says")),
  cut: (to, session, done) => (times(`cut ${to}`) === 0 ? hangUp(session) : done()),
  hold: (to, session, done) => {
    const timer = setInterval(() => {
      if (!existsSync(`${dir}/go`)) return;
      clearInterval(timer);
      done();
    }, 20);
  },
};

const nameOf = (address) => /^[a-z]*/.exec(address)[0];

const server = new SMTPServer({
  secure: Boolean(options["implicit-tls"]),
  ...(options.cert && { cert: readFileSync(options.cert), key: readFileSync(options.key) }),
  disabledCommands: [...(options["no-tls"] || options["implicit-tls"] ? ["STARTTLS"] : []), ...(options.auth ? [] : ["AUTH"])],
  allowInsecureAuth: false,
  authOptional: !options.auth,
  banner: "tests",
  closeTimeout: 100,
  onAuth(auth, session, done) {
    const [user, password] = options.auth.split(":");
    if (auth.username === user && auth.password === password) done(null, { user });
    else done(answer(535, "5.7.8 Wrong name or password"));
  },
  onMailFrom(address, session, done) {
    if (options["require-tls"] && !session.secure) done(answer(530, "5.7.0 Must issue a STARTTLS command first"));
    else done();
  },
  onRcptTo({ address }, session, done) {
    appendFileSync(`${dir}/recipients`, `${address}\n`);
    (recipients[nameOf(address)] ?? ((to, s, ready) => ready()))(address, session, done);
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      const to = session.envelope.rcptTo[0].address;
      appendFileSync(`${dir}/mails`, `${JSON.stringify({
        to, from: session.envelope.mailFrom.address, greeting: session.hostNameAppearsAs, tls: Boolean(session.secure),
        user: session.user ?? null, taken: nameOf(to) !== "content" && !(nameOf(to) === "cut" && !seen.has(`cut ${to}`)),
        raw: Buffer.concat(parts).toString("latin1"),
      })}\n`);
      (contents[nameOf(to)] ?? ((whom, s, ready) => ready()))(to, session, done);
    });
  },
});

server.on("error", (error) => console.error(error.message)); // of a client that leaves, too
server.listen(Number(options.port ?? 0), "127.0.0.1", () => {
  writeFileSync(`${dir}/port.new`, `${server.server.address().port}\n`);
  renameSync(`${dir}/port.new`, `${dir}/port`);
});
process.on("SIGTERM", () => process.exit(0));
