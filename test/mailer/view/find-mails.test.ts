import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { type Test, test } from 'tap';
import {
  failure,
  type FailureCode,
  type MailState,
  mailStates,
  type Requester,
} from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import type { Mail } from '@postausgang/mail';
import { mailFinder } from '../../../services/mailer/src/view/find-mails.ts';
import type { MailCursor, MailQuery, MailSelection } from '../../../services/mailer/src/view/mail-view.ts';
import { isSearchable } from '../../../services/mailer/src/view/mail-text.ts';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import { pruneAll } from './prune-all.ts';
import {
  acceptedAtMs,
  dayMs,
  eventOf,
  failed,
  held,
  request,
  sent,
  started,
} from '../../mail/mail-events.ts';

type Item = Extract<LogItem['result'], { ok: true }>['event'];
const item = (event: Item, offset: number, key: string): LogItem => ({
  position: { partition: 0, offset },
  key,
  sizeBytes: 1,
  isOwn: false,
  result: { ok: true, event },
});

const requesters: readonly Requester[] = [
  { kind: 'api-key', id: 'billing', name: 'ERP Buchhaltung' },
  { kind: 'token', id: 'anna', name: 'Anna Berger' },
];
const addresses = [
  'kunde@example.com',
  'stamm.kunde@example.com',
  'kunde@example.com.au',
  'Müller@acme.example',
];
const subjects = ['Rechnung 4711', 'Ihre Rechnung', 'Angebot "neu" über 3 Größen', ''];
const files = ['rechnung-4711.pdf', 'AGB.pdf'];
const outcomes = ['queued', 'held', 'sending', 'sent', 'failed'] as const;

/** What one mail of a test is like: an index into each of the lists. */
interface Sample {
  readonly atMs: number;
  readonly by: number;
  readonly to: readonly number[];
  readonly subject: number;
  readonly reference: string | null;
  readonly files: readonly number[];
  readonly from: string | null;
  readonly end: (typeof outcomes)[number];
  readonly failure?: FailureCode;
}

const anySample: fc.Arbitrary<Sample> = fc.record({
  atMs: fc.integer({ min: 0, max: 4 }),
  by: fc.nat(requesters.length - 1),
  to: fc.uniqueArray(fc.nat(addresses.length - 1), { minLength: 1, maxLength: 3 }),
  subject: fc.nat(subjects.length - 1),
  reference: fc.constantFrom(null, 'invoice/4711', 'invoice/47', 'order/1', 'INVOICE/4711'),
  files: fc.uniqueArray(fc.nat(files.length - 1), { maxLength: 2 }),
  from: fc.constantFrom(null, 'rechnung@acme.example', 'mahnung@acme.example'),
  end: fc.constantFrom(...outcomes),
  failure: fc.constantFrom('recipient-refused', 'mailbox-full'),
});

function eventsOf(id: string, { end, failure: code }: Sample, to: readonly string[]): readonly Item[] {
  const recipients = to.map((address) => ({ address, outcome: 'sent' as const }));
  const why = code === undefined ? {} : { failure: failure(code, '550 "mailbox-full"') };
  const rejected = to.map((address) => ({ address, outcome: 'rejected' as const, ...why }));
  const events = {
    queued: [],
    held: [held(`h-${id}`)],
    sending: [started(1, [...to])],
    sent: [started(1, [...to]), sent(1, recipients)],
    failed: [started(1, [...to]), failed(1, rejected)],
  };
  return events[end].map(
    (event) => ({ ...event, id: `${id}-${event.id}`, data: { ...event.data, mailId: id } }) as Item,
  );
}

function filled(t: Pick<Test, 'teardown'>, directory: string, samples: readonly Sample[]) {
  const view = openMailView({ directory });
  t.teardown(() => view.close());
  samples.forEach((sample, n) => {
    const id = `m${(n * 7) % 100}-${n}`;
    const to = sample.to.map((index) => addresses[index] ?? '');
    const data = {
      ...request(to, { id, messageId: `<${id}@acme.example>`, requestedBy: requesters[sample.by] ?? '' }),
      subject: subjects[sample.subject] ?? '',
      businessReference: sample.reference,
      ...(sample.from === null ? {} : { from: { address: sample.from } }),
      attachments: sample.files.map((index) => ({
        filename: files[index] ?? '',
        contentType: 'application/pdf',
        content: '',
      })),
    };
    const time = new Date(acceptedAtMs + sample.atMs).toISOString();
    const asked = { ...eventOf('mailRequested', data, { id: `e-${id}`, time }), source: '/mailer/1' };
    const events = eventsOf(id, sample, to).map((event, index) => item(event, n * 10 + index, id));
    // Either topic may be read first.
    const isEarly = n % 3 === 0;
    if (isEarly) view.apply('mailEvents', events);
    if (n % 4 === 0) view.commit();
    view.apply('mailRequests', [item(asked, n, id)]);
    if (n % 5 === 0) view.list({ limit: 1 });
    if (!isEarly) view.apply('mailEvents', events);
  });
  return view;
}

