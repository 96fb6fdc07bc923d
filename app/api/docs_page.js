// docs_page.js - the interactive documentation: reads /openapi.json and shows it, one domain at a time, with a form to try each operation.
// Nothing is loaded from elsewhere; tokens stay in memory. All text goes in as text nodes.
'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
  const account = { base: location.origin + '/api/v1', token: '', brand: '', who: '' };
  let api, operations = [], language = 'curl';
  const redraws = new Set();

  // ---- building elements ----

  // h('p', {class: 'x', onclick: f}, 'text', child, …): false, null and undefined children are left out.
  function h(name, attributes, ...children) {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(attributes || {})) {
      if (v === false || v === null || v === undefined) continue;
      if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
      else e.setAttribute(k, v === true ? '' : v);
    }
    e.append(...children.flat(Infinity).filter((c) => c !== false && c !== null && c !== undefined));
    return e;
  }

  // `code` and **strong** within a line.
  function inline(text) {
    return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) =>
      part.startsWith('`') && part.length > 2 ? h('code', null, part.slice(1, -1))
        : part.startsWith('**') && part.length > 4 ? h('strong', null, part.slice(2, -2)) : part);
  }

  // The little Markdown that summaries and descriptions use: paragraphs and lists.
  function prose(text) {
    return h('div', { class: 'prose' }, text.split(/\n{2,}/).map((block) =>
      /^[-*] /.test(block)
        ? h('ul', null, block.split(/\n(?=[-*] )/).map((item) => h('li', null, inline(item.slice(2)))))
        : h('p', null, inline(block))));
  }

  function coloured(text, isJson) {
    if (!isJson) return [text];
    const parts = [];
    let at = 0;
    for (const m of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b/g)) {
      parts.push(text.slice(at, m.index), h('span', { class: m[2] ? 'k' : m[1] ? 's' : 'n' }, m[1] || m[0]), m[2] || '');
      at = m.index + m[0].length;
    }
    return parts.concat(text.slice(at));
  }

  const block = (text, isJson) => h('pre', { tabindex: '0' }, h('code', null, coloured(text, isJson)));

  function say(words) {
    $('said').textContent = words;
  }

  function copyButton(text) {
    return h('button', { type: 'button', class: 'copy', onclick: async (event) => {
      const button = event.currentTarget;
      try {
        await navigator.clipboard.writeText(text());
        button.textContent = 'Copied';
        say('Copied');
      } catch {
        button.textContent = 'Select it by hand';
      }
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    } }, 'Copy');
  }

  // ---- reading the description ----

  const follow = (x) => x && x.$ref ? x.$ref.slice(2).split('/').reduce((at, key) => at[key], api) : x;

  function collect() {
    const copies = new Map();
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of METHODS.filter((m) => item[m])) {
        const op = item[method];
        if (op['x-same-as']) {
          copies.set(op['x-same-as'], (copies.get(op['x-same-as']) || []).concat({ method, path }));
        } else {
          operations.push({ method, path, op, id: op.operationId, domain: op.tags[0] });
        }
      }
    }
    for (const o of operations) o.copies = copies.get(o.id) || [];
    const order = api.tags.map((t) => t.name);
    operations.sort((a, b) => order.indexOf(a.domain) - order.indexOf(b.domain));
  }

  const domains = () => [...new Set(operations.map((o) => o.domain))];
  const parameters = (o) => (o.op.parameters || []).map(follow);
  const bodyOf = (o) => o.op.requestBody && o.op.requestBody.content['application/json'];

  function typeWords(schema) {
    const s = follow(schema) || {};
    if (s.anyOf) return s.anyOf.map(typeWords).join(' or ');
    if (schema && schema.$ref) return schema.$ref.split('/').pop();
    const types = [].concat(s.type || 'any').map((t) => t === 'array' ? `list of ${typeWords(s.items)}s` : t);
    const format = { uuid: 'UUID', 'date-time': 'time', date: 'date', email: 'e-mail address', password: 'password' }[s.format];
    return types.map((t) => t === 'string' ? format || 'text' : t === 'integer' ? 'whole number' : t === 'boolean' ? 'true or false' : t).join(' or ');
  }

  function boundWords(s) {
    const range = (least, most, unit) => least !== undefined && most !== undefined ? `${least}–${most}${unit}`
      : most !== undefined ? `at most ${most}${unit}` : least ? `at least ${least}${unit}` : '';
    return [range(s.minLength, s.maxLength, ' characters'), range(s.minimum, s.maximum, ''), range(s.minItems, s.maxItems, ' items')]
      .filter(Boolean).join(', ');
  }

  // The object within a schema that a reader may want to open.
  function objectIn(schema) {
    const s = follow(schema);
    if (!s) return null;
    if (s.properties) return s;
    return objectIn(s.items) || (s.anyOf ? s.anyOf.map(objectIn).find(Boolean) : null) || null;
  }

  // ---- tables ----

  function valuesOf(s) {
    const values = s.enum || (s.items && follow(s.items).enum);
    return values && h('div', { class: 'values' }, values.filter((v) => v !== null).map((v) => h('code', null, String(v))));
  }

  // Fields that are opened only when someone looks.
  function folded(words, content) {
    return h('details', { ontoggle: (event) => {
      if (event.target.open && event.target.children.length === 1) event.target.append(content());
    } }, h('summary', null, words));
  }

  function fieldRow(name, schema, mark, doc, depth, isAnswer) {
    const s = follow(schema) || {};
    const inner = depth < 4 && objectIn(schema);
    return h('tr', null,
      h('td', null, h('code', null, name), ' ', mark),
      h('td', null, typeWords(schema), boundWords(s) && h('div', { class: 'bounds' }, boundWords(s))),
      h('td', null, doc || s.description ? inline(doc || s.description) : '', valuesOf(s),
        inner && folded('Fields', () => objectTable(inner, isAnswer, depth + 1))));
  }

  const required = () => h('span', { class: 'must' }, 'required');

  function table(rows) {
    return h('table', { class: 'fields' },
      h('thead', null, h('tr', null, ['Name', 'Type', 'Meaning'].map((t) => h('th', { scope: 'col' }, t)))), h('tbody', null, rows));
  }

  // What is sent says what it must have, what comes back what it may lack.
  function objectTable(schema, isAnswer, depth) {
    const always = schema.required || [];
    const mark = (name) => isAnswer ? !always.includes(name) && h('span', { class: 'bounds' }, 'not always') : always.includes(name) && required();
    return table(Object.entries(schema.properties).map(([name, s]) => fieldRow(name, s, mark(name), '', depth || 0, isAnswer)));
  }

  // due_at, due_at[lt] … due_at[gte] are one line.
  function parameterTable(list) {
    const compared = new Set(list.filter((p) => p.name.endsWith('[lt]')).map((p) => p.name.slice(0, -4)));
    return table(list.filter((p) => !/\[(lt|lte|gt|gte)\]$/.test(p.name)).map((p) =>
      fieldRow(p.name, p.schema, p.required && required(), (p.description || '') + (compared.has(p.name) ? ` Compare with \`${p.name}[lt]\`, \`[lte]\`, \`[gt]\`, \`[gte]\`.` : ''), 3)));
  }

  // ---- code ----

  // What a request would be, from what is filled in below the operation.
  function request(o) {
    const filled = (where) => parameters(o).filter((p) => p.in === where && o.values[p.name]);
    const path = o.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(o.values[name] || `{${name}}`).replace(/%7B|%7D/g, (c) => c === '%7B' ? '{' : '}'));
    const query = filled('query').map((p) => `${encodeURIComponent(p.name).replace(/%5B/g, '[').replace(/%5D/g, ']')}=${encodeURIComponent(o.values[p.name]).replace(/%2C/g, ',')}`);
    const headers = {};
    if (!(o.op.security && o.op.security.length === 0)) headers.Authorization = 'Bearer $TOKEN';
    for (const p of filled('header')) headers[p.name] = o.values[p.name];
    if (account.brand && !headers['X-Brand-ID'] && parameters(o).some((p) => p.name === 'X-Brand-ID')) headers['X-Brand-ID'] = account.brand;
    if (bodyOf(o)) headers['Content-Type'] = 'application/json';
    return { method: o.method.toUpperCase(), url: rootOf(o) + path + (query.length ? '?' + query.join('&') : ''), headers, body: bodyOf(o) ? o.body : null };
  }

  const rootOf = () => account.base.replace(/\/+$/, '');
  const parsed = (text) => { try { return JSON.parse(text); } catch { return undefined; } };
  const quoted = (text) => "'" + text.replace(/'/g, "'\\''") + "'";

  function python(v, indent) {
    const inner = indent + '    ';
    if (v === null) return 'None';
    if (v === true || v === false) return v ? 'True' : 'False';
    if (Array.isArray(v)) return v.length ? `[${v.map((x) => python(x, indent)).join(', ')}]` : '[]';
    if (typeof v !== 'object') return JSON.stringify(v);
    const keys = Object.keys(v);
    return keys.length ? `{\n${keys.map((k) => `${inner}${JSON.stringify(k)}: ${python(v[k], inner)},\n`).join('')}${indent}}` : '{}';
  }

  const inCode = (value, quote, token) => value.includes('$TOKEN') ? token : quote(value);

  const languages = {
    curl: { name: 'curl', code(r) {
      const lines = [`curl ${r.method === 'GET' ? '' : `-X ${r.method} `}${quoted(r.url)}`];
      for (const [k, v] of Object.entries(r.headers)) lines.push(`  -H ${v.includes('$TOKEN') ? `"${k}: ${v}"` : quoted(`${k}: ${v}`)}`);
      if (r.body !== null) lines.push(`  -d ${quoted(r.body)}`);
      return lines.join(' \\\n');
    } },
    javascript: { name: 'JavaScript', code(r) {
      const headers = Object.entries(r.headers).map(([k, v]) => `    ${JSON.stringify(k)}: ${inCode(v, JSON.stringify, '`Bearer ${token}`')},\n`).join('');
      const body = r.body === null ? '' : `  body: JSON.stringify(${(r.body.trim() || '{}').replace(/\n/g, '\n  ')}),\n`;
      return `const answer = await fetch(${JSON.stringify(r.url)}, {\n  method: "${r.method}",\n` +
        (headers && `  headers: {\n${headers}  },\n`) + body + '});\nconst { data, error } = await answer.json();';
    } },
    python: { name: 'Python', code(r) {
      const headers = Object.entries(r.headers).filter(([k]) => k !== 'Content-Type')
        .map(([k, v]) => `        ${JSON.stringify(k)}: ${inCode(v, JSON.stringify, 'f"Bearer {token}"')},\n`).join('');
      const value = r.body === null ? null : parsed(r.body);
      const json = r.body === null ? '' : `    json=${value === undefined ? '...' : python(value, '    ')},\n`;
      return `import requests\n\nanswer = requests.${r.method.toLowerCase()}(\n    ${JSON.stringify(r.url)},\n` +
        (headers && `    headers={\n${headers}    },\n`) + json + ')\ndata = answer.json()["data"]';
    } },
  };

  function codePanel(o) {
    const shown = h('div', { role: 'tabpanel', 'aria-label': 'Example' });
    const text = () => languages[language].code(request(o));
    const tabs = Object.entries(languages).map(([key, l]) => h('button', { type: 'button', role: 'tab', 'data-key': key, onclick: () => choose(key) }, l.name));
    const choose = (key) => { language = key; for (const f of redraws) f(); };
    const draw = () => {
      for (const t of tabs) {
        const on = t.dataset.key === language;
        t.setAttribute('aria-selected', on);
        t.tabIndex = on ? 0 : -1;
      }
      shown.replaceChildren(block(text(), false));
    };
    const keys = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
      choose(next.dataset.key);
      next.focus();
    };
    redraws.add(draw);
    o.draw = draw;
    draw();
    return h('div', { class: 'panel' }, h('div', { class: 'head' }, h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Language', onkeydown: keys }, tabs), copyButton(text)), shown);
  }

  // ---- trying ----

  function input(o, p) {
    const values = follow(p.schema).enum;
    const change = (event) => { o.values[p.name] = event.target.value.trim(); o.draw(); };
    const field = values
      ? h('select', { onchange: change }, ['', ...values.filter((v) => v !== null)].map((v) => h('option', { value: v }, v || '–')))
      : h('input', { oninput: change, autocomplete: 'off', spellcheck: 'false', value: o.values[p.name] || '', placeholder: typeWords(p.schema) });
    return h('label', null, h('code', null, p.name), ' ', p.required && required(), field);
  }

  async function send(o, button, shown) {
    const r = request(o);
    if (r.headers.Authorization) {
      if (account.token) r.headers.Authorization = 'Bearer ' + account.token;
      else delete r.headers.Authorization;
    }
    button.disabled = true;
    const started = performance.now();
    try {
      const answer = await fetch(r.url, { method: r.method, headers: r.headers, body: r.body === null ? undefined : r.body, credentials: 'same-origin' });
      const text = await answer.text();
      showAnswer(shown, answer, text, Math.round(performance.now() - started));
    } catch (e) {
      const elsewhere = new URL(r.url, location.href).origin !== location.origin;
      shown.replaceChildren(h('p', { class: 'status bad' }, 'No answer'),
        h('p', { class: 'hint' }, elsewhere ? 'This page may talk only to the server it came from; use the example from a terminal instead.' : String(e.message || e)));
    }
    button.disabled = false;
  }

  function showAnswer(shown, answer, text, ms) {
    const json = parsed(text);
    const pretty = json === undefined ? text : JSON.stringify(json, null, 2);
    const headers = [...answer.headers].map(([k, v]) => `${k}: ${v}`).join('\n');
    shown.replaceChildren(
      h('div', { class: 'row' }, h('span', { class: 'status ' + (answer.ok ? 'good' : 'bad') }, `${answer.status} ${answer.statusText}`), h('span', { class: 'hint' }, `${ms} ms`)),
      h('details', null, h('summary', null, 'Headers'), block(headers, false)),
      block(pretty.length > 200000 ? pretty.slice(0, 200000) + '\n…' : pretty || '(empty)', json !== undefined));
    say(`Answer ${answer.status}`);
  }

  function tryPanel(o) {
    const list = parameters(o);
    const needed = list.filter((p) => p.required);
    const others = list.filter((p) => !p.required);
    const shown = h('div', { class: 'answer', role: 'region', 'aria-label': 'Answer' });
    const button = h('button', { type: 'button', class: 'button strong', onclick: () => { if (!shown.isConnected) panel.append(shown); send(o, button, shown); } }, 'Send');
    const panel = h('details', { class: 'try' }, h('summary', null, 'Try it'),
      needed.map((p) => input(o, p)),
      bodyOf(o) && h('label', null, 'Body', h('textarea', { spellcheck: 'false', oninput: (event) => { o.body = event.target.value; o.draw(); } }, o.body)),
      others.length > 0 && h('details', { class: 'more' }, h('summary', null, `Optional parameters (${others.length})`), others.map((p) => input(o, p))),
      h('div', { class: 'row' }, button, h('span', { class: 'hint' }, o.method === 'get' ? '' : 'This changes real data.')));
    return h('div', { class: 'panel' }, panel);
  }

  // ---- an operation ----

  function permissionWords(key) {
    const known = { public: 'Anyone', signed_in: 'Anyone signed in', in_brand: 'Any member of the brand', platform_admin: 'Platform administrators' };
    return known[key] || h('a', { href: '#permissions/' + key }, h('code', null, key));
  }

  function chips(op) {
    return h('ul', { class: 'chips', 'aria-label': 'Needs and effects' },
      h('li', { class: 'chip' }, permissionWords(op['x-permission']), op['x-or-permission'] && [' or ', permissionWords(op['x-or-permission'])]),
      op['x-event'] && h('li', { class: 'chip' }, 'emits ', h('code', null, op['x-event'])));
  }

  const pathText = (path) => h('span', { class: 'path' }, path.split(/(\{\w+\})/).map((p) => p.startsWith('{') ? h('i', null, p) : p));

  function replyParts(o) {
    const [status, ref] = Object.entries(o.op.responses).find(([s]) => s < '300');
    const response = follow(ref);
    const content = (response.content || {})['application/json'];
    const data = content && content.schema && content.schema.allOf && content.schema.allOf[content.schema.allOf.length - 1].properties.data;
    return { status, example: content && content.example, data };
  }

  // The other addresses and methods that do the same.
  function alsoWords(o) {
    const paths = [...new Set(o.copies.map((c) => c.path).filter((p) => p !== o.path))];
    const methods = [...new Set(o.copies.map((c) => c.method).filter((m) => m !== o.method))];
    return [paths.length > 0 && ['Also at ', paths.map((p) => h('span', { class: 'path' }, p)), '. '], methods.length > 0 && methods.join(' and ').toUpperCase() + ' does the same.'];
  }

  function section(title, ...content) {
    return h('section', null, h('h3', null, title), content);
  }

  function operation(o) {
    if (!o.values) {
      o.values = {};
      for (const p of parameters(o)) if (p.in === 'path') o.values[p.name] = '';
      o.body = bodyOf(o) ? JSON.stringify(bodyOf(o).example, null, 2) : '';
    }
    const list = parameters(o), body = bodyOf(o), reply = replyParts(o);
    const object = reply.data && objectIn(reply.data);
    const errors = Object.keys(o.op.responses).filter((s) => s >= '400');
    return h('article', { class: 'operation', id: `${o.domain}/${o.id}`, 'aria-labelledby': 'title-' + o.id },
      h('header', null,
        h('h2', { id: 'title-' + o.id }, h('a', { href: `#${o.domain}/${o.id}` }, o.op.summary)),
        h('div', { class: 'address' }, h('span', { class: `method badge ${o.method}` }, o.method.toUpperCase()), pathText(o.path)),
        chips(o.op),
        o.copies.length > 0 && h('p', { class: 'also' }, alsoWords(o))),
      h('div', { class: 'told' },
        o.op.description && prose(o.op.description),
        list.length > 0 && section('Parameters', parameterTable(list)),
        body && section('Body', objectTable(objectIn(body.schema))),
        object && section('Answer', folded(`${follow(reply.data).items ? 'Fields of each row' : 'Fields'} (${Object.keys(object.properties).length})`, () => objectTable(object, true))),
        errors.length > 0 && section('Refusals', h('ul', { class: 'statuses' }, errors.map((s) => h('li', null, h('a', { href: '#errors/' + s, title: follow(o.op.responses[s]).description.replace(/`/g, '') }, s)))))),
      h('div', { class: 'side' }, codePanel(o), tryPanel(o),
        reply.example && h('div', { class: 'panel' },
          h('div', { class: 'head' }, h('h3', null, 'Answer ' + reply.status), copyButton(() => JSON.stringify(reply.example, null, 2))),
          block(JSON.stringify(reply.example, null, 2), true))));
  }

  // ---- pages ----

  function startPage() {
    return [h('h1', null, api.info.title), h('div', { class: 'lead' }, prose(api.info.description)),
      h('ul', { class: 'cards' },
        [['permissions', 'Permissions', 'Who may do what'], ['errors', 'Errors', 'Every code a refusal can have']].map(([id, name, words]) => h('li', null, h('a', { href: '#' + id }, h('b', null, name), h('span', null, words)))),
        domains().map((d) => h('li', null, h('a', { href: '#' + d }, h('b', null, d), h('span', null, count(operations.filter((o) => o.domain === d).length))))))];
  }

  const count = (n) => n === 1 ? '1 operation' : `${n} operations`;

  function errorsPage() {
    const rows = Object.entries(api.components.responses).filter(([name]) => /^Error\d+$/.test(name)).sort(([a], [b]) => a < b ? -1 : 1)
      .flatMap(([name, r]) => Object.entries(r.content['application/json'].examples).map(([code, e], i) =>
        h('tr', { id: i ? null : 'errors/' + name.slice(5) }, h('td', null, name.slice(5)), h('td', null, h('code', null, code)), h('td', null, e.value.error.message))));
    return [h('h1', null, 'Errors'),
      h('p', { class: 'lead' }, inline('A refusal has `success: false` and an `error` with `code`, `message`, `details` and `field_errors`. Rely on the code; the message is for people.')),
      h('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Errors' }, h('table', null, h('thead', null, h('tr', null, ['Status', 'Code', 'Message'].map((t) => h('th', { scope: 'col' }, t)))), h('tbody', null, rows)))];
  }

  function permissionsPage() {
    const { roles, permissions } = api['x-permissions'];
    const rows = permissions.map((p) => h('tr', { id: 'permissions/' + p.key }, h('td', null, h('code', null, p.key), h('div', null, p.description)),
      roles.map((r, i) => { const can = i >= roles.indexOf(p.from); return h('td', { class: can ? 'can' : 'cannot' }, can ? 'can' : '–'); })));
    return [h('h1', null, 'Permissions'), h('p', { class: 'lead' }, 'What each role may do by default. A brand can change its roles, and a member can be given more or less.'),
      h('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Permissions by role' }, h('table', null, h('thead', null, h('tr', null, ['Permission', ...roles].map((t) => h('th', { scope: 'col' }, t)))), h('tbody', null, rows)))];
  }

  function domainPage(name) {
    const own = operations.filter((o) => o.domain === name);
    return [h('h1', { class: 'domain-title' }, name), h('p', { class: 'lead' }, count(own.length)), own.map(operation)];
  }

  function show() {
    const [page, rest] = decodeURIComponent(location.hash.slice(1) || 'start').split(/\/(.*)/);
    const pages = { start: startPage, errors: errorsPage, permissions: permissionsPage };
    const content = pages[page] ? pages[page]() : domains().includes(page) ? null : startPage();
    if (content || show.page !== page) {
      redraws.clear();
      $('content').replaceChildren(...(content || domainPage(page)).flat());
      show.page = page;
    }
    mark(page, rest);
    const title = rest && operations.find((o) => o.id === rest);
    document.title = `${title ? title.op.summary : page === 'start' ? 'Overview' : page} · Karara API`;
    const target = rest && document.getElementById(`${page}/${rest}`);
    if (!target) {
      window.scrollTo(0, 0);
    } else {
      const isRow = target.tagName === 'TR';
      target.classList.toggle('sought', isRow);
      target.scrollIntoView({ block: isRow ? 'center' : 'start' });
    }
    openContents(false);
  }

  function mark(page, rest) {
    const links = [...$('tree').querySelectorAll('a')];
    const full = '#' + page + (rest ? '/' + rest : '');
    const wanted = links.some((a) => a.getAttribute('href') === full) ? full : '#' + page;
    for (const a of links) {
      const on = a.getAttribute('href') === wanted;
      if (on) a.setAttribute('aria-current', 'location');
      else a.removeAttribute('aria-current');
      if (on) a.scrollIntoView({ block: 'nearest' });
    }
  }

  // ---- contents ----

  function tree() {
    const link = (href, text, extra) => h('li', null, h('a', { href, class: extra }, text));
    $('tree').replaceChildren(
      h('ul', { 'data-group': '' }, link('#start', 'Overview'), link('#permissions', 'Permissions'), link('#errors', 'Errors')),
      ...domains().map((d) => {
        const own = operations.filter((o) => o.domain === d);
        return h('ul', { 'data-group': d }, h('li', null, h('a', { href: '#' + d, class: 'domain' }, d, h('span', null, own.length))),
          own.map((o) => h('li', { 'data-text': [o.method, o.path, o.op.summary, o.id, o.op['x-permission'], o.op['x-event']].join(' ').toLowerCase() },
            h('a', { href: `#${d}/${o.id}`, title: `${o.method.toUpperCase()} ${o.path}` }, h('span', { class: 'method ' + o.method }, o.method === 'delete' ? 'DEL' : o.method.toUpperCase()), o.op.summary))));
      }));
  }

  function filter() {
    const words = $('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
    let any = words.length === 0;
    for (const group of $('tree').children) {
      let shown = 0;
      for (const li of group.querySelectorAll('[data-text]')) {
        li.hidden = !words.every((w) => li.dataset.text.includes(w));
        shown += !li.hidden;
      }
      group.hidden = words.length > 0 && shown === 0;
      any = any || shown > 0;
    }
    $('none').hidden = any;
  }

  function openContents(open) {
    $('contents').classList.toggle('open', open);
    $('menu').setAttribute('aria-expanded', open);
    $('menu').textContent = open ? 'Close' : 'Contents';
  }

  // ---- account ----

  function drawAccount() {
    $('connect').classList.toggle('on', Boolean(account.token));
    $('connection').textContent = account.token ? account.who || 'With a token' : 'Not signed in';
    for (const f of redraws) f();
  }

  async function signIn() {
    const words = $('sign-in-words');
    words.textContent = 'Signing in …';
    try {
      const answer = await fetch(rootOf() + '/auth/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email: $('email').value, password: $('password').value }) });
      const { data, error } = await answer.json();
      $('password').value = '';
      if (error) {
        words.textContent = error.message;
        return;
      }
      Object.assign(account, { token: data.access_token, who: $('email').value });
      $('token').value = data.access_token;
      words.textContent = 'Signed in.';
      drawAccount();
    } catch {
      words.textContent = 'No answer from that address.';
    }
  }

  function wireAccount() {
    $('base').value = account.base;
    $('connect').addEventListener('click', () => $('account').showModal());
    $('base').addEventListener('input', (e) => { account.base = e.target.value; drawAccount(); });
    $('token').addEventListener('input', (e) => { Object.assign(account, { token: e.target.value.trim(), who: '' }); drawAccount(); });
    $('brand').addEventListener('input', (e) => { account.brand = e.target.value.trim(); drawAccount(); });
    $('sign-in').addEventListener('click', signIn);
    $('password').addEventListener('keydown', (e) => { if (e.key === 'Enter') { e.preventDefault(); signIn(); } });
    $('account-form').addEventListener('submit', (e) => { e.preventDefault(); $('account').close(); });
    $('forget').addEventListener('click', () => {
      Object.assign(account, { token: '', brand: '', who: '' });
      for (const id of ['email', 'password', 'token', 'brand']) $(id).value = '';
      $('sign-in-words').textContent = '';
      drawAccount();
    });
  }

  function wireKeys() {
    document.addEventListener('keydown', (e) => {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
      if (e.key === '/' && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) {
        e.preventDefault();
        openContents(true);
        $('filter').focus();
      } else if (e.key === 'Escape' && document.activeElement === $('filter')) {
        $('filter').value = '';
        filter();
      } else if (e.key === 'Escape') {
        openContents(false);
      }
    });
    $('filter').addEventListener('input', filter);
    $('menu').addEventListener('click', () => openContents($('menu').getAttribute('aria-expanded') !== 'true'));
    $('tree').addEventListener('click', (e) => { if (e.target.closest('a')) openContents(false); });
    window.addEventListener('hashchange', show);
  }

  async function start() {
    try {
      api = await (await fetch('/openapi.json')).json();
    } catch {
      $('content').replaceChildren(h('p', { class: 'loading' }, 'The description could not be read. ', h('a', { href: '' }, 'Try again')));
      return;
    }
    collect();
    $('version').textContent = api.info.version;
    tree();
    wireAccount();
    wireKeys();
    show();
  }
  start();
})();
