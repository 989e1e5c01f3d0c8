import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Test, test } from 'tap';
import type { MailRequested, PostausgangEvent } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import { lockViewDirectory } from '../../../services/mailer/src/view/database.ts';
import {
  type MailCursor,
  type MailView,
  readMailCursor,
  writeMailCursor,
} from '../../../services/mailer/src/view/mail-view.ts';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import { pruneAll } from './prune-all.ts';
import {
  acceptedAtMs,
  dayMs,
  deferred,
  eventOf,
  failed,
  held,
  minuteMs,
  request,
  sent,
  started,
} from '../../mail/mail-events.ts';

const a = 'a@x.example';
const all = { partitions: [0], limit: 100 };

function open(t: Test, directory = t.testdir()): { view: MailView; directory: string } {
  const view = openMailView({ directory });
  t.teardown(() => view.close());
  return { view, directory };
}

const item = (event: PostausgangEvent, offset: number, partition = 0, key = 'mail-1'): LogItem => ({
  position: { partition, offset },
  key,
  sizeBytes: 1,
  isOwn: false,
  result: { ok: true, event },
});
const unreadable = (offset: number): LogItem => ({
  position: { partition: 0, offset },
  key: null,
  sizeBytes: 1,
  isOwn: false,
  result: { ok: false, reason: 'not-json', detail: 'The value is not JSON' },
});
const requested = (
  id: string,
  offset: number,
  more: Partial<MailRequested> = {},
  atMs = acceptedAtMs,
): LogItem =>
  item(
    eventOf('mailRequested', request([a], { id, ...more }), {
      id: `e-${id}`,
      time: new Date(atMs).toISOString(),
    }),
    offset,
    0,
    more.orderingKey ?? id,
  );
/** An event of another mail than mail-1. */
const of = <E extends PostausgangEvent>(id: string, event: E): E => ({
  ...event,
  data: { ...event.data, mailId: id },
});

test('a mail is found with what became of it, also after a restart', async (t) => {
  const { view, directory } = open(t);
  view.apply('mailRequests', [requested('mail-1', 0), requested('mail-2', 1)]);
  view.apply('mailEvents', [item(started(1, [a]), 0), item(sent(1, [{ address: a, outcome: 'sent' }]), 1)]);
  t.match(view.get('mail-1'), { state: 'sent', attempts: [{ number: 1, outcome: 'sent' }] });
  t.match(view.get('mail-2'), { state: 'queued' });
  t.equal(view.get('mail-3'), undefined);
  t.match(view.countsByState(), { sent: 1, queued: 1, sending: 0 });
  const before = [view.get('mail-1'), view.get('mail-2'), view.countsByState(), view.positions('mailEvents')];
  view.close();
  const again = openMailView({ directory });
  t.same(
    [again.get('mail-1'), again.get('mail-2'), again.countsByState(), again.positions('mailEvents')],
    before,
  );
  t.same(again.positions('mailRequests'), [{ partition: 0, offset: 2, lastEventId: 'e-mail-2' }]);
  again.close();
});

test('events of a mail whose request is yet to come are kept and not shown', async (t) => {
  const { view } = open(t);
  view.apply('mailEvents', [item(sent(1, [{ address: a, outcome: 'sent' }]), 0)]);
  t.equal(view.get('mail-1'), undefined);
  t.same(view.list({ limit: 10 }).mails, []);
  t.equal(view.countsByState().awaited, 1);
  view.apply('mailRequests', [requested('mail-1', 0)]);
  t.match(view.get('mail-1'), { state: 'sent' });
  t.match(view.countsByState(), { awaited: 0, sent: 1 });
});

