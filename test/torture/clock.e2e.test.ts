import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import type { MailStatus, QueueStatus } from '@postausgang/contracts';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { faketimeLibrary } from '../peers/faketime.ts';
import { freePort } from '../peers/free-port.ts';
import { startNodeSink } from '../peers/node-sink.ts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';

const mails = 20;
const server = '/v1/outgoing-servers/default';
const yearMs = 365 * 86_400_000;

/** By how much the clock of the service differs from ours. */
const yearsAhead = ({ asOf }: QueueStatus): number => (Date.parse(asOf) - Date.now()) / yearMs;

test('a running service whose clock is set by years loses no mail', async (t) => {
  if (!requirePeer(t, 'faketime')) return;
  const directory = t.testdir();
  const clock = `${directory}/clock`;
  const setClock = (offset: string): void => writeFileSync(clock, `${offset}\n`);
  setClock('+0');
  const port = await freePort();
  const before = await startNodeSink({ port });
  const service = await startStandaloneProcess(`${directory}/data`, {
    LD_PRELOAD: faketimeLibrary(),
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  });
  t.teardown(() => service.kill());
  const smtp = { hostname: '127.0.0.1', port, encryption: 'none', authentication: 'none' };
  const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
  await service.call('PUT', server, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
  });
  const submit = async (): Promise<string> => {
    const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
    return ((await service.call('POST', '/v1/mails', { body })).body as MailStatus).id;
  };
  const queue = async () => (await service.call('GET', '/v1/queue')).body as QueueStatus;
  await before.stop();
  for (let index = 0; index < mails; index += 1) await submit();
  await waitFor('a standstill', async () => ((await queue()).state === 'standstill' ? true : undefined));

  setClock('+10y');
  await sleep(3000);
  const ahead = await queue();
  t.ok(yearsAhead(ahead) > 9, 'the service sees the other clock');
  t.equal(ahead.mails.due + ahead.mails.later, mails, 'nothing has expired');
  setClock('-10y');
  await sleep(3000);
  t.ok(yearsAhead(await queue()) < -9);

  const sink = await startNodeSink({ port });
  t.teardown(sink.stop);
  await submit();
  await sink.waitForMessages(mails + 1, 60_000);
  const done = await waitFor('an empty queue', async () => {
    const { mails: counts } = await queue();
    return counts.due + counts.later + counts.sending === 0 ? counts : undefined;
  });
  t.equal(done.unknown, 0);
  t.equal(sink.counts().messages, mails + 1, 'each once');
  t.equal(await service.stop(), 0);
});
