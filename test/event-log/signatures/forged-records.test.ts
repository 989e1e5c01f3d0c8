/* Whoever may write to a topic, and has no key: 10,000 records of each topic change nothing that is not his. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type EventName, events, type TopicName, topics } from '@postausgang/contracts';
import {
  eachEvent,
  type EventLog,
  type NewRecord,
  startFold,
  type StoredRecord,
} from '@postausgang/event-log';
import {
  createConnectionTestsState,
  createMailerStatusState,
  createSettingsState,
  evolveConnectionTests,
  evolveMailerStatus,
  evolveSettings,
} from '@postausgang/settings';
import fc from 'fast-check';
import { type Test, test } from 'tap';
import { signingKey, signRecord } from '../../../packages/event-log/src/record-signatures.ts';
import { decideCommand } from '../../../packages/mail/src/commands.ts';
import { openMailView } from '../../../services/mailer/src/view/view.ts';
import { readAll } from '../records.ts';
import { install, mailOf, newKey, openRaw, recordOf, sampleOf, writeHistory } from './world.ts';

const forgedPerTopic = 10_000;
const attacker = '/erp/attacker';

const ways = [
  'no-signature',
  'foreign-key',
  'other-topic',
  'other-key',
  'changed-value',
  'changed-attribute',
  'changed-signature',
  'structured',
  'again',
] as const;

interface Forgery {
  readonly way: (typeof ways)[number];
  /** Which of the records it is made from. */
  readonly pick: number;
  readonly place: number;
  readonly text: string;
}

const forgery: fc.Arbitrary<Forgery> = fc.record({
  way: fc.constantFrom(...ways),
  pick: fc.nat(),
  place: fc.nat(),
  text: fc.string({ minLength: 1, maxLength: 12 }),
});

const attributes = ['ce_id', 'ce_type', 'ce_source', 'ce_time', 'content-type'] as const;
const foreignKey = signingKey(newKey());

/** A record that its writer wants to be believed, made from a real one of the topic. */
function forge(
  { way, pick, place, text }: Forgery,
  topic: string,
  records: readonly StoredRecord[],
  others: readonly StoredRecord[],
): NewRecord {
  const real = asNew(records[pick % records.length]);
  const { 'postausgang-signature': signature = '', ...unsigned } = real.headers;
  const renewed = { ...unsigned, ce_id: randomUUID() };
  switch (way) {
    case 'no-signature':
      return { ...real, headers: renewed };
    case 'foreign-key':
      return signRecord(foreignKey, topic, { ...real, headers: renewed });
    case 'other-topic':
      return asNew(others[pick % others.length]);
    case 'other-key':
      return { ...real, key: `${real.key}${text}` };
    case 'changed-value':
      return { ...real, value: changed(real.value, place) };
    case 'changed-attribute': {
      const name = attributes[place % attributes.length] ?? 'ce_id';
      return { ...real, headers: { ...real.headers, [name]: `${real.headers[name]}${text}` } };
    }
    case 'changed-signature': {
      const position = place % Math.max(1, signature.length);
      const other = signature[position] === 'A' ? 'B' : 'A';
      const broken = signature.slice(0, position) + other + signature.slice(position + 1);
      return { ...real, headers: { ...renewed, 'postausgang-signature': broken } };
    }
    case 'structured':
      return structured(real, renewed);
    case 'again':
      return real;
    default:
      return way satisfies never;
  }
}

function asNew(record: StoredRecord | undefined): NewRecord {
  return {
    key: record?.key ?? '',
    headers: record?.headers ?? {},
    value: record?.value ?? new Uint8Array(),
  };
}

function changed(value: Uint8Array, place: number): Uint8Array {
  const bytes = Uint8Array.from(value);
  const position = place % Math.max(1, bytes.length);
  bytes[position] = (bytes[position] ?? 0) ^ (1 + (place % 127));
  return bytes;
}

function structured({ key, value }: NewRecord, headers: Readonly<Record<string, string>>): NewRecord {
  const event = {
    ...Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith('ce_'))
        .map(([name, text]) => [name.slice(3), text]),
    ),
    data: JSON.parse(Buffer.from(value).toString()),
  };
  return {
    key,
    headers: { 'content-type': 'application/cloudevents+json' },
    value: Buffer.from(JSON.stringify(event)),
  };
}