const whole = (mail: Mail): readonly string[] => mail.recipients.map(({ address }) => address.toLowerCase());
const fromOf = ({ decisions, from = '' }: Mail): string => decisions?.from.address ?? from;
const words = (text: string): string =>
  ` ${text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
const contains = (text: string, wanted: string): boolean =>
  wanted.endsWith('*') ? words(text).includes(words(wanted).trimEnd()) : words(text).includes(words(wanted));

/** The same question, asked of every mail. */
function matches(mail: Mail, { states, of, text = {}, ...query }: MailSelection): boolean {
  const parts = [
    mail.subject ?? '',
    whole(mail).join(' , '),
    fromOf(mail),
    (mail.attachments ?? []).join(' , '),
    mail.businessReference ?? '',
    mail.requestedBy?.name ?? '',
  ];
  const isIn = (all: readonly string[], wanted: string): boolean =>
    /.@./.test(wanted) || wanted.startsWith('@')
      ? all.some((one) => (wanted.startsWith('@') ? one.endsWith(wanted) : one === wanted.toLowerCase()))
      : contains(all.join(' , '), wanted);
  const reference = mail.businessReference ?? '';
  return (
    (states === undefined || states.includes(mail.state)) &&
    (of === undefined || (mail.requestedBy?.kind === of.kind && mail.requestedBy.id === of.id)) &&
    (query.businessReference === undefined || reference === query.businessReference) &&
    (query.businessReferencePrefix === undefined || reference.startsWith(query.businessReferencePrefix)) &&
    (query.ids === undefined || query.ids.includes(mail.id)) &&
    (query.failure === undefined || mail.recipients.some((to) => to.failure?.code === query.failure)) &&
    (query.messageId === undefined || mail.messageId === query.messageId) &&
    (query.sinceMs === undefined || mail.acceptedAtMs >= query.sinceMs) &&
    (query.untilMs === undefined || mail.acceptedAtMs < query.untilMs) &&
    (text.subject === undefined || contains(mail.subject ?? '', text.subject)) &&
    (text.recipient === undefined || isIn(whole(mail), text.recipient)) &&
    (text.sender === undefined || isIn([fromOf(mail)], text.sender)) &&
    (text.attachment === undefined || contains((mail.attachments ?? []).join(' , '), text.attachment)) &&
    (text.requester === undefined ||
      mail.requestedBy?.id === text.requester ||
      contains(mail.requestedBy?.name ?? '', text.requester)) &&
    (text.anywhere === undefined ||
      text.anywhere.split(' ').every((word) => parts.some((part) => contains(part, word))))
  );
}

const maybe = <T>(values: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });

const anySelection: fc.Arbitrary<MailSelection> = fc.record({
  states: maybe<readonly MailState[]>([['sent'], ['failed', 'held'], ['queued', 'sending', 'unknown']]),
  of: maybe(requesters),
  businessReference: maybe(['invoice/4711', 'none']),
  businessReferencePrefix: maybe(['invoice/', 'invoice/471', 'o']),
  messageId: maybe(['<m7-1@acme.example>', '<none@acme.example>']),
  ids: maybe([['m0-0', 'm7-1', 'm14-2', 'none'], ['m7-1']]),
  failure: maybe<FailureCode>(['recipient-refused', 'mailbox-full', 'relay-denied']),
  sinceMs: maybe([acceptedAtMs + 1, acceptedAtMs + 3]),
  untilMs: maybe([acceptedAtMs + 2, acceptedAtMs + 4]),
  text: fc.record({
    anywhere: maybe(['rechnung', 'kunde 4711', 'rechn*', 'Buchhaltung']),
    recipient: maybe(['kunde@example.com', 'KUNDE@example.com', '@example.com', 'kunde', 'muller', 'exam*']),
    sender: maybe(['rechnung@acme.example', '@acme.example', 'mahnung']),
    subject: maybe(['rechnung', 'Rechnung 4711', 'RECH*', '"neu" über', 'grossen']),
    attachment: maybe(['rechnung-4711.pdf', 'agb']),
    requester: maybe(['billing', 'Anna', 'anna']),
  }),
});

type Finder = ReturnType<typeof mailFinder>;

/** Finders over the file of a view, which remember what they ask: with the usual bounds, and with the least. */
function finders(t: Test, directory: string, known: Finder['count']) {
  const database = new DatabaseSync(join(directory, 'mail-view.db'));
  t.teardown(() => database.isOpen && database.close());
  const asked = new Set<string>();
  const deps = {
    database: {
      prepare(text: string) {
        asked.add(text);
        return database.prepare(text);
      },
    },
    flush: () => undefined,
    known: (of: MailSelection['of']) => ({ awaited: 0, ...known({ of }).states }),
  };
  const least = { few: 0, most: 3, mostCounted: 1_000 };
  return {
    all: [mailFinder(deps), mailFinder({ ...deps, bounds: least })],
    counting: mailFinder({ ...deps, bounds: { ...least, mostCounted: 3 } }),
    plans: () =>
      [...asked].map((text) => ({ text, plan: database.prepare(`EXPLAIN QUERY PLAN ${text}`).all() })),
  };
}

function walk(finder: Finder, query: MailQuery): readonly string[] {
  const ids: string[] = [];
  let cursor: MailCursor | null = null;
  do {
    const page: ReturnType<Finder['list']> = finder.list({ ...query, cursor });
    ids.push(...page.mails.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  return ids;
}

/** The plans that look at every row of a table; what a row has in it is none. */
const scans = (plan: readonly Readonly<Record<string, unknown>>[]): readonly string[] =>
  plan
    .map(({ detail }) => String(detail))
    .filter(
      (detail) =>
        detail.startsWith('SCAN ') &&
        !/VIRTUAL TABLE INDEX \d+:.*M|^SCAN one VIRTUAL TABLE|^SCAN \(|CONSTANT ROW/.test(detail),
    );

test('finds exactly the mails that a look at every mail finds, in both orders, to the last page', async (t) => {
  let run = 0;
  const folder = t.testdir();
  fc.assert(
    fc.property(
      fc.array(anySample, { minLength: 1, maxLength: 40 }),
      fc.array(anySelection, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom('newest' as const, 'oldest' as const),
      (samples, selections, limit, order) => {
        run += 1;
        const directory = join(folder, `${run}`);
        const view = filled(t, directory, samples);
        view.commit();
        const all = view.list({ limit: 1000 }).mails;
        t.equal(all.length, samples.length);
        for (const finder of [view, ...finders(t, directory, view.count).all]) {
          for (const selection of selections) {
            const expected = all.filter((mail) => matches(mail, selection)).map(({ id }) => id);
            const seen = walk(finder, { ...selection, limit, order });
            t.strictSame(order === 'newest' ? seen : seen.toReversed(), expected, JSON.stringify(selection));
            const { states: _states, ...counted } = selection;
            const found = all.filter((mail) => matches(mail, counted));
            const { total, states, complete } = finder.count(counted);
            t.ok(complete);
            t.equal(total, found.length, JSON.stringify(counted));
            for (const state of mailStates) {
              t.equal(states[state], found.filter((mail) => mail.state === state).length);
            }
          }
        }
        view.close();
      },
    ),
    { numRuns: 12 },
  );
});

const one: Sample = {
  atMs: 0,
  by: 0,
  to: [0],
  subject: 0,
  reference: 'invoice/4711',
  files: [0],
  from: null,
  end: 'sent',
};
const many = (count: number, more: (n: number) => Partial<Sample> = () => ({})): readonly Sample[] =>
  Array.from({ length: count }, (_, n) => ({ ...one, atMs: n >> 1, ...more(n) }));

test('looks through the table for no filter, in neither order', async (t) => {
  const directory = t.testdir();
  const view = filled(t, directory, many(30));
  view.commit();
  const { all, plans } = finders(t, directory, view.count);
  const filters = {
    states: [['sent'], ['failed', 'expired']] as const,
    of: requesters.slice(0, 1),
    businessReference: ['invoice/4711'],
    businessReferencePrefix: ['invoice/'],
    messageId: ['<m0-0@acme.example>'],
    ids: [['m0-0', 'm7-1']],
    failure: ['mailbox-full' as const],
    priority: ['bulk' as const],
    sinceMs: [acceptedAtMs],
    untilMs: [acceptedAtMs + 10],
    text: [{ subject: 'rechnung' }, { recipient: 'kunde@example.com', anywhere: 'rechn*' }],
  };
  const texts = ['subject', 'recipient', 'sender', 'attachment', 'requester', 'anywhere'] as const;
  for (const finder of all) {
    for (const name of texts) {
      for (const value of ['rechnung', 'rechn*', 'kunde@example.com', '@acme.example']) {
        const text = { [name]: value };
        for (const order of ['newest', 'oldest'] as const) finder.list({ text, limit: 2, order });
        finder.count({ text });
      }
    }
  }
  const names = Object.keys(filters) as (keyof typeof filters)[];
  for (let chosen = 0; chosen < 2 ** names.length; chosen += 1) {
    const selection: MailSelection = Object.fromEntries(
      names
        .filter((_, bit) => (chosen >> bit) % 2 === 1)
        .map((name) => [name, filters[name].at(chosen % 2 && -1)]),
    );
    for (const finder of all) {
      for (const order of ['newest', 'oldest'] as const) {
        const { next } = finder.list({ ...selection, limit: 2, order });
        finder.list({ ...selection, limit: 2, order, cursor: next });
      }
      const { states: _states, ...counted } = selection;
      finder.count(counted);
    }
  }
  const found = plans();
  t.ok(found.length > 100, `${found.length} questions`);
  t.strictSame(
    found.filter(({ plan }) => scans(plan).length > 0).map(({ text, plan }) => [text, scans(plan)]),
    [],
  );
});

test('looks at a bounded number of mails for a page and for a count, and says where to go on', async (t) => {
  const directory = t.testdir();
  const view = filled(
    t,
    directory,
    many(20, (n) => ({ end: n === 0 ? 'failed' : 'sent' })),
  );
  view.commit();
  const { all, counting } = finders(t, directory, view.count);
  const rare: MailSelection = { states: ['failed'], text: { subject: 'rechnung' } };
  const [, least] = all;
  const first = least?.list({ ...rare, limit: 5 });
  t.same(first?.mails, [], 'the mail is further back');
  t.not(first?.next, null);
  t.equal(least === undefined ? 0 : walk(least, { ...rare, limit: 5 }).length, 1);
  const { total, complete } = counting.count({ text: { subject: 'rechnung' } });
  t.same({ total, complete }, { total: 4, complete: false });
  t.match(counting.count({ businessReference: 'invoice/4711' }), { total: 20, complete: true });
  t.match(counting.count({ sinceMs: acceptedAtMs }), { total: 20, complete: true });
  t.match(counting.count({}), { total: 20, complete: true, states: { sent: 19, failed: 1 } });
});

test('finds a mail by what became known later, and no longer by what was corrected', async (t) => {
  const view = filled(t, t.testdir(), [{ ...one, end: 'queued' }]);
  const by = (text: MailSelection['text']) => view.list({ text, limit: 5 }).mails.length;
  t.equal(by({ sender: 'erp@acme.example' }), 0, 'the default sender is not known yet');
  view.apply('mailEvents', [
    item(
      {
        ...started(1, ['kunde@example.com']),
        data: { ...started(1, ['kunde@example.com']).data, mailId: 'm0-0' },
      },
      0,
      'm0-0',
    ),
  ]);
  t.equal(by({ sender: 'erp@acme.example' }), 1);
  t.equal(by({ sender: '@acme.example', recipient: 'kunde@example.com' }), 1);
});

test('what ended long ago is removed in small steps, and the counts follow', async (t) => {
  const view = filled(
    t,
    t.testdir(),
    many(1001, (n) => ({ by: n % 2 })),
  );
  const ofFirst = { of: requesters[0] };
  t.match(view.count(ofFirst), { total: 501 });
  const steps = pruneAll(view, acceptedAtMs + 91 * dayMs);
  t.ok(steps.length > 5 && steps.every((removed) => removed <= 200), steps.join());
  const { sent, failed, cancelled, expired } = view.countsByState();
  t.same([sent, failed, cancelled, expired], [0, 0, 0, 0], 'as it is without counting anew');
  t.match(view.count(ofFirst), { total: 0 });
});

test('finds nothing of a mail that was removed', async (t) => {
  const view = filled(t, t.testdir(), many(5));
  t.equal(view.list({ text: { subject: 'rechnung' }, limit: 9 }).mails.length, 5);
  pruneAll(view, acceptedAtMs + 91 * dayMs);
  t.equal(view.list({ text: { subject: 'rechnung' }, limit: 9 }).mails.length, 0);
  t.match(view.count({ of: requesters[0] }), { total: 0 });
});

test('mails of a time that a clock cannot have had are in their order all the same', async (t) => {
  const directory = t.testdir();
  const times = [-1e13, -5, 0, 2 ** 43, 2 ** 44];
  const view = filled(
    t,
    directory,
    times.map((atMs) => ({ ...one, atMs: atMs - acceptedAtMs })),
  );
  const at = (query: Partial<MailQuery>) =>
    view.list({ limit: 9, ...query }).mails.map((mail) => mail.acceptedAtMs);
  t.same(at({ order: 'oldest' }), times);
  t.same(at({ untilMs: -5 }), [-1e13]);
  t.same(at({ sinceMs: 2 ** 43 + 1 }), [2 ** 44]);
});

test('a text is looked for when it has a word, and a beginning when it is long enough', async (t) => {
  for (const text of ['a', 'Größe 3', 'rec*', '"x"', 'a@b']) t.ok(isSearchable(text), text);
  for (const text of ['', ' ', '-', '"', '*', 'a*', 're*', '@', '...*', 're* invoice', 'invoice *'])
    t.notOk(isSearchable(text), text);
});