test('due mails are listed longest due first, sendAt in the future later', async (t) => {
  const { view } = open(t);
  const at = (offsetMs: number) => new Date(acceptedAtMs + offsetMs).toISOString();
  view.apply('mailRequests', [
    requested('late', 0, { sendAt: at(minuteMs) }),
    requested('now', 1),
    requested('sooner', 2, {}, acceptedAtMs - 5),
  ]);
  t.same(view.due({ ...all, nowMs: acceptedAtMs }), ['sooner', 'now']);
  t.same(view.due({ ...all, nowMs: acceptedAtMs, limit: 1 }), ['sooner']);
  t.same(view.due({ ...all, nowMs: acceptedAtMs, partitions: [1, 2] }), []);
  t.equal(view.nextDueAt(acceptedAtMs), acceptedAtMs + minuteMs);
  t.equal(view.nextDueAt(acceptedAtMs + minuteMs), undefined);
  view.apply('mailEvents', [
    item(of('now', deferred(1, [{ address: a, outcome: 'deferred' }], at(9 * minuteMs))), 0),
  ]);
  view.apply('mailEvents', [item(of('sooner', held('h1')), 1)]);
  t.same(view.due({ ...all, nowMs: acceptedAtMs + minuteMs }), ['late']);
  t.same(view.inState('held', [0], 5), ['sooner']);
  t.same(view.inState('deferred', [0], 5), ['now']);
  t.same(
    view.overdue({ ...all, nowMs: acceptedAtMs + 5 * dayMs + minuteMs }),
    ['now', 'late'],
    'what is held does not expire',
  );
  t.equal(view.nextOverdueAt(acceptedAtMs), acceptedAtMs + 5 * dayMs);
});

test('a mail waits behind unfinished ones of its ordering key', async (t) => {
  const { view } = open(t);
  const ordered = (id: string, offset: number, orderingKey: string) => requested(id, offset, { orderingKey });
  view.apply('mailRequests', [
    ordered('k1', 0, 'k'),
    ordered('k2', 1, 'k'),
    ordered('j1', 2, 'j'),
    ordered('k3', 3, 'k'),
  ]);
  t.same(view.due({ ...all, nowMs: acceptedAtMs }), ['k1', 'j1']);
  view.apply('mailEvents', [item(of('k1', started(1, [a])), 0)]);
  t.same(view.due({ ...all, nowMs: acceptedAtMs }), ['j1'], 'sending is unfinished');
  view.apply('mailEvents', [item(of('k1', failed(1, [{ address: a, outcome: 'rejected' }])), 1)]);
  t.same(view.due({ ...all, nowMs: acceptedAtMs }), ['k2', 'j1']);
});

test('lists are newest first and turn pages by cursor', async (t) => {
  const { view } = open(t);
  const items = Array.from({ length: 25 }, (_, n) =>
    requested(
      `m${String(n).padStart(2, '0')}`,
      n,
      { businessReference: n % 5 === 0 ? 'invoice/1' : null },
      acceptedAtMs + (n >> 1),
    ),
  );
  view.apply('mailRequests', items);
  const seen: string[] = [];
  let cursor: MailCursor | undefined;
  do {
    const page = view.list({ limit: 7, cursor });
    seen.push(...page.mails.map(({ id }) => id));
    cursor = page.next === null ? undefined : readMailCursor(writeMailCursor(page.next));
  } while (cursor !== undefined);
  t.same(seen, items.map(({ key }) => key).toReversed());
  const referenced = view.list({ limit: 3, businessReference: 'invoice/1' });
  t.same(
    referenced.mails.map(({ id }) => id),
    ['m20', 'm15', 'm10'],
  );
  t.same(view.list({ limit: 99, sinceMs: acceptedAtMs + 11 }).mails.length, 3);
  t.same(view.list({ limit: 5, states: ['sent'] }), { mails: [], next: null });
  t.equal(
    view.list({ limit: 30, states: ['queued', 'failed'], businessReference: 'invoice/1' }).mails.length,
    5,
  );
  for (const text of ['', 'x', writeMailCursor({ acceptedAtMs: 1, id: 'a b' }), '../..']) {
    t.equal(readMailCursor(text), undefined);
  }
});

