import { Value } from '@sinclair/typebox/value';
import { test } from 'tap';
import { problemCodes, problemType, ProblemTypeListSchema, ProblemTypeSchema } from '@postausgang/contracts';
import { problemPage } from '../../packages/http/src/problem-pages.ts';
import { build, settingsRoutes } from './fixture.ts';

/** What Firefox sends when somebody follows a link. */
const browserAccept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/** The texts of a page without its markup. */
function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

test('the type of a problem leads to what it means', async (t) => {
  const app = await build(t, settingsRoutes);
  const { type } = (await app.inject('/v1/outgoing-servers/default')).json();
  const answer = await app.inject(type);
  t.equal(answer.statusCode, 200);
  t.match(answer.headers['content-type'], 'application/json');
  t.match(answer.json(), {
    type: '/problems/unauthenticated',
    code: 'unauthenticated',
    status: 401,
    retriable: false,
    title: { en: 'Not authenticated', de: 'Nicht angemeldet' },
    cause: { en: /expired or revoked/, de: /abgelaufen oder widerrufen/ },
    remedy: { en: /Sign in again/, de: /Melden Sie sich/ },
  });
  t.equal((await app.inject({ method: 'HEAD', url: type })).statusCode, 200);
});

test('every code is explained as JSON, and in the list', async (t) => {
  const app = await build(t);
  for (const code of problemCodes) {
    const answer = await app.inject(`/problems/${code}`);
    t.ok(Value.Check(ProblemTypeSchema, answer.json()), code);
    t.same(answer.json(), problemType(code), code);
  }
  const list = (await app.inject('/problems')).json();
  t.ok(Value.Check(ProblemTypeListSchema, list));
  t.same(list, { items: problemCodes.map(problemType) });
});

for (const language of ['de', 'en'] as const) {
  test(`every code has a page with all its texts: ${language}`, async (t) => {
    const app = await build(t);
    const headers = { accept: browserAccept, 'accept-language': language };
    for (const code of problemCodes) {
      const answer = await app.inject({ url: `/problems/${code}`, headers });
      t.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
      t.equal(answer.headers['content-language'], language);
      t.match(answer.payload, `<html lang="${language}">`);
      const { title, cause, remedy, status } = problemType(code);
      const text = textOf(answer.payload);
      for (const part of [title[language], cause[language], remedy[language], code, String(status)]) {
        t.ok(text.includes(part), `${code}: ${part}`);
      }
    }
    const list = textOf((await app.inject({ url: '/problems', headers })).payload);
    for (const code of problemCodes) {
      t.ok(list.includes(problemType(code).title[language]), code);
    }
  });
}

test('a page allows neither script nor style, and has none', async (t) => {
  const app = await build(t);
  for (const url of ['/problems', '/problems/not-found']) {
    const { headers, payload } = await app.inject({ url, headers: { accept: browserAccept } });
    const policy = String(headers['content-security-policy']);
    t.notMatch(policy, /unsafe|https?:|\*|data:|'self'/);
    for (const rule of ['default-src', 'base-uri', 'form-action', 'frame-ancestors']) {
      t.match(policy, `${rule} 'none'`);
    }
    t.notMatch(payload, /<script|<style|style=| on\w+=|src=|<link/);
    t.match(payload, /<main>\n<h1>.+<\/h1>/);
  }
});

test('answers a page to those who prefer HTML, and JSON to all others', async (t) => {
  const app = await build(t);
  const accepts: Readonly<Record<string, 'json' | 'html'>> = {
    [browserAccept]: 'html',
    'text/html': 'html',
    'text/*': 'html',
    'application/json;q=0.5, text/html': 'html',
    'application/json': 'json',
    'text/html;q=0.5, application/json': 'json',
    '*/*': 'json',
    'application/problem+json': 'json',
    'image/png': 'json',
    '': 'json',
    ';;,=': 'json',
  };
  for (const url of ['/problems', '/problems/not-found']) {
    for (const [accept, kind] of Object.entries(accepts)) {
      const { statusCode, headers } = await app.inject({ url, headers: { accept } });
      t.equal(statusCode, 200);
      t.match(headers['content-type'], kind, `${url} for ${accept}`);
      t.equal(headers['vary'], 'accept, accept-language');
    }
    t.match((await app.inject(url)).headers['content-type'], 'json', 'without the header');
  }
});

test('speaks the language that is preferred, and English where it has none of them', async (t) => {
  const app = await build(t);
  const languages: Readonly<Record<string, 'de' | 'en'>> = {
    de: 'de',
    'de-AT,de;q=0.9,en;q=0.8': 'de',
    'fr, de-CH;q=0.8': 'de',
    'en;q=0.4, de;q=0.5': 'de',
    'de;q=0.4, en-US;q=0.5': 'en',
    'de;q=0': 'en',
    fr: 'en',
    '*': 'en',
    '': 'en',
  };
  for (const [wanted, language] of Object.entries(languages)) {
    const headers = { accept: 'text/html', 'accept-language': wanted };
    const answer = await app.inject({ url: '/problems/not-found', headers });
    t.match(answer.payload, `<html lang="${language}">`, wanted);
  }
});

test('below a base path, types and links stay below it', async (t) => {
  const app = await build(t, undefined, { basePath: '/mail' });
  for (const path of ['/problems/not-found', '/mail/problems/not-found']) {
    t.equal((await app.inject(path)).json().type, '/mail/problems/not-found', path);
  }
  t.match((await app.inject('/mail/problems')).json(), { items: [{ type: /^\/mail\/problems\// }] });
  const headers = { accept: 'text/html' };
  const follow = async (from: string): Promise<readonly string[]> => {
    const { payload } = await app.inject({ url: from, headers });
    return [...payload.matchAll(/href="([^"]*)"/g)].map(
      ([, link = '']) => new URL(link, `http://localhost${from}`).pathname,
    );
  };
  t.same(await follow('/mail/problems/not-found'), ['/mail/problems']);
  t.same(
    await follow('/mail/problems'),
    problemCodes.map((code) => `/mail/problems/${code}`),
  );
});

test('an unknown code is not found, whatever it is called', async (t) => {
  const app = await build(t);
  const unknown = ['nothing', 'Not-Found', '__proto__', 'constructor', 'toString', '%3Cscript%3E', '%00', ''];
  for (const code of unknown) {
    for (const accept of ['*/*', 'text/html']) {
      const answer = await app.inject({ url: `/problems/${code}`, headers: { accept } });
      t.equal(answer.statusCode, 404, code);
      t.equal(answer.headers['content-type'], 'application/problem+json');
      t.match(answer.json(), { type: '/problems/not-found', code: 'not-found' });
    }
  }
});

test('whatever a text contains, it stays text on the page', async (t) => {
  const hostile = `</title><script>alert("1")</script> & 'ä'`;
  const text = { en: hostile, de: hostile };
  const page = problemPage({ ...problemType('not-found'), title: text, cause: text, remedy: text }, 'de');
  t.notMatch(page, /<script|<\/title><|"1"/);
  t.equal(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;ä&#39;').length, 5);
  t.equal(textOf(page).split(hostile).length, 5, 'the title, the heading, the cause and the remedy');
});
