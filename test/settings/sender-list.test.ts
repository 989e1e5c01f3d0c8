import type { SenderContent, SenderListEntry } from '@postausgang/contracts';
import { createSettingsState, decideSenderList, evolveSettings, referencesOf } from '@postausgang/settings';
import fc from 'fast-check';
import { test } from 'tap';
import { anna, eventOf } from './fixture.ts';
import { senderChange, senderContent } from './sender-content.ts';

const nobody = { kind: null, key: null, branch: null } as const;

/** Senders, and a list that is compared with them. */
function setUp(senders: Readonly<Record<string, SenderContent>> = {}) {
  const state = createSettingsState();
  for (const [id, content] of Object.entries(senders)) {
    evolveSettings(state, eventOf('senderChanged', senderChange(id, 0, content)));
  }
  const decide = (entries: readonly SenderListEntry[], source = 'erp') =>
    decideSenderList(state.senders, { source, entries, actor: anna, reason: null }, referencesOf(state));
  return {
    decide,
    contents: () => [...state.senders.resources.values()].flatMap(({ content }) => content ?? []),
    contentOf: (id: string) => state.senders.resources.get(`senders/${id}`)?.content,
    /** Decides, and folds what comes of it; what was changed, how, by its address. */
    take(entries: readonly SenderListEntry[], source = 'erp') {
      const decision = decide(entries, source);
      if (decision.outcome === 'refused') throw new Error(JSON.stringify(decision.findings));
      const verdicts = decision.changes.map(({ data }) =>
        evolveSettings(state, eventOf('senderChanged', data)),
      );
      const told = decision.changes.map(({ what, data }) => `${what} ${data.content.address}`);
      return { told, unchanged: decision.unchanged, verdicts: new Set(verdicts) };
    },
  };
}

const erika = {
  name: 'Erika',
  address: 'erika@acme.example',
  for: { kind: 'employee', key: '4711' },
} as const;
const team = { name: 'Team', address: 'team@acme.example' };

test('a list makes what is missing, deactivates what is not in it, and changes nothing the second time', (t) => {
  const { take, contents } = setUp();
  t.match(take([erika, team]), {
    told: ['created erika@acme.example', 'created team@acme.example'],
    unchanged: 0,
  });
  t.match(take([team, erika]), { told: [], unchanged: 2 }, 'the order says nothing');
  t.match(take([{ ...erika, name: 'Erika Muster' }]), {
    told: ['changed erika@acme.example', 'deactivated team@acme.example'],
  });
  t.match(take([erika, team]), { told: ['changed erika@acme.example', 'changed team@acme.example'] });
  t.match(take([]), { told: ['deactivated erika@acme.example', 'deactivated team@acme.example'] });
  t.strictSame(take([]).told, []);
  t.strictSame(
    contents().map(({ active, source }) => [active, source]),
    [
      [false, 'erp'],
      [false, 'erp'],
    ],
    'nobody is deleted',
  );
  t.end();
});

test('an entry is recognized by whom it is for, otherwise by its address', (t) => {
  const { take } = setUp();
  take([erika, team]);
  t.strictSame(take([{ ...erika, address: 'e.muster@acme.example' }, team]).told, [
    'changed e.muster@acme.example',
  ]);
  t.match(
    take([
      { ...erika, address: 'e.muster@acme.example' },
      { ...team, address: 'TEAM@acme.example' },
    ]).told,
    ['changed TEAM@acme.example'],
  );
  t.end();
});

test('other lists, and what is kept by hand, stay as they are', (t) => {
  const byHand = senderContent({ address: 'hand@acme.example' });
  const ofOther = senderContent({ address: 'other@acme.example', source: 'shop', for: nobody });
  const ofList = senderContent({
    address: 'erika@acme.example',
    source: 'erp',
    for: { kind: 'employee', key: '4711', branch: null },
    mailbox: 'shared@acme.example',
    alwaysCopyTo: [{ address: 'archive@acme.example' }],
  });
  const { take, contentOf, decide } = setUp({ byHand, ofOther, ofList });
  t.strictSame(take([erika]).told, ['changed erika@acme.example']);
  t.strictSame(contentOf('ofList'), { ...ofList, name: 'Erika' }, 'what the entry does not name is kept');
  take([]);
  t.strictSame([contentOf('byHand'), contentOf('ofOther')], [byHand, ofOther]);
  const department = { ...team, for: { kind: 'department', key: 'accounting' } } as const;
  t.match(decide([department]), {
    outcome: 'refused',
    findings: [{ pointer: '/senders/0/for/key', code: 'sender-duplicate', resource: 'senders/byHand' }],
  });
  t.end();
});