test('a request that cannot be taken is due for refusal until it is refused', async (t) => {
  const { view } = open(t);
  const timeless = eventOf('mailRequested', request([a], { id: 'timeless' }), { time: 'tomorrow' });
  view.apply('mailRequests', [
    unreadable(0),
    requested('mail-1', 1),
    requested('mail-1', 2),
    requested('mail-1', 3, { payloadDigest: 'other' }),
    item(timeless, 4),
    item(held('h'), 5),
  ]);
  t.match(view.dueRefusals([0], 10), [
    { request: { partition: 0, offset: 0 }, code: 'unreadable', mailId: null, detail: /not-json/ },
    { request: { offset: 3 }, code: 'idempotency-conflict', mailId: 'mail-1' },
    { request: { offset: 4 }, code: 'invalid', mailId: 'timeless' },
    { request: { offset: 5 }, code: 'unreadable', detail: /mail-held/ },
  ]);
  t.same(view.dueRefusals([1], 10), []);
  const refused = (offset: number) =>
    eventOf('mailRefused', {
      mailId: null,
      request: { partition: 0, offset },
      code: 'unreadable',
      detail: '',
    });
  view.apply(
    'mailEvents',
    [0, 4, 5].map((offset, n) => item(refused(offset), n)),
  );
  t.same(
    view.dueRefusals([0], 10).map(({ request: { offset } }) => offset),
    [3],
  );
  t.equal(view.get('mail-1')?.state, 'queued');
});

test('a repeat without a digest is known by its content', async (t) => {
  const { view } = open(t);
  const bare = (id: string, offset: number, subject: string): LogItem =>
    item(eventOf('mailRequested', { id, subject, to: [{ address: a }] }), offset, 0, id);
  view.apply('mailRequests', [bare('m', 0, 'x'), bare('m', 1, 'x'), bare('m', 2, 'y')]);
  const raw = (offset: number, text: string) =>
    item(
      eventOf('mailRequested', { id: 'r', raw: btoa(text), envelope: { from: a, to: [a] } }),
      offset,
      0,
      'r',
    );
  view.apply('mailRequests', [raw(3, 'x'), raw(4, 'x'), raw(5, 'y')]);
  t.same(
    view.dueRefusals([0], 10).map(({ request: { offset } }) => offset),
    [2, 5],
  );
});

test('a request must be keyed by its ordering key or its id, so that one id lies in one partition', async (t) => {
  const { view } = open(t);
  const keyed = (id: string, offset: number, key: string | null, orderingKey?: string): LogItem => ({
    ...requested(id, offset, orderingKey === undefined ? {} : { orderingKey }),
    key,
  });
  view.apply('mailRequests', [
    keyed('by-id', 0, 'by-id'),
    keyed('by-order', 1, 'k', 'k'),
    keyed('other', 2, 'else'),
    keyed('other-order', 3, 'else', 'k'),
    keyed('none', 4, null),
  ]);
  t.same(
    ['by-id', 'by-order', 'other', 'other-order', 'none'].filter((id) => view.get(id) !== undefined),
    ['by-id', 'by-order'],
  );
  t.match(view.dueRefusals([0], 10), [
    { mailId: 'other', key: 'else', code: 'invalid', detail: 'The key of the record must be other' },
    { mailId: 'other-order', code: 'invalid', detail: 'The key of the record must be k' },
    { mailId: 'none', key: 'none', code: 'invalid', detail: 'The key of the record must be none' },
  ]);
});