async function appendForged(t: Test, raw: EventLog, name: TopicName): Promise<void> {
  const topic = topics[name].name;
  const records = await readAll(raw, topic);
  const others: StoredRecord[] = [];
  for (const other of Object.values(topics)) {
    if (other.name !== topic) {
      others.push(...(await readAll(raw, other.name)).slice(0, 20));
    }
  }
  const forged = fc
    .sample(forgery, { numRuns: forgedPerTopic, seed: 12 })
    .map((one) => forge(one, topic, records, others));
  for (let begin = 0; begin < forged.length; begin += 500) {
    await raw.append(topic, forged.slice(begin, begin + 500));
  }
  t.equal(forged.length, forgedPerTopic, name);
}

/** What the settings, tests and mailers are, by everything the log holds now. */
async function foldAll(log: EventLog) {
  const settings = createSettingsState();
  const connectionTests = createConnectionTestsState();
  const mailers = createMailerStatusState();
  const folds = [
    startFold({ log, topic: 'settings', state: settings, apply: eachEvent(evolveSettings) }),
    startFold({
      log,
      topic: 'connectionTests',
      state: connectionTests,
      apply: eachEvent(evolveConnectionTests),
    }),
    startFold({ log, topic: 'mailerStatus', state: mailers, apply: eachEvent(evolveMailerStatus) }),
  ];
  await Promise.all(folds.map(({ caughtUp }) => caughtUp));
  await Promise.all(folds.map((fold) => fold.stop()));
  return { settings, connectionTests, mailers };
}

test('10,000 forged records of each topic change no setting, no key, no test and no mailer', async (t) => {
  const raw = await openRaw(t);
  const { log, refusedRecords } = await install(t, raw, { active: newKey() });
  await writeHistory(log, raw);
  const before = await foldAll(log);
  t.equal(before.settings.servers.get('outgoing-servers/default')?.version, 2, 'the real history counts');
  t.equal(before.settings.apiKeys.byId.size, 1);
  for (const name of ['settings', 'connectionTests', 'mailerStatus'] as const) {
    await appendForged(t, raw, name);
  }
  const after = await foldAll(log);
  t.ok(isDeepStrictEqual(after.settings, before.settings), 'settings and keys');
  t.ok(isDeepStrictEqual(after.connectionTests, before.connectionTests), 'connection tests');
  t.ok(isDeepStrictEqual(after.mailers, before.mailers), 'mailers');
  const refused = refusedRecords().reduce((sum, { count }) => sum + count, 0);
  t.ok(refused > 20_000, `${refused} records are counted as refused`);
  const topicsRefused = new Set(refusedRecords().map(({ topic }) => topic));
  t.equal(topicsRefused.size, 3, 'topic by topic');
});

const commandNames = [
  'mailHoldRequested',
  'mailReleaseRequested',
  'mailCancelRequested',
  'mailResendRequested',
  'mailResolveRequested',
] as const satisfies readonly EventName[];

/** Commands of a module about mail that is not its own, in the name of somebody else. */
function foreignCommands(): readonly NewRecord[] {
  return ['http-1', 'http-2', 'erp-1', 'erp-2'].flatMap((mailId) =>
    commandNames.map((name) => {
      const data = { ...sampleOf(name), mailId, requestedBy: 'admin', actor: 'A. Admin' };
      return recordOf(name, mailId, data as never, attacker);
    }),
  );
}

test('10,000 forged requests and outcomes change no mail of somebody else', async (t) => {
  const raw = await openRaw(t);
  const { log } = await install(t, raw, { active: newKey() });
  await writeHistory(log, raw);
  const view = openMailView({ directory: join(t.testdirName, 'view') });
  t.teardown(() => view.close());
  const fold = async () => {
    for (const topic of ['mailRequests', 'mailEvents'] as const) {
      const state = startFold({
        log,
        topic,
        state: view,
        apply: (_view, items) => view.apply(topic, items),
        from: () => view.positions(topic),
      });
      await state.caughtUp;
      await state.stop();
    }
  };
  await fold();
  const ids = ['http-1', 'http-2', 'erp-1', 'erp-2'];
  const before = ids.map((id) => view.get(id));
  t.same(
    before.map((mail) => [mail?.state, mail?.producer]),
    [
      ['queued', undefined],
      ['held', undefined],
      ['queued', '/erp/billing'],
      ['queued', '/erp/billing'],
    ],
  );
  await appendForged(t, raw, 'mailEvents');
  await appendForged(t, raw, 'mailRequests');
  await raw.append(topics.mailRequests.name, foreignCommands());
  await fold();
  t.ok(
    isDeepStrictEqual(
      ids.map((id) => view.get(id)),
      before,
    ),
    'every mail is as it was',
  );
  const due = view.dueCommands([0], 1_000);
  t.equal(due.length, 20, 'the commands are there to be answered');
  for (const { command, key, producer } of due) {
    const mail = view.get(command.data.mailId);
    const decision = decideCommand(command, { mail, key, producer, nowMs: 0 });
    t.match(
      decision,
      { kind: 'declined', code: 'mail-unknown' },
      `${command.type} of ${command.data.mailId}`,
    );
    t.match(command.data, { actor: attacker, requestedBy: undefined }, 'and in the name of its writer');
  }
});

