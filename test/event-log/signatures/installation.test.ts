import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '@postausgang/contracts';
import { type EventLog, openInstallation, startFold } from '@postausgang/event-log';
import { type Test, test } from 'tap';
import { signingKey, signRecord } from '../../../packages/event-log/src/record-signatures.ts';
import { aboutMail, install, newKey, openRaw, publisherOf, recordOf, sampleOf } from './world.ts';

const settings = topics.settings.name;
const keyRecord = (keyId: string) =>
  recordOf('apiKeyCreated', `api-keys/${keyId}`, { ...sampleOf('apiKeyCreated'), keyId }, '/config-api');

/** What a fold makes of each record of the settings: its event type, or why it counts for nothing. */
async function judged(log: EventLog): Promise<readonly string[]> {
  const seen: string[] = [];
  const fold = startFold({
    log,
    topic: 'settings',
    state: seen,
    apply: (_state, items) =>
      items.forEach(({ result }) =>
        seen.push(result.ok ? result.event.type.replace(/^io\.postausgang\.|\.v1$/g, '') : result.reason),
      ),
  });
  await fold.caughtUp;
  await fold.stop();
  return seen;
}

test('the first start names the installation, and every process and later start knows it', async (t) => {
  const raw = await openRaw(t);
  const active = newKey();
  const first = await install(t, raw, { active });
  const again = await install(t, raw, { active });
  const other = await install(t, raw, { active }, { statePath: join(t.testdirName, 'other.json') });
  t.equal(first.installation.name, 'test');
  t.same([again.installation, other.installation], [first.installation, first.installation]);
  t.same(await judged(first.log), ['installation-created'], 'it is written once');
});

test('processes that start at once agree on one installation', async (t) => {
  const raw = await openRaw(t);
  const active = newKey();
  const started = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      install(t, raw, { active }, { statePath: join(t.testdirName, `${name}.json`) }),
    ),
  );
  t.equal(new Set(started.map(({ installation }) => installation.id)).size, 1);
});

test('records of a version that did not sign are believed up to the first signed start, and no later ones', async (t) => {
  const raw = await openRaw(t);
  await raw.append(settings, [keyRecord('old-1'), keyRecord('old-2')]);
  const active = newKey();
  const { log } = await install(t, raw, { active });
  await raw.append(settings, [keyRecord('forged')]);
  await publisherOf(log, '/config-api').publish('apiKeyCreated', 'k', sampleOf('apiKeyCreated'));
  const expected = [
    'api-key-created',
    'api-key-created',
    'installation-created',
    'not-signed',
    'api-key-created',
  ];
  t.same(await judged(log), expected);
  const later = await install(t, raw, { active }, { statePath: join(t.testdirName, 'new-machine.json') });
  t.same(await judged(later.log), expected, 'a process that comes later believes neither more nor less');
});

test('several keys verify, the first one signs, and a retired key counts only up to its retirement', async (t) => {
  const raw = await openRaw(t);
  const [old, fresh] = [newKey(), newKey()];
  const before = await install(t, raw, { active: old });
  await before.log.append(settings, [keyRecord('by-old')]);
  const between = await install(t, raw, { active: fresh, others: [old] });
  await between.log.append(settings, [keyRecord('by-fresh')]);
  await before.log.append(settings, [keyRecord('still-by-old')]);
  const all = ['installation-created', 'api-key-created', 'api-key-created', 'api-key-created'];
  t.same(await judged(between.log), all);
  t.same(await judged((await install(t, raw, { active: old, others: [fresh] })).log), all, 'in either order');

  const after = await install(t, raw, { active: fresh, retired: [old] });
  await before.log.append(settings, [keyRecord('by-a-leaked-key')]);
  const forged = recordOf(
    'logKeyRetired',
    'installation',
    { keyId: signingKey(fresh).id, signedBefore: {} },
    '/config-api',
  );
  await raw.append(settings, [signRecord(signingKey(old), settings, forged)]);
  const expected = [...all, 'log-key-retired', 'signature-wrong', 'signature-wrong'];
  t.same(await judged(after.log), expected);
  const cold = await install(
    t,
    raw,
    { active: newKey(), retired: [fresh, old] },
    { statePath: join(t.testdirName, 'cold.json') },
  );
  t.same((await judged(cold.log)).slice(0, 7), expected, 'also when the newer key is retired in turn');
});

