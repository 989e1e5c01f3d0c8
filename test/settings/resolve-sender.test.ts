import type { SenderContent, SenderKind, SenderQuery } from '@postausgang/contracts';
import { resolveSender } from '@postausgang/settings';
import fc from 'fast-check';
import { test } from 'tap';
import { senderBook, senderContent } from './sender-content.ts';

const forWhom = (kind: SenderKind | null, key: string | null, branch: string | null = null) =>
  senderContent({ for: { kind, key, branch } });

const everything = {
  id: forWhom(null, null),
  employeeBerlin: forWhom('employee', '7', 'berlin'),
  employee: forWhom('employee', '7'),
  departmentBerlin: forWhom('department', 'sales', 'berlin'),
  department: forWhom('department', 'sales'),
  branch: forWhom('branch', 'berlin'),
  purpose: forWhom('purpose', 'dunning'),
};

const all: SenderQuery = {
  id: 'id',
  employee: '7',
  department: 'sales',
  branch: 'berlin',
  purpose: 'dunning',
};

const rules = [
  'id',
  'employee-at-branch',
  'employee',
  'department-at-branch',
  'department',
  'branch',
  'purpose',
  'default',
];

test('the order of the rules: each counts when everything before it leads to nobody', (t) => {
  const left = new Map<string, SenderContent>(Object.entries(everything));
  for (const [index, rule] of rules.entries()) {
    const resolution = resolveSender(senderBook(Object.fromEntries(left)), all, null);
    t.equal(resolution.rule, rule);
    const tried = resolution.tried.map(({ rule: one, result }) => `${one} ${result}`);
    const passed = rules.slice(0, index).map((one) => `${one} unknown`);
    t.strictSame(tried, rule === 'default' ? passed : [...passed, `${rule} found`]);
    const [next] = left.keys();
    left.delete(next ?? '');
  }
  const explicit = resolveSender(senderBook(everything), all, { address: 'me@acme.example' });
  t.match(explicit, { rule: 'explicit', sender: null, tried: [] }, 'from goes before everything');
  t.end();
});

test('an inactive sender is passed over, and the chain says so', (t) => {
  const book = senderBook({
    a: senderContent({ active: false }),
    b: senderContent({ active: false, for: { kind: 'purpose', key: 'dunning', branch: null } }),
  });
  const resolution = resolveSender(book, { id: 'a', department: 'accounting', purpose: 'dunning' }, null);
  t.match(resolution, { rule: 'default', sender: null, isRefused: false });
  t.strictSame(
    resolution.tried.map(({ rule, key, result }) => [rule, key, result]),
    [
      ['id', 'a', 'inactive'],
      ['department', 'accounting', 'inactive'],
      ['purpose', 'dunning', 'inactive'],
    ],
  );
  t.end();
});

test('a strict query is refused unless what it names first leads to a sender', (t) => {
  const book = senderBook({ one: forWhom('employee', '7'), two: forWhom('department', 'sales') });
  const refused = (query: SenderQuery) => resolveSender(book, { ...query, strict: true }, null).isRefused;
  t.notOk(refused({ employee: '7' }));
  t.notOk(refused({ employee: '7', branch: 'berlin' }), 'the employee is known, if not at the branch');
  t.notOk(refused({ department: 'sales' }));
  t.ok(refused({ employee: '8' }));
  t.ok(refused({ employee: '8', department: 'sales' }), 'somebody else would send');
  t.ok(refused({ id: 'three', employee: '7' }));
  t.ok(refused({ purpose: 'dunning' }));
  t.end();
});

test('resolution is total, deterministic, and does not depend on the order of the events', (t) => {
  const key = fc.constantFrom('1', '2', '3');
  const optional = fc.option(key, { nil: undefined });
  const query = fc
    .record({ id: optional, employee: optional, department: optional, branch: optional, purpose: optional })
    .map((made): SenderQuery =>
      Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)),
    );
  const sender = fc
    .record({
      kind: fc.constantFrom('employee', 'department', 'branch', 'purpose', null),
      key: fc.option(key),
      branch: fc.option(key),
      active: fc.boolean(),
    })
    .map(({ active, ...use }) => senderContent({ active, for: use }));
  const senders = fc.dictionary(fc.constantFrom('1', '2', '3', 'a', 'b', 'c'), sender);
  fc.assert(
    fc.property(senders, query, fc.boolean(), (contents, asked, strict) => {
      const resolution = resolveSender(senderBook(contents), { ...asked, strict }, null);
      const turned = Object.fromEntries(Object.entries(contents).toReversed());
      t.strictSame(resolveSender(senderBook(turned), { ...asked, strict }, null).rule, resolution.rule);
      t.equal(
        resolveSender(senderBook(turned), { ...asked, strict }, null).sender?.resource,
        resolution.sender?.resource,
      );
      t.equal(resolution.rule === 'default', resolution.sender === null);
      t.ok(resolution.sender === null || resolution.sender.content?.active === true);
      t.ok(rules.includes(resolution.rule));
    }),
    { numRuns: 200 },
  );
  t.end();
});
