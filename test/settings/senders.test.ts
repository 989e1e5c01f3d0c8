import type { EventData } from '@postausgang/contracts';
import { createSettingsState, evolveSettings, referencesOf, type SettingsState } from '@postausgang/settings';
import fc from 'fast-check';
import { test } from 'tap';
import { eventOf } from './fixture.ts';
import { senderChange, senderContent } from './sender-content.ts';

type Change = EventData<'senderChanged'>;

const content = senderContent();

const fold = (state: SettingsState, ...changes: readonly Change[]): void => {
  for (const change of changes) evolveSettings(state, eventOf('senderChanged', change));
};

test('of two that became active for the same at once, every reader takes the same one', (t) => {
  const one = senderChange('b', 0, content);
  const other = senderChange('a', 0, content);
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
    id: fc.constantFrom('a', 'b', 'c'),
    saved: fc.option(
      fc.record({ for: use, active: fc.boolean(), address: fc.constantFrom('a@x.example', 'A@X.example') }),
      { nil: null },
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const state = createSettingsState();
      for (const { id, saved } of steps) {
        const { version } = state.senders.resources.get(`senders/${id}`) ?? { version: 0 };
        fold(state, senderChange(id, version, saved && { ...content, ...saved }));
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
      const existing = [...state.senders.resources.values()].filter(({ content: one }) => one !== null);
      return indexed.size === existing.length;
    }),
  );
  t.end();
});
