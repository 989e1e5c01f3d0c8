import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import type { History, MailList, MailStatus, OutgoingServerView } from '@postausgang/contracts';
import { startNodeSink } from '../peers/node-sink.ts';
import { waitFor } from '../peers/wait-for.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

/** Saved settings are what this is about; mail is killed a thousand times by `npm run torture -- kills`. */
const kills = 15;
const server = '/v1/outgoing-servers/default';

/** What the service has acknowledged; after every crash all of it must still be there. */
interface Acknowledged {
  readonly mailIds: Set<string>;
  /** Settings version to the sender name that was saved as it. */
  readonly senderNames: Map<number, string>;
}

async function submitUntilKilled(service: StandaloneProcess, seen: Acknowledged): Promise<void> {
  for (;;) {
    const body = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
    const answer = await service.call('POST', '/v1/mails', { body });
    if (answer.status === 202) {
      seen.mailIds.add((answer.body as MailStatus).id);
    }
  }
}

async function saveUntilKilled(service: StandaloneProcess, seen: Acknowledged): Promise<void> {
  for (;;) {
    const { headers } = await service.call('GET', server);
    const name = `Sender ${Math.random()}`;
    const answer = await service.call('PATCH', server, {
      headers: { 'if-match': headers.get('etag') ?? '' },
      body: { senderAddress: { name, address: 'erp@acme.example' } },
    });
    if (answer.status === 200) {
      seen.senderNames.set((answer.body as OutgoingServerView).version, name);
    }
  }
}

/** Resolves when one more mail and one more change of the settings are acknowledged. */
async function bothAcknowledged({ mailIds, senderNames }: Acknowledged): Promise<void> {
  const before = { mails: mailIds.size, names: senderNames.size };
  const isBoth = (): boolean => mailIds.size > before.mails && senderNames.size > before.names;
  await waitFor('a mail and a change', () => (isBoth() ? true : undefined));
}

async function allMails(service: StandaloneProcess): Promise<Map<string, MailList['items'][number]>> {
  const mails = new Map<string, MailList['items'][number]>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await service.call('GET', `/v1/mails?limit=200${cursor && `&cursor=${cursor}`}`);
    const { items, nextCursor } = page.body as MailList;
    items.forEach((item) => mails.set(item.id, item));
    cursor = nextCursor;
  }
  return mails;
}

async function savedNames(service: StandaloneProcess): Promise<Map<number, unknown>> {
  const names = new Map<number, unknown>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await service.call('GET', `${server}/history?limit=200${cursor && `&cursor=${cursor}`}`);
    const { items, nextCursor } = page.body as History;
    for (const { version, differences } of items) {
      names.set(version, differences.find(({ pointer }) => pointer === '/senderAddress/name')?.to);
    }
    cursor = nextCursor;
  }
  return names;
}

const isSettled = (state: string) => !['queued', 'sending', 'deferred'].includes(state);

test(`loses no accepted mail and no saved setting in ${kills} kills`, { timeout: 600_000 }, async (t) => {
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const directory = t.testdir();
  const seen: Acknowledged = { mailIds: new Set(), senderNames: new Map() };
  let service = await startStandaloneProcess(`${directory}/data`);
  t.teardown(() => service.kill());
  const smtp = { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' };
  const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
  const saved = await service.call('PUT', server, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
  });
  t.match(saved.body, { version: 1, applied: { state: 'applied' } });

  for (let kill = 0; kill < kills; kill += 1) {
    const work = [1, 2, 3, 4].map(() => submitUntilKilled(service, seen));
    const running = Promise.allSettled([...work, saveUntilKilled(service, seen)]);
    // Every other time surely in the midst of it, however busy the machine is, else at any time.
    if (kill % 2 === 0) await bothAcknowledged(seen);
    await sleep(40 + Math.random() * 260);
    await service.kill();
    await running;
    service = await startStandaloneProcess(`${directory}/data`);
    t.pass(`started again after kill ${kill + 1}`);
  }

  const mails = await waitFor('an outcome of every mail', async () => {
    const all = await allMails(service);
    return [...all.values()].every(({ state }) => isSettled(state)) ? all : undefined;
  });
  const delivered = new Map<string, number>();
  for (const { content } of sink.messages) {
    const messageId = /^Message-ID: (<.*>)/im.exec(content.toString('latin1'))?.[1] ?? '';
    delivered.set(messageId, (delivered.get(messageId) ?? 0) + 1);
  }

  const lost = [...seen.mailIds].filter((id) => !mails.has(id));
  const states = [...mails.values()].map(({ state }) => state);
  const sent = [...mails.values()].filter(({ state }) => state === 'sent');
  const unknown = states.filter((state) => state === 'unknown').length;
  const doubled = [...delivered.values()].filter((count) => count > 1).length;
  t.comment(
    `${kills} kills, ${seen.mailIds.size} mails accepted, ${lost.length} lost, ${sent.length} sent, ` +
      `${unknown} unknown, ${doubled} doubled, ${seen.senderNames.size} changes saved`,
  );
  t.same(lost, [], 'every accepted mail is known');
  t.equal(sent.length + unknown, mails.size, 'every mail is sent or unknown');
  t.same(
    sent.filter(({ messageId }) => delivered.get(messageId ?? '') !== 1).length,
    0,
    'sent means delivered once',
  );
  t.equal(doubled, 0, 'nothing is delivered twice');
  t.ok(seen.mailIds.size >= kills / 2, 'mail was under way');

  const names = await savedNames(service);
  const missing = [...seen.senderNames].filter(([version, name]) => names.get(version) !== name);
  t.same(missing, [], 'every saved setting is in the history');
  t.ok(seen.senderNames.size >= kills / 2, 'settings were being saved');
  t.equal(await service.stop(), 0);
});
