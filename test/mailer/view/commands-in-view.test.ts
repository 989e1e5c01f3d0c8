import { join } from 'node:path';
import { test } from 'tap';
import type { PostausgangEvent } from '@postausgang/contracts';
import type { LogItem } from '@postausgang/event-log';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import { makeEarlier } from './earlier-views.ts';
import { pruneAll } from './prune-all.ts';
import { about, acceptedAtMs, dayMs, eventOf, request } from '../../mail/mail-events.ts';

const item = (event: PostausgangEvent, offset: number, partition = 0, key = 'mail-1'): LogItem => ({
  position: { partition, offset },
  key,
  sizeBytes: 1,
  isOwn: false,
  result: { ok: true, event },
});
const hold = (id: string, mailId = 'mail-1') => eventOf('mailHoldRequested', { mailId }, { id });
const requested = item(eventOf('mailRequested', request(['a@x.example'])), 0);
const command = { source: '/test', verb: 'hold', actor: null, requestedBy: null, reason: null } as const;
const declined = (id: string, code: 'mail-sending' | null) =>
  eventOf(
    'mailCommandDeclined',
    { mailId: 'mail-1', command: { id, ...command }, code, detail: 'why' },
    { id: `answer-${id}` },
  );

test('a command is due from when it is read until it is answered, whichever topic is read first', (t) => {
  const view = openMailView({ directory: t.testdir() });
  t.teardown(() => view.close());
  view.apply('mailRequests', [requested, item(hold('c1'), 1), item(hold('c2'), 2), item(hold('c1'), 3)]);
  t.same(
    view.dueCommands([0], 10).map((due) => [due.command.id, due.position.offset]),
    [
      ['c1', 1],
      ['c2', 2],
    ],
    'a second record of it is the same command',
  );
  t.same(view.dueCommands([1], 10), []);
  t.same(view.commandIds('mail-1', 'c'), ['c1', 'c2']);
  t.equal(view.answerTo('mail-1', 'c1'), undefined);
  view.apply('mailEvents', [item(declined('c1', 'mail-sending'), 0), item(declined('c3', null), 1)]);
  t.same(view.answerTo('mail-1', 'c1'), { code: 'mail-sending', detail: 'why' });
  view.apply('mailRequests', [item(hold('c3'), 4)]);
  t.same(
    view.dueCommands([0], 10).map((due) => due.command.id),
    ['c2'],
    'c3 was answered before it was read',
  );
  view.apply('mailEvents', [item({ ...declined('c1', null), id: 'other' }, 2)]);
  t.match(view.answerTo('mail-1', 'c1'), { code: 'mail-sending' }, 'the first answer counts');
  pruneAll(view, acceptedAtMs + 91 * dayMs);
  t.equal(view.answerTo('mail-1', 'c1'), undefined);
  t.equal(view.dueCommands([0], 10).length, 1, 'what is not answered stays');
  t.end();
});

test('whoever acts on a mail decides about it, wherever the command lies', (t) => {
  const view = openMailView({ directory: t.testdir() });
  t.teardown(() => view.close());
  view.apply('mailRequests', [requested, item(hold('c1'), 7, 3), item(hold('c2', 'nobody'), 8, 3)]);
  t.same(
    view.dueCommands([0], 10).map((due) => due.command.id),
    ['c1'],
  );
  t.same(
    view.dueCommands([3], 10).map((due) => due.command.id),
    ['c2'],
  );
  t.end();
});

test('an answer that came too late leaves the command open', (t) => {
  const view = openMailView({ directory: t.testdir() });
  t.teardown(() => view.close());
  const held = (id: string, expectedVersion: number) =>
    eventOf(
      'mailHeld',
      { ...about, reason: 'requested', command: { id: 'c1', ...command }, expectedVersion },
      { id },
    );
  const dueIds = () => view.dueCommands([0], 10).map((due) => due.command.id);
  view.apply('mailRequests', [requested, item(hold('c1'), 1)]);
  view.apply('mailEvents', [item(held('late', 7), 0)]);
  t.equal(view.answerTo('mail-1', 'c1'), undefined);
  t.same(dueIds(), ['c1']);
  view.apply('mailEvents', [item(held('in-time', 1), 1)]);
  t.same(view.answerTo('mail-1', 'c1'), { code: null, detail: null });
  t.same(dueIds(), []);
  t.end();
});

test('while the request of a mail is awaited its commands wait, and the answer that counts is found then', (t) => {
  const view = openMailView({ directory: t.testdir() });
  t.teardown(() => view.close());
  const held = eventOf(
    'mailHeld',
    { ...about, reason: 'requested', command: { id: 'c1', ...command }, expectedVersion: 1 },
    { id: 'h1' },
  );
  view.apply('mailEvents', [item(held, 0)]);
  view.apply('mailRequests', [item(hold('c1'), 1), item(hold('c2'), 2)]);
  t.same(view.dueCommands([0], 10), []);
  view.apply('mailRequests', [item(eventOf('mailRequested', request(['a@x.example'])), 3)]);
  t.same(view.answerTo('mail-1', 'c1'), { code: null, detail: null });
  t.same(
    view.dueCommands([0], 10).map((due) => due.command.id),
    ['c2'],
  );
  t.end();
});

