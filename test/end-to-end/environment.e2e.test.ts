import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { QueueStatus } from '@postausgang/contracts';
import { type Test, test } from 'tap';
import { waitFor } from '../peers/wait-for.ts';
import { confirm, environment, type Office, sendMail, settled, startOffice, stateOf } from './rehearsal.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';

const waiting = 3;

/** An office with mail that waits. */
async function startWaiting(t: Test): Promise<Office> {
  const office = await startOffice(t);
  for (let number = 1; number <= waiting; number += 1) await sendMail(office.original, `Rechnung ${number}`);
  return office;
}

const queue = async ({ call }: Pick<StandaloneProcess, 'call'>): Promise<QueueStatus> =>
  (await call('GET', '/v1/queue')).body as QueueStatus;

const folderCopy = (from: string, to: string): void =>
  void execFileSync('cp', ['-a', from, to], { stdio: 'ignore' });

/** SQLite's own backup of the log, and the keys beside it, as docs/operations.md describes it. */
async function logCopy(from: string, to: string): Promise<void> {
  mkdirSync(to);
  const log = new DatabaseSync(join(from, 'events.db'), { readOnly: true });
  await backup(log, join(to, 'events.db'));
  log.close();
  for (const name of ['keys', 'admin.key']) execFileSync('cp', ['-a', join(from, name), to]);
}

test('a log where it belongs sends, after every restart', async (t) => {
  const { original, openServer } = await startWaiting(t);
  t.match(await environment(original), { heldFor: null, confirmed: { as: 'adopted', by: 'postausgang' } });
  await original.kill();
  const server = await openServer();
  const again = await startStandaloneProcess(original.dataDirectory);
  t.teardown(() => again.kill());
  t.match(await environment(again), { heldFor: null, confirmed: { as: 'adopted' } });
  await waitFor('all mail', () => (server.messages.length === waiting ? true : undefined));
  t.equal((await confirm(again, 'moved')).status, 409, 'there is nothing to confirm');
});

test('a copy sends nothing before a person says what it is, however it was made', async (t) => {
  const { original, openServer } = await startWaiting(t);
  const from = original.dataDirectory;
  const folder = (name: string): string => join(t.testdirName, name);
  await logCopy(from, folder('backup'));
  folderCopy(from, folder('running'));
  await original.stop();
  folderCopy(from, folder('stopped'));
  const server = await openServer();
  for (const name of ['backup', 'running', 'stopped']) {
    const copy = await startStandaloneProcess(folder(name), { MAILER_ID: name });
    t.match(await environment(copy), { heldFor: 'other-place' }, name);
    t.match(await queue(copy), {
      state: 'standstill',
      standstill: { failure: { code: 'environment-held' } },
    });
    const late = await sendMail(copy, 'Rechnung 4');
    await settled(copy);
    t.equal(await stateOf(copy, late), 'queued', 'new mail is accepted, and waits');
    t.match((await fetchText(copy, '/health/ready')).text, '"environment":"other-place"');
    t.match((await fetchText(copy, '/metrics')).text, 'postausgang_environment_held 1');
    t.same(server.messages, [], `${name}: nothing has left, not even a probe`);
    await copy.stop();
  }
});

async function fetchText({ api }: StandaloneProcess, path: string): Promise<{ text: string }> {
  return { text: await (await fetch(`${api}${path}`)).text() };
}

test('what a person says decides what happens to the mail that waited', async (t) => {
  const { original, openServer } = await startWaiting(t);
  const from = original.dataDirectory;
  const folder = (name: string): string => join(t.testdirName, name);
  await original.stop();
  for (const name of ['moved', 'restored', 'copy', 'paused']) folderCopy(from, folder(name));
  const server = await openServer();
  const start = (name: string, variables: Readonly<Record<string, string>> = {}) =>
    startStandaloneProcess(folder(name), { MAILER_ID: name, ...variables });

  const restored = await start('restored');
  const fresh = await sendMail(restored, 'neu');
  t.match((await confirm(restored, 'restored')).body, { heldFor: null, confirmed: { as: 'restored' } });
  await waitFor('new mail', async () => ((await stateOf(restored, fresh)) === 'sent' ? true : undefined));
  t.equal(server.messages.length, 1, 'only the new mail has left');
  const held = (await restored.call('GET', '/v1/mails?state=held')).body as { items: { heldFor: string }[] };
  t.same(
    held.items.map(({ heldFor }) => heldFor),
    Array.from({ length: waiting }, () => 'restored'),
  );
  await restored.call('POST', '/v1/mails/release', { body: { filter: {} } });
  await waitFor('the rest', () => (server.messages.length === waiting + 1 ? true : undefined));
  await restored.stop();

  const copy = await start('copy');
  t.match(await confirm(copy, 'copy', { redirectTo: ['nobody'] }), {
    status: 422,
    body: { findings: [{ pointer: '/redirectTo/0' }] },
  });
  t.match(await copy.call('GET', '/v1/mails?state=held'), { body: { items: [] } }, 'nothing was held yet');
  const other = await copy.call('POST', '/v1/api-keys', { body: { name: 'module', scopes: ['mail:send'] } });
  const { id: before } = await environment(copy);
  t.match((await confirm(copy, 'copy')).body, { heldFor: null, confirmed: { as: 'copy' } });
  t.not((await environment(copy)).id, before, 'a copy has an id of its own');
  const inCopy = await sendMail(copy, 'im Test');
  await waitFor('a mail in the test mailbox', async () =>
    (await stateOf(copy, inCopy)) === 'sent' ? true : undefined,
  );
  t.match((await copy.call('GET', '/v1/test-mailbox')).body, { messages: [{ subject: 'im Test' }] });
  const headers = { authorization: `Bearer ${(other.body as { key: string }).key}` };
  t.equal(
    (await fetch(`${copy.api}/v1/mails`, { method: 'POST', headers })).status,
    401,
    'keys are suspended',
  );
  t.equal(server.messages.length, waiting + 1, 'nothing of a copy leaves');
  await copy.stop();
  const copyAgain = await start('copy');
  t.match(await environment(copyAgain), { heldFor: null, confirmed: { as: 'copy' } }, 'said once');
  await copyAgain.stop();

  const paused = await startStandaloneProcess(from, { SENDING: 'paused' });
  t.match(await environment(paused), { heldFor: 'paused' }, 'the operator wants to be asked');
  await settled(paused);
  t.equal(server.messages.length, waiting + 1);
  await confirm(paused, 'moved');
  await waitFor('all mail', () => (server.messages.length === 2 * waiting + 1 ? true : undefined));
  await paused.stop();
});
