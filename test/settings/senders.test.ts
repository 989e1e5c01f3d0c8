import type { EventData, SenderContent } from '@postausgang/contracts';
import { createSettingsState, evolveSettings, referencesOf, type SettingsState } from '@postausgang/settings';
import fc from 'fast-check';
import { test } from 'tap';
import { anna, eventOf } from './fixture.ts';

type Change = EventData<'senderChanged'>;

const content: SenderContent = {
  name: 'Accounting',
  address: 'accounting@acme.example',
  active: true,
  for: { kind: 'department', key: 'accounting', branch: null },
  replyTo: [],
  copyToSender: 'inherit',
  alwaysCopyTo: [],
  smimeCertificateId: null,
  mailbox: null,
  source: null,
};

const changed = (resource: string, expectedVersion: number, saved: SenderContent | null): Change => ({
  resource,
  expectedVersion,
  operation: saved === null ? 'delete' : 'put',
  revertedTo: null,
  content: saved,
  actor: anna,
  reason: null,
});

const fold = (state: SettingsState, ...changes: readonly Change[]): void => {
  for (const change of changes) evolveSettings(state, eventOf('senderChanged', change));
};

test('of two that became active for the same at once, every reader takes the same one', (t) => {
  const one = changed('senders/b', 0, content);
  const other = changed('senders/a', 0, content);
  for (const order of [
    [one, other],
    [other, one],
  ]) {
    const state = createSettingsState();
    fold(state, ...order);
    t.equal(referencesOf(state).activeSender(content.for, null)?.resource, 'senders/a');
    t.equal(referencesOf(state).activeSender(content.for, 'senders/a')?.resource, 'senders/b');
  }
  t.end();
});

test('whatever the history, exactly the active senders are found', (t) => {
  const use = fc.record({
    kind: fc.constantFrom('employee', 'department', 'branch', 'purpose', null),
    key: fc.constantFrom('1', '2', null),
    branch: fc.constantFrom('x', null),
  });
  const step = fc.record({
    name: fc.constantFrom('senders/a', 'senders/b', 'senders/c'),
    saved: fc.option(
      fc.record({ for: use, active: fc.boolean(), address: fc.constantFrom('a@x.example', 'A@X.example') }),
      { nil: null },
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const state = createSettingsState();
      for (const { name, saved } of steps) {
        const { version } = state.senders.resources.get(name) ?? { version: 0 };
        fold(state, changed(name, version, saved && { ...content, ...saved }));
      }
      const { activeSender, senderWith } = referencesOf(state);
      const active = [...state.senders.resources.values()].filter(({ content: one }) => one?.active === true);
      for (const { content: one } of active) {
        const found = one === null ? undefined : activeSender(one.for, null)?.content;
        const isForNobody = one?.for.kind === null || one?.for.key === null;
        if (isForNobody ? found !== undefined : found?.active !== true) return false;
        if (senderWith('a@x.example', null)?.content?.active !== true) return false;
      }
      const indexed = new Set([...state.senders.byAddress.values()].flatMap((names) => [...names]));
      return indexed.size === active.length;
    }),
  );
  t.end();
});
