import { setTimeout as sleep } from 'node:timers/promises';
import type { MailList, MailStatus } from '@postausgang/contracts';
import type { Test } from 'tap';
import type { ServiceProcess } from '../end-to-end/service-process.ts';
import { waitFor } from '../peers/wait-for.ts';
import type { Cluster } from './cluster.ts';

const clients = 6;

type Summary = MailList['items'][number];

const isSettled = ({ state }: Summary) => !['queued', 'sending', 'deferred'].includes(state);

function pick<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

/** A mailer that stands still does not answer. */
const patienceMs = 20_000;

/** Asks one mailer after the other until one accepts; the key sees to it that this is one mail. */
async function submit({ mailers, call }: Cluster, idempotencyKey: string): Promise<string> {
  const options = {
    headers: { 'idempotency-key': idempotencyKey },
    timeoutMs: patienceMs,
    body: { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' },
  };
  return waitFor(`the acceptance of ${idempotencyKey}`, async () => {
    const answer = await call(pick(mailers()), 'POST', '/v1/mails', options).catch(() => undefined);
    return answer?.status === 202 || answer?.status === 200 ? (answer.body as MailStatus).id : undefined;
  });
}

/** Submits so many mails to any mailers; resolves with their ids. */
export async function submitAll(
  cluster: Cluster,
  count: number,
  mailsPerSecond: number,
): Promise<readonly string[]> {
  const ids: string[] = [];
  const startedAt = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      const number = next;
      next += 1;
      await sleep(Math.max(0, startedAt + (number / mailsPerSecond) * 1000 - performance.now()));
      ids.push(await submit(cluster, `invoice-${startedAt}-${number}`));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return ids;
}

async function mailsOf({ call }: Cluster, mailer: ServiceProcess): Promise<Map<string, Summary>> {
  const mails = new Map<string, Summary>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = `limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const { items, nextCursor } = (await call(mailer, 'GET', `/v1/mails?${query}`)).body as MailList;
    items.forEach((item) => mails.set(item.id, item));
    cursor = nextCursor;
  }
  return mails;
}

/** What all mailers say, once they agree that nothing waits any more. */
async function settledMails(cluster: Cluster): Promise<Map<string, Summary>> {
  return waitFor(
    'one outcome of every mail on every mailer',
    async () => {
      const views = await Promise.all(cluster.mailers().map((mailer) => mailsOf(cluster, mailer)));
      const texts = views.map((mails) =>
        [...mails.values()]
          .map(({ id, state }) => `${id} ${state}`)
          .toSorted()
          .join(),
      );
      const agree = new Set(texts).size === 1;
      return agree && views.every((mails) => mails.values().every(isSettled)) ? views[0] : undefined;
    },
    120_000,
  );
}

function deliveries({ sink }: Cluster): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { content } of sink.messages) {
    const messageId = /^Message-ID: (<.*>)/im.exec(content.toString('latin1'))?.[1] ?? '';
    counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
  }
  return counts;
}

/**
 * Waits until every mail has its outcome, and asserts that each of these is sent once, or unknown and sent once at most.
 *
 * @returns the figures, for people
 */
export async function allSentOnce(t: Test, cluster: Cluster, ids: readonly string[]): Promise<string> {
  const mails = await settledMails(cluster);
  const delivered = deliveries(cluster);
  const timesOf = ({ messageId }: Summary) => delivered.get(messageId ?? '') ?? 0;

  const lost = ids.filter((id) => !mails.has(id));
  const all = ids.map((id) => mails.get(id)).filter((mail) => mail !== undefined);
  const sent = all.filter(({ state }) => state === 'sent');
  const unknown = all.filter(({ state }) => state === 'unknown');
  const doubled = all.filter((mail) => timesOf(mail) > 1);
  const others = all.filter((mail) => !sent.includes(mail) && !unknown.includes(mail));
  t.same(others, [], 'every mail is sent or unknown');
  t.same(lost, [], 'every accepted mail is known to every mailer');
  t.equal(new Set(ids).size, ids.length, 'a repeated request is the same mail');
  t.same(
    sent.filter((mail) => timesOf(mail) !== 1),
    [],
    'sent means delivered once',
  );
  t.same(doubled, [], 'nothing is delivered twice');
  return (
    `${lost.length} lost, ${sent.length} sent, ${doubled.length} doubled, ` +
    `${unknown.length} unknown, of which ${unknown.filter((mail) => timesOf(mail) === 1).length} were delivered`
  );
}
