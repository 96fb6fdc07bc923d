// A mail server that takes every mail and passes none on: for scripts/start and the tests' stacks. Each becomes a file DIR/<time>-<recipient>.eml;
// the newest five hundred are kept. As much of SMTP (RFC 5321) as a client needs that sends; hears on loopback only.
//
// usage: mail-catcher.mjs PORT DIR
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";

const [port, dir] = process.argv.slice(2);
const KEPT = 500;
const MOST = 10 << 20; // bytes of a mail

let count = 0;

function keep(recipient, text) {
  const name = recipient.replace(/[^\w.@+-]/g, "_").slice(0, 80);
  const time = new Date().toISOString().replace(/[:.]/g, "-");
  count += 1;
  const file = `${dir}/${time}-${String(count).padStart(4, "0")}-${name}.eml`;
  writeFileSync(`${file}.new`, text, "latin1");
  renameSync(`${file}.new`, file);
  const all = readdirSync(dir).filter((each) => each.endsWith(".eml")).sort();
  for (const old of all.slice(0, Math.max(0, all.length - KEPT))) rmSync(`${dir}/${old}`, { force: true });
}

class Dialogue {
  constructor(socket) {
    this.socket = socket;
    this.rest = "";
    this.reset();
    this.say("220 Karara's catcher");
  }

  say(line) {
    this.socket.write(`${line}\r\n`);
  }

  reset() {
    this.sender = null;
    this.recipients = [];
    this.text = null; // lines, while a mail is coming in
    this.size = 0;
  }

  hear(data) {
    this.rest += data;
    for (let end = this.rest.indexOf("\r\n"); end >= 0; end = this.rest.indexOf("\r\n")) {
      const line = this.rest.slice(0, end);
      this.rest = this.rest.slice(end + 2);
      if (this.text) this.take(line);
      else this.obey(line);
    }
    if (this.rest.length > MOST) this.socket.destroy();
  }

  /** A line of a mail; a dot by itself ends it, and one too many stands before every other that begins with one. */
  take(line) {
    if (line !== ".") {
      this.size += line.length;
      if (this.size <= MOST) this.text.push(line.startsWith(".") ? line.slice(1) : line);
      return;
    }
    if (this.size > MOST) this.say("552 Too large");
    else {
      for (const recipient of this.recipients) keep(recipient, `${this.text.join("\r\n")}\r\n`);
      this.say("250 Taken");
    }
    this.reset();
  }

  obey(line) {
    const address = /<([^<>]*)>/.exec(line)?.[1];
    switch (line.slice(0, 4).toUpperCase()) {
      case "EHLO": return this.say(`250-catcher\r\n250-8BITMIME\r\n250 SIZE ${MOST}`);
      case "HELO": return this.say("250 catcher");
      case "MAIL": return this.reset(), (this.sender = address ?? ""), this.say("250 Go on");
      case "RCPT": return this.sender === null || !address ? this.say("503 MAIL first") : (this.recipients.push(address), this.say("250 Go on"));
      case "DATA": return this.recipients.length === 0 ? this.say("503 RCPT first") : ((this.text = []), this.say("354 Until a dot"));
      case "RSET": return this.reset(), this.say("250 Forgotten");
      case "NOOP": return this.say("250 Yes");
      case "QUIT": return this.say("221 Goodbye"), this.socket.end();
      default: return this.say("502 Not here");
    }
  }
}

const server = createServer((socket) => {
  socket.setEncoding("latin1");
  const dialogue = new Dialogue(socket);
  socket.on("data", (data) => dialogue.hear(data));
  socket.on("error", () => socket.destroy());
  socket.setTimeout(600_000, () => socket.destroy());
});

server.listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