const bulk = item(eventOf('mailBulkRequested', { verb: 'hold', filter: {}, counted: 2 }, { id: 'b1' }), 1);
const part = (mailId: string) => hold(`bulk.b1.${mailId}`, mailId);
const heldBy = (mailId: string) => {
  const answered = { id: `bulk.b1.${mailId}`, ...command };
  return eventOf(
    'mailHeld',
    { ...about, mailId, reason: 'requested', command: answered },
    { id: `h-${mailId}` },
  );
};
const expanded = eventOf(
  'mailBulkExpanded',
  { command: { id: 'b1', ...command }, matched: 2 },
  { id: 'b1/expanded' },
);
const two = [
  requested,
  item(eventOf('mailRequested', request(['a@x.example'], { id: 'mail-2' })), 9, 0, 'mail-2'),
];

test('an action is counted the same, whichever topic is read first, and however often', (t) => {
  const commands = [
    bulk,
    item(part('mail-1'), 2),
    item(part('mail-2'), 3, 0, 'mail-2'),
    item(part('mail-1'), 4),
  ];
  const answers = [
    item(heldBy('mail-1'), 0),
    item(
      eventOf(
        'mailCommandDeclined',
        {
          mailId: 'mail-2',
          command: { id: 'bulk.b1.mail-2', ...command },
          code: null,
          detail: 'held already',
        },
        { id: 'd-2' },
      ),
      1,
      0,
      'mail-2',
    ),
    item(expanded, 2),
  ];
  for (const order of ['commands first', 'answers first', 'one by one'] as const) {
    const view = openMailView({ directory: join(t.testdir(), order) });
    view.apply('mailRequests', two);
    if (order === 'answers first') view.apply('mailEvents', answers);
    for (const one of commands) view.apply('mailRequests', [one]);
    if (order === 'one by one') {
      t.match(view.action('b1'), { matched: 2, asked: 2, done: 0, finishedAtMs: null });
      view.apply('mailEvents', answers.slice(0, 1));
      t.match(view.action('b1'), { done: 1, skipped: {}, finishedAtMs: null });
      view.apply('mailEvents', answers.slice(2));
      t.match(view.action('b1'), { done: 1, finishedAtMs: null }, 'one has not answered');
      view.apply('mailEvents', answers.slice(1, 2));
    }
    if (order === 'commands first') view.apply('mailEvents', [...answers, ...answers]);
    const action = view.action('b1');
    t.match(
      action,
      { matched: 2, asked: 2, done: 1, skipped: { 'nothing-to-do': 1 }, finishedAtMs: Number },
      order,
    );
    pruneAll(view, acceptedAtMs + 91 * dayMs);
    t.equal(view.action('b1'), undefined);
    view.close();
  }
  t.end();
});

test('a view of the release that had no actions is taken over, with the mail in it', (t) => {
  const directory = t.testdir();
  const before = openMailView({ directory });
  before.apply('mailRequests', two);
  before.close();
  makeEarlier(directory, 15);
  const view = openMailView({ directory });
  t.teardown(() => view.close());
  t.match(view.positions('mailRequests'), [{ offset: 10 }], 'it is not built anew');
  view.apply('mailRequests', [bulk]);
  t.match(view.action('b1'), { matched: 2, done: 0 });
  t.end();
});

test('actions are listed newest first, of all or of one requester, to the last page', (t) => {
  const directory = t.testdir();
  const view = openMailView({ directory });
  t.teardown(() => view.close());
  const [anna, otto] = ['anna', 'otto'].map((id) => ({ kind: 'api-key' as const, id, name: id }));
  // Two of each time, as different modules write the same one.
  const actions = Array.from({ length: 12 }, (_, n) => ({
    id: `a${String(n).padStart(2, '0')}`,
    of: n % 3 === 0 ? anna : n % 3 === 1 ? otto : undefined,
    time: new Date(acceptedAtMs + (n >> 1)).toISOString(),
  }));
  const written = actions.map(({ id, of, time }, n) => {
    const spelled = n % 4 === 0 ? time.replace('Z', '+00:00') : time;
    const asked = of === undefined ? {} : { of };
    return eventOf('mailBulkRequested', { verb: 'hold', filter: {}, ...asked }, { id, time: spelled });
  });
  view.apply(
    'mailRequests',
    written.toReversed().map((event, n) => item(event, n)),
  );
  const finished = actions.filter((_, n) => n % 2 === 0);
  view.apply(
    'mailEvents',
    finished.map(({ id }, n) =>
      item(eventOf('mailBulkExpanded', { command: { ...command, id }, matched: 0 }, { id: `${id}/e` }), n),
    ),
  );
  const walk = (query: Omit<Parameters<typeof view.actions>[0], 'cursor' | 'limit'>, limit: number) => {
    const ids: string[] = [];
    let cursor: Parameters<typeof view.actions>[0]['cursor'];
    do {
      const page = view.actions({ ...query, limit, cursor });
      t.ok(page.actions.length <= limit);
      ids.push(...page.actions.map((one) => one.command.id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return ids;
  };
  const newest = (some: typeof actions): string[] => some.map(({ id }) => id).toReversed();
  for (const limit of [1, 2, 5, 12, 50]) {
    t.same(walk({}, limit), newest(actions), `${limit}`);
    t.same(walk({ of: anna }, limit), newest(actions.filter(({ of }) => of === anna)));
    t.same(walk({ state: 'finished' }, limit), newest(finished));
    t.same(
      walk({ state: 'running', of: otto }, limit),
      newest(actions.filter((one) => one.of === otto && !finished.includes(one))),
    );
  }
  t.end();
});
