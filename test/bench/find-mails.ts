/**
 * How long questions to the list of mails take with many mails in the view: a page and the counts, for every filter and both
 * orders. It ends with exit code 1 where the 95th percentile of a question is above the limit.
 * `npm run bench:find-mails [mails] [rounds]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failure, type PostausgangEvent } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import type { MailQuery, MailSelection } from '../../services/mailer/src/view/mail-view.ts';
import { openMailView } from '../../services/mailer/src/view/view.ts';
import { percentile } from './statistics.ts';
import { acceptedAtMs, failed, held, request, sent, started, eventOf } from '../mail/mail-events.ts';

const limitMs = 300;
const mails = Number(process.argv[2] ?? '1000000');
const rounds = Number(process.argv[3] ?? '20');
const batch = 2_000;
const requesters = ['billing', 'payroll', 'shop'].map((id) => ({
  kind: 'api-key' as const,
  id,
  name: `ERP ${id}`,
}));

const item = (event: PostausgangEvent, offset: number, key: string): LogItem => ({
  position: { partition: 0, offset },
  key,
  sizeBytes: 1,
  isOwn: false,
  result: { ok: true, event },
});

/** Every thousandth mail has failed, another one is held; the rest is sent. */
function endOf(n: number, to: readonly string[]) {
  if (n % 1000 === 1) return [held('h')];
  const outcomes = to.map((address) => ({ address, outcome: 'sent' as const }));
  const why = failure('recipient-refused', '550 5.1.1 User unknown');
  const rejected = to.map((address) => ({ address, outcome: 'rejected' as const, failure: why }));
  return [started(1, [...to]), n % 1000 === 0 ? failed(1, rejected) : sent(1, outcomes)];
}

function requestOf(n: number, id: string, to: readonly string[]): PostausgangEvent {
  const time = new Date(acceptedAtMs + n * 20).toISOString();
  const data = {
    ...request(to, { id, messageId: `<${id}@acme.example>`, requestedBy: requesters[n % 3] ?? '' }),
    subject: `Rechnung ${n % 50_000} für Projekt ${n % 97}`,
    businessReference: `invoice/${n % 200_000}`,
    from: { address: `team${n % 20}@acme.example` },
    priority: n % 10 === 0 ? ('bulk' as const) : ('normal' as const),
    attachments: [{ filename: `rechnung-${n % 50_000}.pdf`, contentType: 'application/pdf', content: '' }],
  };
  return eventOf('mailRequested', data, { id: `r-${id}`, time });
}

const directory = await mkdtemp(join(tmpdir(), 'find-mails-'));
const view = openMailView({ directory });
try {
  const filledFrom = performance.now();
  let offset = 0;
  for (let first = 0; first < mails; first += batch) {
    const requests: LogItem[] = [];
    const events: LogItem[] = [];
    for (let n = first; n < Math.min(mails, first + batch); n += 1) {
      const id = `m${n}`;
      const to = [`kunde${n % 30_000}@firma${n % 5_000}.example`];
      requests.push(item(requestOf(n, id, to), n, id));
      for (const event of endOf(n, to)) {
        const own = {
          ...event,
          id: `${id}-${event.id}`,
          data: { ...event.data, mailId: id },
        } as PostausgangEvent;
        events.push(item(own, (offset += 1), id));
      }
    }
    view.apply('mailRequests', requests);
    view.apply('mailEvents', events);
  }
  view.commit();
  console.log(`${mails} mails in ${((performance.now() - filledFrom) / 1000).toFixed(0)} s`);
  ask();
} finally {
  view.close();
  await rm(directory, { recursive: true, force: true });
}

function ask(): void {
  const middleMs = acceptedAtMs + (mails / 2) * 20;
  const pick = (round: number, most: number): number => (round * 7_919) % Math.min(most, mails);
  const filters: Readonly<Record<string, (round: number) => MailSelection>> = {
    'no filter': () => ({}),
    'state: few': () => ({ states: ['failed', 'held'] }),
    'state: most': () => ({ states: ['sent'] }),
    requester: () => ({ of: requesters[0] }),
    id: (round) => ({ ids: [`m${pick(round, mails)}`] }),
    messageId: (round) => ({ messageId: `<m${pick(round, mails)}@acme.example>` }),
    priority: () => ({ priority: 'bulk' }),
    businessReference: (round) => ({ businessReference: `invoice/${pick(round, 200_000)}` }),
    businessReferencePrefix: (round) => ({ businessReferencePrefix: `invoice/${(round % 9) + 1}` }),
    failure: () => ({ failure: 'recipient-refused' }),
    'failure that no mail has': () => ({ failure: 'mailbox-full' }),
    'since and until': () => ({ sinceMs: middleMs, untilMs: middleMs + 3_600_000 }),
    'q: common word': () => ({ text: { anywhere: 'rechnung' } }),
    'q: two words': (round) => ({ text: { anywhere: `rechnung ${pick(round, 50_000)}` } }),
    'q: beginning': () => ({ text: { anywhere: 'rech*' } }),
    'recipient: address': (round) => {
      const n = pick(round, 30_000);
      return { text: { recipient: `kunde${n}@firma${n % 5_000}.example` } };
    },
    'recipient: domain': (round) => ({ text: { recipient: `@firma${pick(round, 5_000)}.example` } }),
    'sender: address': (round) => ({ text: { sender: `team${round % 20}@acme.example` } }),
    subject: (round) => ({ text: { subject: `Projekt ${round % 97}` } }),
    attachment: (round) => ({ text: { attachment: `rechnung-${pick(round, 50_000)}.pdf` } }),
    requestedBy: () => ({ text: { requester: 'payroll' } }),
    'customer and state': (round) => ({
      states: ['failed'],
      text: { recipient: `@firma${pick(round, 5_000)}.example`, anywhere: 'rechnung' },
    }),
  };
  const table: Record<string, Record<string, string>> = {};
  let worstMs = 0;
  for (const [name, selectionOf] of Object.entries(filters)) {
    const newest = times((round) => view.list({ ...selectionOf(round), limit: 50 }));
    const oldest = times((round) =>
      view.list({ ...selectionOf(round), limit: 50, order: 'oldest' } satisfies MailQuery),
    );
    const counts = times((round) => {
      const { states: _states, ...counted } = selectionOf(round);
      return view.count(counted);
    });
    table[name] = Object.fromEntries(
      Object.entries({ newest, oldest, counts }).map(([question, all]) => {
        const p95 = percentile(all, 95);
        worstMs = Math.max(worstMs, p95);
        return [`${question}: p95 ms`, p95.toFixed(1)];
      }),
    );
  }
  console.table(table);
  const isWithin = worstMs <= limitMs;
  console.log(`worst p95 ${worstMs.toFixed(1)} ms; limit ${limitMs} ms: ${isWithin ? 'kept' : 'exceeded'}`);
  if (!isWithin) process.exitCode = 1;
}

function times(question: (round: number) => unknown): readonly number[] {
  return Array.from({ length: rounds }, (_, round) => {
    const startMs = performance.now();
    question(round);
    return performance.now() - startMs;
  });
}
