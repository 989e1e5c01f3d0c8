import { join } from 'node:path';
import type { MailStatus, QueueStatus } from '@postausgang/contracts';
import { type Test, test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { mountSmallDisk, type SmallDisk } from '../peers/small-disk.ts';
import { waitFor } from '../peers/wait-for.ts';
import { nothingIsLost, type Running, server, start } from './disk/running.ts';

interface Occupied {
  /** A key, and mails that wait, in a transaction and for their time. */
  readonly key: string;
  readonly keyId: string;
  readonly inFlight: string;
  readonly waiting: readonly string[];
}

/** Makes what an administrator might want to stop; once a mail is `taken` by the server, takes every byte of the disk. */
async function occupy(
  t: Test,
  disk: SmallDisk,
  { service, submit }: Running,
  taken: Promise<void>,
): Promise<Occupied> {
  const created = await service.call('POST', '/v1/api-keys', {
    body: { name: 'stolen', scopes: ['mail:send'] },
  });
  t.equal(created.status, 201);
  const { key, id: keyId } = created.body as { key: string; id: string };
  const post = async (fields: object): Promise<string> => {
    const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.', ...fields };
    return ((await service.call('POST', '/v1/mails', { body })).body as MailStatus).id;
  };
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  const waiting = [await post({ sendAt }), await post({ sendAt }), await post({ sendAt })];
  const inFlight = await post({});
  await taken;
  await disk.fill(0);
  await waitFor('a full disk', async () => ((await submit()) === '507 log-full' ? true : undefined));
  return { key, keyId, inFlight, waiting };
}

test('at 0 bytes free an administrator has the last word, and outcomes are recorded', async (t) => {
  const disk = await mountSmallDisk(t, 64);
  if (disk === undefined) return;
  const taken = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  const running = await start(t, join(disk.path, 'data'), {
    onMessage: taken.resolve,
    answerWhen: answering.promise,
  });
  const { service, submit, readiness } = running;
  const { key, keyId, inFlight, waiting } = await occupy(t, disk, running, taken.promise);
  const began = performance.now();
  t.equal((await service.call('DELETE', `/v1/api-keys/${keyId}`)).status, 204, 'a key is revoked');
  const refused = await fetch(`${service.api}/v1/mails`, { headers: { authorization: `Bearer ${key}` } });
  t.equal(refused.status, 401, 'and is of no use any more');
  for (const id of waiting) {
    const cancelled = await service.call('POST', `/v1/mails/${id}/cancel`);
    t.equal(cancelled.status, 200, 'a mail is cancelled');
  }
  t.equal(await submit(), '507 log-full', 'mail still finds no room');
  const { headers } = await service.call('GET', server);
  const off = await service.call('PATCH', server, {
    headers: { 'if-match': headers.get('etag') ?? '', prefer: 'wait=applied' },
    body: { enabled: false },
  });
  t.equal(off.status, 200, 'sending is switched off');
  const tookMs = Math.round(performance.now() - began);
  answering.resolve();
  await waitFor('the outcome of the mail in flight', async () => {
    const { body } = await service.call('GET', `/v1/mails/${inFlight}`);
    return (body as MailStatus).state === 'sent' ? true : undefined;
  });
  t.equal(await readiness(), '503 log-full');
  const metrics = await (await fetch(`${service.api}/metrics`)).text();
  t.match(metrics, /^postausgang_disk_full 1$/m);
  t.match((await service.call('GET', '/v1/queue')).body, { state: 'disabled' });

  await service.kill();
  const again = await startStandaloneProcess(service.dataDirectory);
  t.teardown(() => again.kill());
  t.equal((await again.call('GET', `/v1/mails/${inFlight}`)).status, 200, 'starts on the full disk');
  for (const id of waiting) {
    t.match((await again.call('GET', `/v1/mails/${id}`)).body, { state: 'cancelled' }, 'and has kept it');
  }
  await disk.free();
  t.comment(
    `figures: at 0 bytes free: a key revoked, 3 mails cancelled, sending switched off in ${tookMs} ms`,
  );
});

test('mail that is due on a full disk waits as a whole, and goes when there is space', async (t) => {
  const disk = await mountSmallDisk(t, 64);
  if (disk === undefined) return;
  const running = await start(t, join(disk.path, 'data'));
  const { service, sink, submit, accepted } = running;
  const hold = async (on: boolean): Promise<void> => {
    const { headers } = await service.call('GET', server);
    const saved = await service.call('PATCH', server, {
      headers: { 'if-match': headers.get('etag') ?? '', prefer: 'wait=applied' },
      body: { enabled: !on, whenDisabled: 'hold' },
    });
    t.equal(saved.status, 200);
  };
  await hold(true);
  while (accepted.size < 20) t.equal(await submit(), '202');
  await disk.fill(0);
  await waitFor('a full disk', async () => ((await submit()) === '507 log-full' ? true : undefined));
  await hold(false);
  await waitFor('the standstill', async () => {
    const { body } = await service.call('GET', '/v1/queue');
    const { state, standstill } = body as QueueStatus;
    return state === 'standstill' && standstill?.failure.code === 'disk-full' ? true : undefined;
  });
  t.equal(sink.messages.length, 0, 'nothing goes out whose intent is not durable');
  await disk.free();
  await nothingIsLost(t, running);
});
