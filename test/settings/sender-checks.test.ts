import { test } from 'tap';
import type { CheckedSender, PostausgangEvent } from '@postausgang/contracts';
import { failure } from '@postausgang/contracts';
import {
  createSenderChecksState,
  evolveSenderChecks,
  pendingChecks,
  senderCheck,
  senderCheckList,
  senderCheckView,
} from '@postausgang/settings';
import { eventOf } from './fixture.ts';

const startMs = Date.parse('2026-11-30T09:00:00Z');
const at = (ms: number): { readonly time: string } => ({ time: new Date(startMs + ms).toISOString() });
const versions = { senderVersion: 1, serverVersion: 2, connection: { id: 'graph', version: 3 } };
const actor = { kind: 'api-key', id: 'admin', name: 'admin' } as const;

const found = (more: Partial<CheckedSender> = {}): CheckedSender => ({
  senderId: 's1',
  address: 's1@acme.example',
  ...versions,
  verdict: 'verified',
  probed: false,
  failure: null,
  reply: null,
  remedy: null,
  checkId: null,
  mailId: null,
  actor: null,
  mailerId: 'm1',
  ...more,
});

function folded(...events: readonly PostausgangEvent[]) {
  const state = createSenderChecksState();
  const verdicts = events.map((event) => evolveSenderChecks(state, event));
  return { state, verdicts };
}

const asked = (checkId: string, ids: readonly string[], ms = 0): PostausgangEvent => {
  const senders = ids.map((id) => ({ id, version: 1 }));
  const { serverVersion, connection } = versions;
  const data = { checkId, senders, serverVersion, connection, probe: true, actor };
  return eventOf('senderCheckRequested', data, at(ms));
};

const day = 24 * 60 * 60 * 1000;

test('what a check has found counts for the versions it was made with, and for 30 days', (t) => {
  const { state } = folded(eventOf('senderChecked', found(), at(0)));
  const stateOf = (more: object, ms: number | null = 0): string =>
    senderCheckView(state, 's1', { ...versions, ...more }, ms === null ? null : startMs + ms).state;
  t.equal(stateOf({}), 'verified');
  t.equal(stateOf({ senderVersion: 2 }), 'outdated');
  t.equal(stateOf({ serverVersion: 3 }), 'outdated');
  t.equal(stateOf({ connection: { id: 'graph', version: 4 } }), 'outdated');
  t.equal(stateOf({ connection: { id: 'other', version: 3 } }), 'outdated');
  t.equal(stateOf({ connection: null }), 'outdated');
  t.equal(stateOf({}, 30 * day), 'verified');
  t.equal(stateOf({}, 30 * day + 1), 'outdated');
  t.equal(stateOf({}, null), 'verified');
  t.match(senderCheckView(state, 'other', versions, startMs), { state: 'unverified', verdict: null });
  t.end();
});

test('the last verdict counts, and a check that has found nothing out takes nothing back', (t) => {
  const refused = found({ verdict: 'refused', failure: failure('sender-refused'), mailId: 'mail' });
  const broken = found({ verdict: 'failed', failure: failure('connection-refused') });
  const view = (...all: readonly CheckedSender[]) =>
    senderCheckView(
      folded(...all.map((one, index) => eventOf('senderChecked', one, at(index)))).state,
      's1',
      versions,
      startMs,
    );
  t.match(view(found(), refused), { state: 'refused', mailId: 'mail', failure: { class: 'permanent' } });
  t.match(view(refused, found()), { state: 'verified', failure: null });
  t.match(view(found(), broken), { state: 'verified', failure: { code: 'connection-refused' } });
  t.match(view(broken), { state: 'unverified', verdict: 'failed' });
  t.match(view(found({ verdict: 'accepted, not verified' })), { state: 'unverified' });
  t.end();
});

test('a check goes on with the senders that are left, as long as it is heard of', (t) => {
  const result = (senderId: string, more: Partial<CheckedSender> = {}, ms = 0): PostausgangEvent =>
    eventOf('senderChecked', found({ senderId, checkId: 'c1', ...more }), at(ms));
  const { state, verdicts } = folded(
    asked('c1', ['s1', 's2', 's3']),
    asked('c1', ['s1']),
    result('s1'),
    result('s1', { verdict: 'refused' }),
    result('unknown'),
    result('s2', { verdict: 'failed' }, 1000),
  );
  t.strictSame(verdicts, ['accepted', 'duplicate', 'accepted', 'duplicate', 'duplicate', 'accepted']);
  const left = [{ id: 's3', version: 1 }];
  t.match(pendingChecks(state, startMs), [{ checkId: 'c1', senders: left }]);
  const check = senderCheck(state, 'c1', startMs);
  t.match(check, { state: 'running', total: 3, checked: 2, verified: 1, refused: 0, unverified: 1 });
  t.strictSame(
    check?.results.map(({ senderId }) => senderId),
    ['s2', 's1'],
  );
  const silent = startMs + 11 * 60_000 + 1000;
  t.match(senderCheck(state, 'c1', silent), { state: 'abandoned', finishedAt: null });
  t.strictSame(pendingChecks(state, silent), []);
  evolveSenderChecks(state, result('s3', {}, 2000));
  t.match(senderCheck(state, 'c1', silent), { state: 'finished', finishedAt: at(2000).time });
  t.equal(senderCheck(state, 'c2', startMs), undefined);
  t.end();
});

test('what is kept of checks has a bound, and none that runs is lost for one that has ended', (t) => {
  const { state } = folded(asked('all', ['s1', 's2']));
  for (let n = 0; n < 500; n += 1) {
    evolveSenderChecks(state, asked(`one-${n}`, ['s1']));
    evolveSenderChecks(state, eventOf('senderChecked', found({ checkId: `one-${n}` }), at(n)));
  }
  t.ok(state.checks.size <= 101);
  t.match(pendingChecks(state, startMs), [{ checkId: 'all' }]);
  t.strictSame(
    senderCheckList(state, 2, startMs).items.map(({ id }) => id),
    ['one-499', 'one-498'],
  );
  t.end();
});
