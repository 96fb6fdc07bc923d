import assert from "node:assert/strict";
import { test } from "node:test";
import { renderToStaticMarkup } from "react-dom/server";
import { Markdown, safeHref } from "../src/lib/markdown";

const html = (text: string) => renderToStaticMarkup(<Markdown text={text} />);

test("blocks", () => {
  assert.equal(html("# One\n\ntwo\nthree"), "<h3>One</h3><p>two<br/>three</p>");
  assert.equal(html("- a\n- b\n  1. c\n- d"), "<ul><li>a</li><li>b<ol><li>c</li></ol></li><li>d</li></ul>".replace("<ol>", '<ol start="1">'));
  assert.equal(html("```\n<b>&\n```"), '<pre tabindex="0"><code>&lt;b&gt;&amp;</code></pre>');
  assert.equal(html("> quoted\n> on"), "<blockquote><p>quoted<br/>on</p></blockquote>");
  assert.equal(html("---"), "<hr/>");
});

test("tables", () => {
  assert.equal(
    html("| step | ms |\n|---|---:|\n| **query** | 212 |\n\nafter"),
    '<table><thead><tr><th>step</th><th data-end="true">ms</th></tr></thead><tbody><tr><td><strong>query</strong></td><td data-end="true">212</td></tr></tbody></table><p>after</p>',
  );
  assert.equal(html("a | b\nno divider"), "<p>a | b<br/>no divider</p>");
});

test("inline", () => {
  assert.equal(html("**bold *and* more** ~~gone~~ `*code*`"), "<p><strong>bold <em>and</em> more</strong> <del>gone</del> <code>*code*</code></p>");
  assert.equal(html("snake_case_name and 2*3*4"), "<p>snake_case_name and 2*3*4</p>");
  assert.match(html("see https://example.org/a."), /href="https:\/\/example\.org\/a"[^>]*>https:\/\/example\.org\/a<\/a>\./);
});

test("nothing in a text becomes an element or a script of its own", () => {
  const out = html('<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) [y](data:text/html,x) [z](//evil.example)');
  assert.doesNotMatch(out, /<script|<img|href=/);
  for (const url of ["javascript:alert(1)", " JaVaScRiPt:x", "data:text/html,x", "//evil.example", "vbscript:x"]) assert.equal(safeHref(url), null);
  for (const url of ["https://a.example", "/b/1", "#x", "mailto:a@b.example"]) assert.equal(safeHref(url), url);
});

test("long and nasty texts end soon", () => {
  const start = Date.now();
  for (const part of ["*", "_", "[", "> ", "`", "**a ", "- ", "[a](", "<https://"]) html(part.repeat(3000));
  assert.ok(Date.now() - start < 3000, `${Date.now() - start} ms`);
});