test('what ended long ago is removed, what waits never is', async (t) => {
  const { view } = open(t);
  view.apply('mailRequests', [
    requested('mail-1', 0),
    requested('waiting', 1),
    requested('new', 2, {}, acceptedAtMs + 80 * dayMs),
  ]);
  const sentEvent = sent(1, [{ address: a, outcome: 'sent' }]);
  view.apply('mailEvents', [item(sentEvent, 0), item(of('new', sentEvent), 1)]);
  pruneAll(view, acceptedAtMs + 89 * dayMs);
  t.match(view.countsByState(), { sent: 2, queued: 1 });
  pruneAll(view, acceptedAtMs + 91 * dayMs);
  t.equal(view.get('mail-1'), undefined);
  t.match(view.countsByState(), { sent: 1, queued: 1 });
  view.reset();
  t.match(view.countsByState(), { sent: 0, queued: 0 });
  t.same(view.positions('mailRequests'), []);
  t.equal(view.get('waiting'), undefined);
});

test('a file of another version or a damaged one is replaced', async (t) => {
  const { view, directory } = open(t);
  view.apply('mailRequests', [requested('mail-1', 0)]);
  view.close();
  const path = join(directory, 'mail-view.db');
  const newer = new DatabaseSync(path);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  const fresh = openMailView({ directory });
  t.same(fresh.positions('mailRequests'), []);
  fresh.apply('mailRequests', [requested('mail-1', 0)]);
  fresh.close();

  for (const damage of [
    (bytes: Buffer) => bytes.fill(7),
    (bytes: Buffer) => bytes.fill(0, 4096),
    () => Buffer.from(''),
  ]) {
    writeFileSync(path, damage(readFileSync(path)));
    const rebuilt = openMailView({ directory });
    t.same(rebuilt.positions('mailRequests'), []);
    rebuilt.apply('mailRequests', [requested('mail-1', 0)]);
    t.match(rebuilt.get('mail-1'), { state: 'queued' });
    rebuilt.close();
  }
});

test('more mails than are kept in memory are folded all the same', async (t) => {
  const { view } = open(t);
  const ids = Array.from({ length: 12_000 }, (_, n) => `m${n}`);
  view.apply(
    'mailRequests',
    ids.map((id, n) => requested(id, n)),
  );
  t.equal(view.countsByState().queued, ids.length);
  view.apply(
    'mailEvents',
    ids.map((id, n) => item(of(id, started(1, [a])), n)),
  );
  view.apply(
    'mailEvents',
    ids.map((id, n) => item(of(id, sent(1, [{ address: a, outcome: 'sent' }])), ids.length + n)),
  );
  t.match(view.countsByState(), { queued: 0, sending: 0, sent: ids.length });
});

test('a folder belongs to one mailer until it is given back', (t) => {
  const directory = join(t.testdir(), 'view');
  const unlock = lockViewDirectory(directory);
  t.throws(() => lockViewDirectory(directory), { code: 'view-in-use', message: /in use by another mailer/ });
  unlock();
  lockViewDirectory(directory)();
  t.end();
});

test('requests of one id in several partitions are of the owner of the key, whichever is read first', (t) => {
  const [first, second] = [4, 7].map((partition) => ({
    ...requested('mail-1', 0),
    position: { partition, offset: 0 },
  }));
  const [home, stray] = [first, { ...second, home: 4 }] as [LogItem, LogItem];
  const other = {
    ...requested('mail-1', 1, { payloadDigest: 'other' }),
    position: { partition: 9, offset: 1 },
    home: 4,
  };
  for (const order of [
    [home, stray, other],
    [stray, home, other],
  ]) {
    const { view } = open(t, t.testdir({ [`${order.indexOf(home)}`]: {} }));
    view.reset();
    view.apply('mailRequests', order);
    const due = (partition: number) => view.due({ nowMs: acceptedAtMs, partitions: [partition], limit: 10 });
    t.same([4, 7, 9].map(due), [['mail-1'], [], []]);
    t.match(view.dueRefusals([4], 10), [
      { request: { partition: 9, offset: 1 }, code: 'idempotency-conflict' },
    ]);
    t.same(view.dueRefusals([7, 9], 10), [], 'nobody else refuses it');
  }
  t.end();
});
