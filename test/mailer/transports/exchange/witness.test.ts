import { test } from 'tap';
import type { Lookup } from '../../../../packages/mail/src/transport.ts';
import {
  judgeSent,
  type SentItem,
  sentWindow,
} from '../../../../services/mailer/src/transports/exchange/witness.ts';

const lookup: Lookup = {
  messageId: '<m1@acme.example>',
  envelopeFrom: 'erp@acme.example',
  since: new Date('2026-11-23T08:00:00Z'),
  until: new Date('2026-11-23T08:10:00Z'),
  subject: 'Rechnung  4711 für Müller',
  recipients: ['kunde@müller.example', 'b@x.example'],
  alike: [],
};

const item = (changes: Partial<SentItem> = {}): SentItem => ({
  messageId: '<rewritten@prod.outlook.test>',
  subject: 'Rechnung 4711 fu\u0308r Müller',
  recipients: ['Kunde@xn--mller-kva.example', 'b@x.example'],
  ...changes,
});

const found = { kind: 'found', witness: 'date-subject-recipients' };

/** What the sent messages say, beside what is looked for. */
const cases: readonly (readonly [string, readonly SentItem[], Partial<Lookup>, object])[] = [
  ['the one message', [item()], {}, found],
  ['nothing', [], {}, { kind: 'not-found' }],
  ['another subject', [item({ subject: 'Rechnung 4712 für Müller' })], {}, { kind: 'not-found' }],
  ['other recipients', [item({ recipients: ['c@x.example'] })], {}, { kind: 'not-found' }],
  ['blind copies that are not named', [item({ recipients: ['b@x.example'] })], {}, found],
  ['no recipients at all', [item({ recipients: [] })], {}, { kind: 'ambiguous' }],
  ['addresses of another kind', [item({ recipients: null })], {}, { kind: 'ambiguous' }],
  [
    'one recipient more',
    [item({ recipients: [...lookup.recipients, 'c@x.example'] })],
    {},
    { kind: 'ambiguous' },
  ],
  ['two of them', [item(), item({ messageId: '<second@x>' })], {}, { kind: 'ambiguous' }],
  [
    'it, and one to more people',
    [item(), item({ recipients: [...lookup.recipients, 'c@x.example'] })],
    {},
    found,
  ],
  [
    'two parts of it',
    [item({ recipients: ['b@x.example'] }), item({ recipients: ['b@x.example'] })],
    {},
    { kind: 'ambiguous' },
  ],
  [
    'another mail of ours with its own Message-ID',
    [item({ messageId: '<m2@x>' })],
    { alike: ['<m2@x>'] },
    { kind: 'not-found' },
  ],
  ['it, beside another of ours', [item(), item({ messageId: '<m2@x>' })], { alike: ['<m2@x>'] }, found],
  ['one, which may be another of ours', [item()], { alike: ['<m2@x>'] }, { kind: 'ambiguous' }],
  ['one, which may be another of ours without an id', [item()], { alike: [null] }, { kind: 'ambiguous' }],
  ['none, though another of ours was sent', [], { alike: ['<m2@x>'] }, { kind: 'not-found' }],
  [
    'one, and a subject that is not known',
    [item({ subject: 'x' })],
    { subject: null },
    { kind: 'ambiguous' },
  ],
  ['none, and a subject that is not known', [], { subject: null }, { kind: 'not-found' }],
  ['a long subject, cut', [item({ subject: 'x'.repeat(255) })], { subject: 'x'.repeat(400) }, found],
];

for (const [what, items, changes, expected] of cases) {
  test(`among the sent messages: ${what}`, (t) => {
    t.strictSame(judgeSent({ ...lookup, ...changes }, items), expected);
    t.strictSame(judgeSent({ ...lookup, ...changes }, items.toReversed()), expected);
    t.end();
  });
}

test('the window lasts from before the attempt until after its end', (t) => {
  const { from, to } = sentWindow(lookup);
  t.ok(from < lookup.since && to > lookup.until);
  const reversed = sentWindow({ since: lookup.until, until: lookup.since });
  t.ok(reversed.from < lookup.until && reversed.to > lookup.until, 'an end that is not known');
  t.end();
});
