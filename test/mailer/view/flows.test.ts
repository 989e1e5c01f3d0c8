import { type Test, test } from 'tap';
import { type PostausgangEvent, type Priority, priorities } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import { createDueList } from '../../../services/mailer/src/engine/due-list.ts';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import { earlierVersions, makeEarlier } from './earlier-views.ts';
import { acceptedAtMs, eventOf, failed, request } from '../../mail/mail-events.ts';

interface Asked {
  readonly id: string;
  readonly priority?: Priority;
  readonly from?: string;
  readonly orderingKey?: string;
  readonly sendAt?: string;
}

function itemOf(event: PostausgangEvent, key: string, offset: number): LogItem {
  return {
    position: { partition: 0, offset },
    key,
    sizeBytes: 1,
    isOwn: false,
    result: { ok: true, event },
  };
}

function requested({ id, from, ...more }: Asked, offset: number): LogItem {
  const sender = from === undefined ? {} : { from: { name: '', address: from } };
  const data = request(['a@x.example'], { id, ...sender, ...more });
  const time = new Date(acceptedAtMs).toISOString();
  const event = eventOf('mailRequested', data, { id: `e-${id}`, time });
  return itemOf(event, more.orderingKey ?? id, offset);
}

type View = ReturnType<typeof openMailView>;

function listOver(view: View, nowMs = acceptedAtMs) {
  return createDueList({
    view,
    nowMs: () => nowMs,
    partitions: () => [0],
    inFlight: { size: 0, has: () => false },
  });
}

/** Takes everything, a mail in each pass, and fails each so that it is not due any more. */
function takeAll(view: View, nowMs?: number): readonly string[] {
  const list = listOver(view, nowMs);
  const taken: string[] = [];
  for (let id = list.next(); id !== undefined; id = list.next()) {
    taken.push(id);
    const event = failed(null, [{ address: 'a@x.example', outcome: 'rejected' }]);
    const ofMail = { ...event, data: { ...event.data, mailId: id } };
    view.apply('mailEvents', [itemOf(ofMail, id, taken.length)]);
    list.begin();
  }
  return taken;
}

test('a view that nobody has told of gives each of its due mails once, of any number of flows', (t) => {
  const view = openMailView({ directory: t.testdir() });
  t.teardown(() => view.close());
  const asked = Array.from({ length: 900 }, (_, index): Asked => ({
    id: `m${index}`,
    priority: priorities[index % 3] ?? 'normal',
    from: `s${index % 601}@acme.example`,
  }));
  const later = new Date(acceptedAtMs + 60_000).toISOString();
  const waits: Asked = { id: 'later', sendAt: later, from: 'later@acme.example' };
  view.apply('mailRequests', [...asked, waits].map(requested));
  t.match(view.backlog(acceptedAtMs), {
    urgent: { due: 300, later: 0, oldestDueAtMs: acceptedAtMs },
    normal: { due: 300, later: 1 },
    bulk: { due: 300, later: 0 },
  });
  const taken = takeAll(view);
  t.equal(taken.length, asked.length);
  t.equal(new Set(taken).size, asked.length);
  t.same(takeAll(view, acceptedAtMs + 60_000), ['later']);
  t.end();
});

test('an order is kept across priorities: what is behind it is not due', (t) => {
  const view = openMailView({ directory: t.testdir() });
  t.teardown(() => view.close());
  const asked: readonly Asked[] = [
    { id: 'first', priority: 'bulk', orderingKey: 'k' },
    { id: 'second', priority: 'urgent', orderingKey: 'k' },
    { id: 'free' },
  ];
  view.apply('mailRequests', asked.map(requested));
  const list = listOver(view);
  const taken = Array.from({ length: 4 }, () => (list.begin(), list.next()));
  t.same(taken.filter((id) => id !== undefined).toSorted(), ['first', 'free']);
  t.end();
});

for (const version of earlierVersions) {
  test(`a view of version ${version} is taken over, with what waits in it`, (t) => isTakenOver(t, version));
}

function isTakenOver(t: Test, version: number): void {
  const directory = t.testdir();
  const before = openMailView({ directory });
  const asked: readonly Asked[] = [{ id: 'm1', from: 'ERP@acme.example' }, { id: 'm2' }];
  before.apply('mailRequests', asked.map(requested));
  before.close();
  makeEarlier(directory, version);
  const view = openMailView({ directory });
  t.teardown(() => view.close());
  t.match(view.backlog(acceptedAtMs), { normal: { due: 2 } });
  t.same(takeAll(view).toSorted(), ['m1', 'm2']);
  t.match(view.positions('mailRequests'), [{ offset: 2 }], 'it is not built anew');
  t.end();
}
