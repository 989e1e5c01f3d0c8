import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type Test, test } from 'tap';
import { startService } from '../config-api/fixture.ts';

async function open(t: Test) {
  const { app } = await startService(t);
  return (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
}

const filesOf = (html: string): string[] =>
  [...html.matchAll(/(?:href|src)="\.(\/page\/[^"]+)"/g)].map(([, path = '']) => path);

test('the page is for everybody, and allows nothing from elsewhere', async (t) => {
  const get = await open(t);
  const answer = await get('/', { 'accept-language': 'fr, de-AT;q=0.8' });
  t.equal(answer.statusCode, 200);
  t.match(answer.payload, '<html lang="de">');
  t.match((await get('/')).payload, '<html lang="en">');
  t.match(
    (await get('/', { 'accept-language': 'en;q=0.5, de' })).payload,
    '<html lang="de">',
    'by preference',
  );
  const policy = String(answer.headers['content-security-policy']);
  t.notMatch(policy, /unsafe|https?:|\*|data:/);
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) {
    t.ok(policy.includes(rule), rule);
  }
  t.notMatch(answer.payload, /<style|style=| on\w+=|<script(?![^>]* src=)/, 'nothing inline');
  t.equal(
    (await get('/', { 'if-none-match': String(answer.headers['etag']) })).statusCode,
    200,
    'another language',
  );
  const again = { 'if-none-match': String(answer.headers['etag']), 'accept-language': 'de' };
  t.equal((await get('/', again)).statusCode, 304);
});

test('its files may be kept for ever, and come compressed', async (t) => {
  const get = await open(t);
  const paths = filesOf((await get('/')).payload);
  t.same(
    paths.map((path) => path.split('/').at(-1)),
    ['icon.svg', 'style.css', 'main.js'],
  );
  for (const path of paths) {
    const plain = await get(path);
    t.equal(plain.statusCode, 200, path);
    t.match(plain.headers['cache-control'], 'immutable');
    t.match(plain.headers['content-type'], /text\/(?:javascript|css); charset=utf-8|image\/svg\+xml/);
    const br = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
    t.equal(br.headers['content-encoding'], 'br');
    t.equal(brotliDecompressSync(br.rawPayload).toString(), plain.payload);
    const zipped = await get(path, { 'accept-encoding': 'gzip' });
    t.equal(gunzipSync(zipped.rawPayload).toString(), plain.payload);
  }
  t.equal((await get('/page/0000000000000000/main.js')).statusCode, 404, 'an older version');
  const [first = ''] = paths;
  t.equal((await get(`${first}/../../../package.json`)).statusCode, 404);
});

test('what is loaded later finds everything it takes from the first script', async (t) => {
  const get = await open(t);
  const [first = ''] = filesOf((await get('/')).payload);
  const read = async (name: string): Promise<string> => (await get(first.replace('icon.svg', name))).payload;
  const namesOf = (list: string, name: RegExp): string[] =>
    list.split(',').map((one) => name.exec(one.trim())?.[1] ?? one);
  const main = await read('main.js');
  const exported = namesOf(/export\{([^}]*)\}/.exec(main)?.[1] ?? '', /(\w+)$/);
  const later = [...main.matchAll(/import\("\.\/([\w-]+\.js)"\)/g)].map(([, name = '']) => name);
  t.ok(later.length > 1, later.join(', '));
  for (const name of later) {
    const taken = [...(await read(name)).matchAll(/import\{([^}]*)\}from"\.\/main\.js"/g)];
    const wanted = taken.flatMap(([, list = '']) => namesOf(list, /^(\w+)/));
    t.ok(wanted.length > 5, `${name} takes ${wanted.length} names`);
    t.same(
      wanted.filter((one) => !exported.includes(one)),
      [],
      name,
    );
  }
});
