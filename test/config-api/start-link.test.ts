import { test } from 'tap';
import { startService } from './fixture.ts';

const hourMs = 60 * 60 * 1000;

interface From {
  readonly remoteAddress?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function startedAt(t: Parameters<typeof startService>[0]) {
  let nowMs = Date.UTC(2031, 4, 1);
  const service = await startService(t, { now: () => new Date(nowMs) });
  const become = async (token: string, name = 'Anna Berger', { headers = {}, ...from }: From = {}) => {
    const answer = await service.app.inject({
      method: 'POST',
      url: '/v1/first-person',
      payload: { token, name },
      headers: { 'content-type': 'application/json', ...headers },
      ...from,
    });
    return { status: answer.statusCode, body: answer.json<{ readonly key?: string }>() };
  };
  const pass = (ms: number): void => void (nowMs += ms);
  return { ...service, become, pass };
}

test('the printed link makes the first person, once, and the history shows the name', async (t) => {
  const { api, become, call } = await startedAt(t);
  const token = api.openStartLink() ?? '';
  t.match(token, /^[\w-]{43}$/);
  t.match(await become('x'.repeat(43)), { status: 403, body: { code: 'start-link-invalid' } });
  t.match(await become(token, ''), { status: 400, body: { findings: [{ pointer: '/name' }] } });
  const [one, other] = await Promise.all([become(token), become(token, 'Somebody else')]);
  t.same(new Set([one.status, other.status]), new Set([201, 403]), 'the first one who uses it');
  const key = one.body.key ?? other.body.key ?? '';
  t.match((await call('GET', '/v1/api-keys', { key })).body, {
    items: [{ name: 'first admin key' }, { createdBy: 'link of the first start', scopes: ['admin'] }],
  });
  t.equal(api.openStartLink(), undefined, 'somebody administers now');
});

test('the link counts from this machine only, for an hour, and while nobody administers', async (t) => {
  const { api, become, call, pass } = await startedAt(t);
  const refused = { status: 403, body: { code: 'start-link-invalid' } };
  t.match(await become('x'), refused, 'before there is a link');
  const first = api.openStartLink() ?? '';
  const token = api.openStartLink() ?? '';
  t.match(await become(first), refused, 'a new link replaces the one before');
  for (const from of [
    { remoteAddress: '192.0.2.7' },
    { remoteAddress: '2001:db8::1' },
    { remoteAddress: '::ffff:192.0.2.7' },
    { headers: { 'x-forwarded-for': '127.0.0.1' } },
    { headers: { forwarded: 'for=127.0.0.1' } },
  ]) {
    t.match(await become(token, 'Anna', from), refused, JSON.stringify(from));
  }
  pass(hourMs);
  t.match(await become(token), refused, 'an hour later');
  const late = api.openStartLink() ?? '';
  t.equal((await call('POST', '/v1/api-keys', { body: { name: 'Ben', scopes: ['admin'] } })).status, 201);
  t.match(await become(late), refused, 'somebody was faster with the key of the file');
});

test('a link that could not be used because the log did not answer counts again', async (t) => {
  const { api, become, log } = await startedAt(t);
  const token = api.openStartLink() ?? '';
  await log.close();
  t.match(await become(token), { status: 503 });
  t.match(await become(token), { status: 503 }, 'and is not taken for one that was used');
});
