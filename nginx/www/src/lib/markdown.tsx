/**
 * A small Markdown renderer that makes React elements and never HTML, so there is nothing to sanitise.
 * Blocks: headings, paragraphs, lists with check boxes, quotes, code, tables, rules. Inline: strong, emphasis, strike, code, links.
 */
import { Fragment, type ReactNode } from "react";

/** Only these lead anywhere; "javascript:" and the like stay text. */
export function safeHref(url: string): string | null {
  return /^(https?:\/\/|mailto:|\/(?!\/)|#)/i.test(url.trim()) ? url.trim() : null;
}

interface Rule {
  pattern: RegExp;
  make(match: RegExpExecArray, depth: number): ReactNode;
}

const link = (text: ReactNode, url: string): ReactNode => {
  const href = safeHref(url);
  const away = href && /^https?:/i.test(href) ? { target: "_blank", rel: "noopener noreferrer nofollow" } : {};
  return href ? <a href={href} {...away}>{text}</a> : text;
};

const INLINE: Rule[] = [
  { pattern: /`([^`\n]+)`/, make: (m) => <code>{m[1]}</code> },
  { pattern: /\[([^\]\n]{1,300})\]\(([^()\s]{1,2000})\)/, make: (m, d) => link(inline(m[1]!, d), m[2]!) },
  { pattern: /<?(https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])>?/, make: (m) => link(m[1], m[1]!) },
  { pattern: /\*\*(?=\S)([^\n]*?\S)\*\*/, make: (m, d) => <strong>{inline(m[1]!, d)}</strong> },
  { pattern: /~~(?=\S)([^\n]*?\S)~~/, make: (m, d) => <del>{inline(m[1]!, d)}</del> },
  { pattern: /(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?!\w)/, make: (m, d) => <em>{inline(m[1]!, d)}</em> },
  { pattern: /(?<!\w)_(?=\S)([^_\n]*?\S)_(?!\w)/, make: (m, d) => <em>{inline(m[1]!, d)}</em> },
];

const DEEPEST = 6;

/** Takes the earliest match of any rule, renders it, and goes on after it. */
export function inline(text: string, depth = 0): ReactNode {
  if (depth > DEEPEST) return text;
  const out: ReactNode[] = [];
  let rest = text;
  while (rest) {
    let best: { rule: Rule; match: RegExpExecArray } | null = null;
    for (const rule of INLINE) {
      const match = rule.pattern.exec(rest);
      if (match && (!best || match.index < best.match.index)) best = { rule, match };
    }
    if (!best) break;
    if (best.match.index > 0) out.push(rest.slice(0, best.match.index));
    out.push(<Fragment key={out.length}>{best.rule.make(best.match, depth + 1)}</Fragment>);
    rest = rest.slice(best.match.index + best.match[0].length);
  }
  if (rest) out.push(rest);
  return out;
}

interface Lines {
  all: string[];
  at: number;
}

const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const isBlank = (line: string | undefined) => line === undefined || line.trim() === "";
const startsBlock = (line: string) => /^(#{1,6}\s|>|```|\s*([-*+]|\d{1,9}[.)])\s)/.test(line);

function codeBlock(lines: Lines): ReactNode {
  const body: string[] = [];
  lines.at++;
  while (lines.at < lines.all.length && !lines.all[lines.at]!.startsWith("```")) body.push(lines.all[lines.at++]!);
  lines.at++;
  return <pre tabIndex={0}><code>{body.join("\n")}</code></pre>;
}

function quote(lines: Lines, depth: number): ReactNode {
  const body: string[] = [];
  while (lines.at < lines.all.length && /^>/.test(lines.all[lines.at]!)) body.push(lines.all[lines.at++]!.replace(/^>\s?/, ""));
  return <blockquote>{blocks(body, depth + 1)}</blockquote>;
}