test('a list with mistakes names all of them and changes nothing', (t) => {
  const { decide, contents } = setUp();
  const decision = decide([
    erika,
    { name: 'x', address: 'no address' },
    { ...erika, name: 'again' },
    { ...team, for: { kind: 'purpose' } },
    { ...team, replyTo: [{ address: '@' }] },
    { ...team, smimeCertificateId: 'nowhere' },
  ]);
  const findings = decision.outcome === 'refused' ? decision.findings : [];
  t.strictSame(
    new Set(findings.map(({ pointer, code }) => `${pointer} ${code}`)),
    new Set([
      '/senders/1/address address-invalid',
      '/senders/2/for/key duplicate-entry',
      '/senders/3/for/key sender-key-required',
      '/senders/4/address duplicate-entry',
      '/senders/4/replyTo/0/address address-invalid',
      '/senders/5/address duplicate-entry',
      '/senders/5/smimeCertificateId certificate-unknown',
    ]),
  );
  t.strictSame(contents(), []);
  t.end();
});

test('who takes over a sender by hand, or deletes it, is not overruled', (t) => {
  const state = createSettingsState();
  const list = (entries: readonly SenderListEntry[]) =>
    decideSenderList(
      state.senders,
      { source: 'erp', entries, actor: anna, reason: null },
      referencesOf(state),
    );
  const first = list([erika]);
  if (first.outcome === 'refused' || first.changes[0] === undefined) throw new Error('refused');
  const { data } = first.changes[0];
  evolveSettings(state, eventOf('senderChanged', data));
  const byHand = { ...data.content, source: null };
  const id = data.resource.replace('senders/', '');
  evolveSettings(state, eventOf('senderChanged', senderChange(id, 1, byHand)));
  t.match(list([erika]), { outcome: 'refused', findings: [{ code: 'sender-duplicate' }] });
  t.match(list([]), { outcome: 'planned', changes: [] });
  evolveSettings(state, eventOf('senderChanged', senderChange(id, 2, null)));
  const again = list([erika]);
  t.match(again, { outcome: 'planned', changes: [{ what: 'created', data: { expectedVersion: 0 } }] });
  t.not(again.outcome === 'planned' && again.changes[0]?.data.resource, data.resource, 'another one');
  t.end();
});

test('whatever the lists, they leave exactly their senders active, and nothing to do for the next time', (t) => {
  const use = fc.option(
    fc.record({
      kind: fc.constantFrom('employee' as const, 'branch' as const),
      key: fc.constantFrom('1', '2'),
      branch: fc.constantFrom(null, 'a'),
    }),
    { nil: undefined },
  );
  const entry = fc
    .record({ name: fc.constantFrom('A', 'B'), address: fc.constantFrom('a@x.example', 'b@x.example'), use })
    .map(({ name, address, use: of }): SenderListEntry => ({
      name,
      address,
      ...(of === undefined ? {} : { for: of }),
    }));
  const lists = fc.array(fc.tuple(fc.constantFrom('erp', 'shop'), fc.array(entry, { maxLength: 5 })), {
    minLength: 1,
    maxLength: 6,
  });
  const property = fc.property(lists, (all) => {
    const { decide, take, contents } = setUp();
    for (const [source, entries] of all) {
      const before = JSON.stringify(contents().filter((one) => one.source !== source));
      if (decide(entries, source).outcome === 'refused') continue;
      const { verdicts } = take(entries, source);
      if (verdicts.size > 1 || (verdicts.size === 1 && !verdicts.has('accepted'))) return false;
      const active = contents().filter((one) => one.source === source && one.active);
      const names = (these: readonly { name: string; address: string }[]): string =>
        JSON.stringify(these.map(({ name, address }) => `${name} ${address}`).toSorted());
      const after = JSON.stringify(contents().filter((one) => one.source !== source));
      if (names(active) !== names(entries) || before !== after) return false;
      if (take(entries, source).told.length > 0) return false;
    }
    return true;
  });
  t.doesNotThrow(() => fc.assert(property));
  t.end();
});