test('a module commands its own mail, all or none by the setting, and the services any', async (t) => {
  const raw = await openRaw(t);
  const { log } = await install(t, raw, { active: newKey() });
  await writeHistory(log, raw);
  const view = openMailView({ directory: join(t.testdirName, 'view') });
  t.teardown(() => view.close());
  const cancel = (mailId: string, source: string) =>
    recordOf('mailCancelRequested', mailId, { mailId, actor: 'A. Admin', requestedBy: 'admin' }, source);
  await raw.append(topics.mailRequests.name, [
    cancel('erp-1', '/erp/billing'),
    cancel('http-1', '/erp/billing'),
    cancel('http-1', '/mailer/m1'),
  ]);
  await log.append(topics.mailRequests.name, [cancel('erp-2', '/mailer/m1')]);
  const requests = startFold({
    log,
    topic: 'mailRequests',
    state: view,
    apply: (_view, items) => view.apply('mailRequests', items),
  });
  await requests.caughtUp;
  await requests.stop();
  const decided = (policy: 'own' | 'all' | 'none') =>
    view.dueCommands([0], 10).map(({ command, key, producer }) => {
      const mail = view.get(command.data.mailId);
      return decideCommand(command, { mail, key, producer, policy, nowMs: 0 }).kind;
    });
  t.same(decided('own'), ['fact', 'declined', 'declined', 'fact'], 'nobody becomes a service by its name');
  t.same(decided('all'), ['fact', 'fact', 'fact', 'fact']);
  t.same(decided('none'), ['declined', 'declined', 'declined', 'fact']);
  const [own, , , service] = view.dueCommands([0], 10);
  t.match(own?.command.data, { actor: '/erp/billing', requestedBy: undefined });
  t.match(service?.command.data, { actor: 'A. Admin', requestedBy: 'admin' });
});

test('a module that has a key is the only one that speaks in its name', async (t) => {
  const raw = await openRaw(t);
  const key = newKey();
  const producerKeys = new Map([['/erp/billing', key]]);
  const { log } = await install(t, raw, { active: newKey() }, { producerKeys });
  const topic = topics.mailRequests.name;
  const plain = recordOf('mailRequested', 'a', mailOf('a'), '/erp/billing');
  const bySomebody = recordOf('mailRequested', 'b', mailOf('b'), '/erp/other');
  const signed = signRecord(
    signingKey(key),
    topic,
    recordOf('mailRequested', 'c', mailOf('c'), '/erp/billing'),
  );
  const stolen = signRecord(
    signingKey(key),
    topic,
    recordOf('mailRequested', 'd', mailOf('d'), '/erp/other'),
  );
  const hidden = structured(plain, plain.headers);
  await raw.append(topic, [plain, bySomebody, signed, stolen, hidden]);
  const read: unknown[] = [];
  const fold = startFold({
    log,
    topic: 'mailRequests',
    state: read,
    apply: (_state, items) => {
      items.forEach(({ result, producer }) => read.push(result.ok ? producer : result.reason));
    },
  });
  await fold.caughtUp;
  await fold.stop();
  t.same(read, ['not-signed', '/erp/other', '/erp/billing', 'signature-wrong', 'not-signed']);
});

test('every event type that the services write is folded with proof only', async (t) => {
  const raw = await openRaw(t);
  const { log } = await install(t, raw, { active: newKey() });
  for (const [name, { topic }] of Object.entries(events)) {
    if (topics[topic].writers === 'services') {
      const data = sampleOf(name as EventName);
      await raw.append(topics[topic].name, [recordOf(name as EventName, 'k', data as never, '/config-api')]);
    }
  }
  for (const [name, { writers }] of Object.entries(topics)) {
    const reasons: unknown[] = [];
    const fold = startFold({
      log,
      topic: name as TopicName,
      state: reasons,
      apply: (_state, items) => items.forEach(({ result }) => reasons.push(result.ok || result.reason)),
    });
    await fold.caughtUp;
    await fold.stop();
    const unsigned = reasons.slice(name === 'settings' ? 1 : 0);
    t.ok(writers === 'anybody' || unsigned.every((reason) => reason === 'not-signed'), name);
  }
});