function listItem(text: string): ReactNode {
  const box = /^\[([ xX])\]\s+(.*)$/.exec(text);
  if (!box) return inline(text);
  const done = box[1] !== " ";
  return <><span role="img" aria-label={done ? "done" : "open"}>{done ? "☑" : "☐"}</span> {inline(box[2]!)}</>;
}

function list(lines: Lines, depth: number): ReactNode {
  const first = ITEM.exec(lines.all[lines.at]!)!;
  const indent = first[1]!.length;
  const ordered = /\d/.test(first[2]!);
  const items: ReactNode[] = [];
  while (lines.at < lines.all.length) {
    const match = ITEM.exec(lines.all[lines.at]!);
    if (!match || match[1]!.length < indent || /\d/.test(match[2]!) !== ordered) break;
    lines.at++;
    const next = ITEM.exec(lines.all[lines.at] ?? "");
    const nested = next && next[1]!.length > indent && depth < DEEPEST ? list(lines, depth + 1) : null;
    items.push(<li key={items.length}>{listItem(match[3]!)}{nested}</li>);
    if (match[1]!.length > indent) continue;
  }
  return ordered ? <ol start={parseInt(first[2]!, 10)}>{items}</ol> : <ul>{items}</ul>;
}

const DIVIDER = /^\s*\|?(\s*:?-+:?\s*\|)+\s*(:?-+:?\s*)?$/;
const isTable = (lines: Lines) => lines.all[lines.at]!.includes("|") && DIVIDER.test(lines.all[lines.at + 1] ?? "");
const cells = (line: string) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));

/** Numbers stand at the right where the divider says so ("---:"). */
function table(lines: Lines): ReactNode {
  const head = cells(lines.all[lines.at]!);
  const atEnd = cells(lines.all[lines.at + 1]!).map((cell) => cell.endsWith(":") && !cell.startsWith(":"));
  const body: string[][] = [];
  lines.at += 2;
  while (!isBlank(lines.all[lines.at]) && lines.all[lines.at]!.includes("|")) body.push(cells(lines.all[lines.at++]!));
  const row = (Tag: "th" | "td", texts: string[]) =>
    head.map((_, i) => <Tag key={i} data-end={atEnd[i] || undefined}>{inline(texts[i] ?? "")}</Tag>);
  return (
    <table>
      <thead><tr>{row("th", head)}</tr></thead>
      <tbody>{body.map((texts, i) => <tr key={i}>{row("td", texts)}</tr>)}</tbody>
    </table>
  );
}

function paragraph(lines: Lines): ReactNode {
  const body: string[] = [];
  while (!isBlank(lines.all[lines.at]) && (body.length === 0 || !startsBlock(lines.all[lines.at]!))) body.push(lines.all[lines.at++]!);
  return <p>{body.map((line, i) => <Fragment key={i}>{i > 0 && <br />}{inline(line)}</Fragment>)}</p>;
}

function block(lines: Lines, depth: number): ReactNode {
  const line = lines.all[lines.at]!;
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) {
    lines.at++;
    const Tag = heading[1]!.length <= 2 ? "h3" : "h4";
    return <Tag>{inline(heading[2]!)}</Tag>;
  }
  if (line.startsWith("```")) return codeBlock(lines);
  if (isTable(lines)) return table(lines);
  if (/^>/.test(line) && depth < DEEPEST) return quote(lines, depth);
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
    lines.at++;
    return <hr />;
  }
  return ITEM.test(line) ? list(lines, depth) : paragraph(lines);
}

function blocks(all: string[], depth: number): ReactNode {
  const lines: Lines = { all, at: 0 };
  const out: ReactNode[] = [];
  while (lines.at < all.length) {
    if (isBlank(all[lines.at])) lines.at++;
    else out.push(<Fragment key={out.length}>{block(lines, depth)}</Fragment>);
  }
  return out;
}

export function Markdown({ text }: { text: string }) {
  return <>{blocks(text.replace(/\r\n?/g, "\n").split("\n"), 0)}</>;
}