test('without the key of the log the start ends, and says which one is missing', async (t) => {
  const raw = await openRaw(t);
  const lost = newKey();
  await install(t, raw, { active: lost });
  await t.rejects(install(t, raw, { active: newKey() }), {
    code: 'log-key-unknown',
    message: new RegExp(`signed with the key ${signingKey(lost).id}, which LOG_KEYS does not hold`),
  });
});

/** The log when its topic of settings was made again. */
function recreated(log: EventLog): EventLog {
  return {
    ...log,
    read: async () => undefined,
    bounds: async (topic) => (topic === settings ? [{ partition: 0, start: 0, end: 0 }] : log.bounds(topic)),
    follow: () => ({ caughtUp: Promise.resolve(), stop: async () => undefined }),
  };
}

test('a log that was truncated, lost or exchanged ends the start, and says what to do', async (t) => {
  const raw = await openRaw(t);
  const active = newKey();
  const { installation } = await install(t, raw, { active });
  const truncated: EventLog = { ...raw, bounds: async () => [{ partition: 0, start: 17, end: 40 }] };
  await t.rejects(install(t, truncated, { active }), {
    code: 'log-truncated',
    message:
      /postausgang\.settings\.v1 has lost its beginning: its first record is number 17.*ACCEPT_OTHER_LOG=true/,
  });
  await t.rejects(install(t, recreated(raw), { active }), {
    code: 'log-lost',
    message: /is empty, but .*installation\.json knows an installation.*ACCEPT_OTHER_LOG=true/,
  });
  const statePath = join(t.testdirName, 'installation.json');
  const kept = readFileSync(statePath, 'utf8');
  writeFileSync(statePath, kept.replace(installation.id, 'another-one'));
  await t.rejects(install(t, raw, { active }), {
    code: 'log-replaced',
    message: new RegExp(`belongs to installation ${installation.id}, but .* knows another-one`),
  });
  const accepted = await install(t, raw, { active }, { acceptOther: true });
  t.same(accepted.installation, installation);
  await install(t, raw, { active });
  t.equal(readFileSync(statePath, 'utf8'), kept, 'from then on that is the log');
});

test('settings that are gone are noticed by the outcomes of mail, and by the view', async (t) => {
  const raw = await openRaw(t);
  const active = newKey();
  await t.rejects(install(t, raw, { active }, { knowsLog: () => true }), {
    code: 'log-lost',
    message: /the view of the mail queue knows an installation/,
  });
  const held = recordOf('mailHeld', 'm', { ...aboutMail('m'), reason: 'requested' }, '/mailer/m1');
  await raw.append(topics.mailEvents.name, [held]);
  await t.rejects(install(t, raw, { active }), { code: 'log-lost', message: /mail-events\.v1 knows/ });
  const { log } = await install(t, raw, { active }, { acceptOther: true });
  t.same(await judged(log), ['installation-created']);
});

test('a new log after a lost one believes nothing that is not signed', async (t) => {
  const raw = await openRaw(t);
  const active = newKey();
  const { installation } = await install(t, await openRaw(t, join(t.testdirName, 'before')), { active });
  await raw.append(settings, [keyRecord('forged')]);
  const { log, installation: next } = await install(t, raw, { active }, { acceptOther: true });
  t.not(next.id, installation.id);
  t.same(await judged(log), ['not-signed', 'installation-created']);
});

const embedded = (t: Test, log: EventLog, warnings: string[] = [], statePath = 'installation.json') =>
  openInstallation({
    log,
    logName: 'The log',
    statePath: join(t.testdirName, statePath),
    name: 'test',
    source: '/config-api',
    acceptOther: false,
    now: () => new Date(0),
    newId: () => 'one',
    logger: { warn: (_fields, message) => void warnings.push(message) },
  });

test('the embedded log has its installation too, without signatures', async (t) => {
  const raw = await openRaw(t);
  await raw.append(settings, [keyRecord('old')]);
  t.same((await embedded(t, raw)).installation, { id: 'one', name: 'test' });
  t.same((await embedded(t, raw)).installation, { id: 'one', name: 'test' });
  t.same(await judged(raw), ['api-key-created', 'installation-created']);
  await t.rejects(embedded(t, recreated(raw)), { code: 'log-lost' });
});

test('a folder that takes no file is warned of, and the service starts', async (t) => {
  const raw = await openRaw(t);
  const warnings: string[] = [];
  writeFileSync(join(t.testdirName, 'file'), '');
  t.same((await embedded(t, raw, warnings, 'file/installation.json')).installation.id, 'one');
  t.match(warnings, [/cannot be remembered here/]);
  rmSync(join(t.testdirName, 'file'));
});
