import { test, type Test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import type { ExchangeConnectionContent } from '@postausgang/contracts';
import type { ExchangeKeys } from '../../../../packages/credentials/src/open-secrets.ts';
import {
  type ExchangeOptions,
  openExchangeTransport,
} from '../../../../services/mailer/src/transports/exchange/open.ts';
import { createServerMemories } from '../../../../services/mailer/src/transports/smtp/server-memory.ts';
import { startEwsServer } from '../../../peers/exchange/ews-server.ts';
import { startGraphServer } from '../../../peers/exchange/graph-server.ts';
import { startHttpsPeer } from '../../../peers/exchange/https-peer.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { connection, described, mailbox, secretKeys, startWorld } from './fixture.ts';

const hourMs = 3_600_000;

interface Refusing {
  readonly options: ExchangeOptions;
  readonly content: ExchangeConnectionContent;
  readonly wrong: ExchangeKeys;
  readonly right: ExchangeKeys;
  readonly code: string;
  /** How often the secret has come to the server. */
  readonly tries: () => number;
}

/** `ok`, or why the transport does not open. */
async function outcomeOf(
  options: ExchangeOptions,
  content: ExchangeConnectionContent,
  keys: ExchangeKeys,
): Promise<string> {
  const opened = await openExchangeTransport(options, described(content), keys);
  if (opened.ok) await opened.transport.close();
  return opened.ok ? 'ok' : opened.failure.code;
}

const passwordKeys = (password: string): ExchangeKeys => ({
  credential: null,
  password: createSecret(password),
  trusted: null,
});

/** Three tries in an hour, one more for each time that a person asks, and another secret at once. */
async function checkLimit(t: Test, { options, content, wrong, right, code, tries }: Refusing): Promise<void> {
  let nowMs = 1000;
  const memories = createServerMemories(() => nowMs);
  const open = (keys: ExchangeKeys, isAsked: boolean): Promise<string> =>
    outcomeOf({ ...options, memories, isAsked }, content, keys);
  t.equal(await open(wrong, true), code);
  t.equal(await open(wrong, false), code);
  t.equal(await open(wrong, false), code);
  const threeTries = tries();
  for (let retry = 0; retry < 5; retry += 1) t.equal(await open(wrong, false), 'sign-in-paused');
  t.equal(tries(), threeTries, 'nothing has gone out');
  t.equal(await open(wrong, true), code, 'a person may try it');
  t.ok(tries() > threeTries);
  t.equal(await open(wrong, false), 'sign-in-paused');
  nowMs += hourMs;
  t.equal(await open(wrong, false), code, 'an hour later');
  t.equal(await open(wrong, false), 'sign-in-paused', 'once');
  t.equal(await open(right, false), 'ok', 'another secret is another matter');
  nowMs += hourMs;
  t.equal(await open(right, false), 'ok');
}

test('a client secret that the authority refuses is not tried again and again', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const { certificates, authority, options } = await startWorld(t);
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  t.teardown(() => graph.close());
  await checkLimit(t, {
    options,
    content: connection(authority, { protocol: 'graph', graphUrl: graph.url }),
    wrong: secretKeys('wrong'),
    right: secretKeys(),
    code: 'client-secret-wrong',
    tries: () => authority.requests(),
  });
});

for (const authentication of ['basic', 'ntlm'] as const) {
  test(`a password that EWS refuses is not tried again and again: ${authentication}`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { certificates, authority, options } = await startWorld(t);
    const account = { username: 'erp', password: 'Kanarienvogel' };
    const ews = await startEwsServer({
      certificate: certificates.server,
      mailbox,
      ...(authentication === 'basic'
        ? { basic: account }
        : { ntlm: { ...account, domain: 'ACME', user: 'erp' } }),
    });
    t.teardown(() => ews.close());
    const username = authentication === 'basic' ? account.username : 'ACME\\erp';
    const endpoint = { ewsUrl: `${ews.url}/EWS/Exchange.asmx` };
    await checkLimit(t, {
      options,
      content: connection(authority, { protocol: 'ews', authentication, username, ...endpoint }),
      wrong: passwordKeys('wrong'),
      right: passwordKeys(account.password),
      code: 'credentials-rejected',
      tries: () => ews.heads.length,
    });
  });
}

test('a server that has not looked at the password has not accepted it', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const { certificates, authority, options } = await startWorld(t);
  const statuses = [401, 503, 401, 502, 401];
  const ews = await startHttpsPeer(certificates.server, () => ({
    status: statuses.shift() ?? 200,
    headers: { 'www-authenticate': 'Basic realm="ews"' },
  }));
  t.teardown(() => ews.close());
  const content = connection(authority, {
    protocol: 'ews',
    authentication: 'basic',
    username: 'erp',
    ewsUrl: `${ews.url}/EWS/Exchange.asmx`,
  });
  const limited = { ...options, memories: createServerMemories() };
  const open = () => outcomeOf(limited, content, passwordKeys('wrong'));
  t.equal(await open(), 'credentials-rejected');
  t.not(await open(), 'credentials-rejected');
  t.equal(await open(), 'credentials-rejected');
  t.not(await open(), 'credentials-rejected');
  t.equal(await open(), 'credentials-rejected');
  t.equal(await open(), 'sign-in-paused');
});
