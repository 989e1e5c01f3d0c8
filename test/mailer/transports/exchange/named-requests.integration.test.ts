import { readFileSync } from 'node:fs';
import { test, type Test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import type { SendResult, Transport } from '../../../../packages/mail/src/transport.ts';
import { startEwsServer } from '../../../peers/exchange/ews-server.ts';
import { startGraphServer } from '../../../peers/exchange/graph-server.ts';
import type { HttpsPeer } from '../../../peers/exchange/https-peer.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { connection, mailbox, opened, secretKeys, sending, startWorld } from './fixture.ts';

const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'));
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const detailOf = (result: SendResult): string => result.failure?.detail ?? '';

/** Every request says who asks, and what went wrong says which request it was. */
async function checkPeer(t: Test, peer: HttpsPeer, transport: Transport): Promise<void> {
  t.match(await transport.send(sending().request), { kind: 'finished', failure: null });
  peer.faults.push({ status: 503, headers: { 'request-id': 'server-side-1' }, body: '' });
  const refused = detailOf(await transport.send(sending().request));
  const ofLast = (): string => String(peer.heads.at(-1)?.['client-request-id']);
  t.match(refused, `client-request-id ${ofLast()}`);
  t.match(refused, 'request-id server-side-1');
  peer.faults.push('lose-reply');
  const lost = await transport.send(sending().request);
  t.match(lost, { recipients: [{ outcome: 'unknown' }] });
  t.match(detailOf(lost), `client-request-id ${ofLast()}`);
  for (const head of peer.heads) {
    t.equal(head['user-agent'], `Postausgang/${version}`);
    t.equal(head['return-client-request-id'], 'true');
    t.match(head['client-request-id'], uuid);
  }
  t.equal(new Set(peer.heads.map((head) => head['client-request-id'])).size, peer.heads.length);
}

test('Graph is told who asks, and a failure names the request', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const { certificates, authority, options } = await startWorld(t);
  const graph = await startGraphServer(certificates.server, authority, mailbox);
  t.teardown(() => graph.close());
  const content = connection(authority, { protocol: 'graph', graphUrl: graph.url });
  await checkPeer(t, graph, await opened(t, options, content));
});

test('EWS is told who asks, and a failure names the request', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const { certificates, authority, options } = await startWorld(t);
  const basic = { username: 'erp', password: 'Kanarienvogel' };
  const ews = await startEwsServer({ certificate: certificates.server, mailbox, basic });
  t.teardown(() => ews.close());
  const content = connection(authority, {
    protocol: 'ews',
    authentication: 'basic',
    username: basic.username,
    ewsUrl: `${ews.url}/EWS/Exchange.asmx`,
  });
  const keys = { ...secretKeys(), credential: null, password: createSecret(basic.password) };
  await checkPeer(t, ews, await opened(t, options, content, keys));
});
