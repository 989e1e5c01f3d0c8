import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import {
  createExchangeHttps,
  createTokens,
} from '../../../../services/mailer/src/transports/exchange/open.ts';
import { connection, described, secretKeys, startWorld } from './fixture.ts';

test('an authority that is asked too often is left alone for as long as it says', async (t) => {
  const { authority, options } = await startWorld(t);
  const { oauth } = described(
    connection(authority, { protocol: 'graph', graphUrl: 'https://graph.test', scope: 'a/.default' }),
  );
  if (oauth === null) throw new Error('no OAuth');
  let nowMs = Date.UTC(2026, 10, 25);
  const clocked = { ...options, now: () => new Date(nowMs) };
  const https = createExchangeHttps(clocked, { timeoutSeconds: 5, maxConnections: 1 });
  t.teardown(() => https.close());
  const source = createTokens(clocked, oauth, secretKeys().credential, https);
  authority.refuseNext({ status: 429, error: 'temporarily_unavailable', retryAfterSeconds: 1 });
  const throttled = {
    ok: false,
    failure: { code: 'server-throttled', class: 'throttled', retryAfterSeconds: 1 },
  };

  const first = await Promise.all(Array.from({ length: 20 }, () => source.token()));
  for (const result of first) t.match(result, throttled);
  t.equal(authority.requests(), 1);
  // MSAL keeps a pause of its own by the real clock; the one that is ours alone holds after it.
  await sleep(2100);
  nowMs += 999;
  t.match(await source.token(), throttled);
  t.match(await source.token(createSecret('rejected')), throttled, 'nor for a token that was rejected');
  t.equal(authority.requests(), 1, 'not asked a second time before the pause is over');

  nowMs += 1;
  t.match(await source.token(), { ok: true });
  t.equal(authority.requests(), 2);
});
