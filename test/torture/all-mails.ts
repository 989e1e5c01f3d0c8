import type { MailList } from '@postausgang/contracts';
import type { StandaloneProcess } from '../end-to-end/standalone-process.ts';
import { waitFor } from '../peers/wait-for.ts';

export type MailSummary = MailList['items'][number];

const isSettled = ({ state }: MailSummary): boolean =>
  !['queued', 'sending', 'deferred', 'held'].includes(state);

/** Every mail the service knows. */
async function allMails(service: StandaloneProcess): Promise<ReadonlyMap<string, MailSummary>> {
  const mails = new Map<string, MailSummary>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = cursor === '' ? '' : `&cursor=${cursor}`;
    const { items, nextCursor } = (await service.call('GET', `/v1/mails?limit=200${query}`)).body as MailList;
    items.forEach((item) => mails.set(item.id, item));
    cursor = nextCursor;
  }
  return mails;
}

/** How many mails are in each state, from the metrics: cheap, whatever their number. */
export async function mailCounts(service: StandaloneProcess): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${service.api}/metrics`)).text();
  const found = text.matchAll(/^postausgang_mails\{state="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, state, count]) => [state, Number(count)]));
}

/** All mails, once none of them waits any more. */
export function settledMails(
  service: StandaloneProcess,
  timeoutMs?: number,
): Promise<ReadonlyMap<string, MailSummary>> {
  return waitFor(
    'an outcome of every mail',
    async () => {
      const counts = await mailCounts(service);
      const waiting = ['queued', 'sending', 'deferred', 'held'].reduce(
        (sum, state) => sum + (counts[state] ?? 0),
        0,
      );
      if (waiting > 0) return undefined;
      const mails = await allMails(service);
      return [...mails.values()].every(isSettled) ? mails : undefined;
    },
    timeoutMs,
  );
}
