import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvironmentView, OnUnknown } from '@postausgang/contracts';
import { type Test, test } from 'tap';
import { runBackupCommand } from '../../services/standalone/src/backup/command.ts';
import { freePort } from '../peers/free-port.ts';
import type { CapturingSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import { confirm, environment, type Office, sendMail, settled, startOffice, stateOf } from './rehearsal.ts';
import { type StandaloneProcess, startStandaloneProcess } from './standalone-process.ts';
import { firstSteps, linkCheckout, read, runTour, shellBlocks } from './tour.ts';

type Service = Pick<StandaloneProcess, 'call'>;

/** `npx postausgang`, in this process. Rejects unless it ends with exit code 0. */
async function postausgang(args: readonly string[], dataDirectory = ''): Promise<void> {
  let printed = '';
  const stream = { write: (text: string | Uint8Array) => (printed += String(text)) !== '' };
  const code = await runBackupCommand({
    args,
    dataFolder: async () => dataDirectory,
    out: stream,
    err: stream,
  });
  if (code !== 0) throw new Error(printed);
}

const send = (service: Service, subject: string, onUnknown: OnUnknown = 'hold'): Promise<string> =>
  sendMail(service, subject, {
    onUnknown,
    attachments: [{ filename: 'anbei.bin', contentType: 'application/octet-stream', content: largeContent }],
  });

/** Above 256 KiB, so that it lies in the content store. */
const largeContent = Buffer.alloc(300_000, 'x').toString('base64');

const inState = (service: Service, id: string, ...states: readonly string[]): Promise<string> =>
  waitFor(`${states.join(' or ')}: ${id}`, async () => {
    const state = await stateOf(service, id);
    return states.includes(state) ? state : undefined;
  });

async function confirmed(service: Service, as: string): Promise<EnvironmentView> {
  const answer = await confirm(service, as);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body as EnvironmentView;
}

/** Subjects by the id of the mail. */
type Accepted = Map<string, string>;

interface Moment {
  /** What the original has accepted before the backup began. */
  readonly accepted: Accepted;
  /** Goes on while the backup is made. */
  readonly meanwhile?: (backup: Promise<unknown>) => Promise<void>;
  /** What the original still does afterwards; then it is lost. Resolves with the server that its mail goes to. */
  readonly afterwards: () => Promise<CapturingSmtpServer>;
}

async function sendAll(
  service: Service,
  subjects: readonly string[],
  onUnknown?: OnUnknown,
): Promise<Accepted> {
  const accepted: Accepted = new Map();
  for (const subject of subjects) accepted.set(await send(service, subject, onUnknown), subject);
  return accepted;
}

const invoices = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `Rechnung ${index + 1}`);

async function allSent(service: Service, accepted: Accepted): Promise<void> {
  for (const id of accepted.keys()) await inState(service, id, 'sent');
}

/** Nobody listens at the address of the server. */
async function waiting(_t: Test, { original, openServer }: Office): Promise<Moment> {
  return { accepted: await sendAll(original, invoices(3)), afterwards: () => openServer() };
}

async function sentAfterwards(t: Test, { original, openServer }: Office): Promise<Moment> {
  const accepted = await sendAll(original, invoices(3));
  const afterwards = async (): Promise<CapturingSmtpServer> => {
    await original.stop();
    const server = await openServer();
    const again = await startStandaloneProcess(original.dataDirectory);
    t.teardown(() => again.kill());
    await allSent(again, accepted);
    await again.kill();
    return server;
  };
  return { accepted, afterwards };
}

/** The server has the messages, and the mailer has no reply yet; what is unknown later is held, or sent again. */
async function inFlight(_t: Test, { original, openServer }: Office): Promise<Moment> {
  const reply = Promise.withResolvers<undefined>();
  let arrived = 0;
  const onMessage = (): Promise<undefined> => {
    arrived += 1;
    return reply.promise;
  };
  const server = await openServer({ onMessage });
  const accepted = new Map([
    ...(await sendAll(original, ['Rechnung 1'], 'hold')),
    ...(await sendAll(original, ['Rechnung 2'], 'resend')),
  ]);
  await waitFor('both messages', () => (arrived === accepted.size ? true : undefined));
  const afterwards = async (): Promise<CapturingSmtpServer> => {
    reply.resolve(undefined);
    await allSent(original, accepted);
    return server;
  };
  return { accepted, afterwards };
}

/** Mail is accepted and sent while the log is copied. */
async function growing(_t: Test, { original, openServer }: Office): Promise<Moment> {
  const server = await openServer();
  const accepted = await sendAll(original, invoices(20));
  await allSent(original, accepted);
  const meanwhile = async (backup: Promise<unknown>): Promise<void> => {
    let isOver = false;
    const watching = backup.finally(() => (isOver = true));
    for (let number = 1; !isOver; number += 1) await send(original, `Während ${number}`);
    await watching;
  };
  return { accepted, meanwhile, afterwards: async () => server };
}

const moments = {
  'while mail waits that is never sent': waiting,
  'while mail waits that is sent afterwards': sentAfterwards,
  'while mails are in flight': inFlight,
  'while the log grows': growing,
};

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly subject: string;
}

async function mailsOf({ call }: Service): Promise<readonly Listed[]> {
  const mails: Listed[] = [];
  let path: string | undefined = '/v1/mails?limit=100';
  while (path !== undefined) {
    const page = (await call('GET', path)).body as { items: Listed[]; nextCursor: string | null };
    mails.push(...page.items);
    path = page.nextCursor === null ? undefined : `/v1/mails?limit=100&cursor=${page.nextCursor}`;
  }
  return mails;
}

const countOf = ({ messages }: CapturingSmtpServer, subject: string): number =>
  messages.filter(({ mail }) => mail.subject === subject).length;

/** What a person does about the mail of a backup who sees what the recipients have. */
async function decide(service: Service, server: CapturingSmtpServer, { id, state, subject }: Listed) {
  const has = countOf(server, subject) > 0;
  if (state === 'held') {
    await service.call('POST', `/v1/mails/${id}/${has ? 'cancel' : 'release'}`, { body: {} });
  } else if (state === 'unknown') {
    const body = has ? { outcome: 'sent' } : { outcome: 'not-sent', resend: true };
    await service.call('POST', `/v1/mails/${id}/resolve`, { body });
  }
}

for (const [when, prepare] of Object.entries(moments)) {
  test(`a backup made ${when} is restored: nothing leaves by itself, nothing is doubled or lost`, async (t) => {
    const office = await startOffice(t);
    const { original } = office;
    const { accepted, meanwhile, afterwards } = await prepare(t, office);
    const folder = (name: string): string => join(t.testdirName, name);
    const backup = postausgang(['backup', '--with-keys', folder('backup')], original.dataDirectory);
    await meanwhile?.(backup);
    await backup;
    const server = await afterwards();
    await original.kill();
    await postausgang(['verify', folder('backup')]);
    await postausgang(['restore', folder('backup'), folder('restored')]);
    const manifest = readFileSync(join(folder('backup'), 'manifest.json'), 'utf8');
    const { takenAt } = JSON.parse(manifest) as { takenAt: string };

    const sentBefore = server.messages.length;
    const restored = await startStandaloneProcess(folder('restored'));
    t.teardown(() => restored.kill());
    t.match(await environment(restored), { heldFor: 'other-place', restoredFrom: { takenAt } });
    await settled(restored);
    t.equal(server.messages.length, sentBefore, 'nothing leaves before a person has spoken');

    t.match(await confirmed(restored, 'restored'), {
      heldFor: null,
      restoredFrom: null,
      confirmed: { as: 'restored', backupTakenAt: takenAt },
    });
    const fresh = await send(restored, 'Neu');
    await inState(restored, fresh, 'sent');
    t.equal(server.messages.length, sentBefore + 1, 'new mail leaves, and nothing else');

    const listed = await mailsOf(restored);
    const ids = listed.map(({ id }) => id);
    t.same(
      [...accepted.keys()].filter((id) => !ids.includes(id)),
      [],
      'no mail of before is lost',
    );
    t.same(
      listed.filter(({ state }) => !['sent', 'held', 'unknown'].includes(state)),
      [],
    );
    for (const mail of listed) await decide(restored, server, mail);
    for (const { id } of listed) await inState(restored, id, 'sent', 'cancelled');
    for (const { subject } of listed) t.equal(countOf(server, subject), 1, subject);
    await restored.stop();
  });
}

test('restored data is held even where the file system gives it the place of what was lost', async (t) => {
  const { original, openServer } = await startOffice(t);
  await send(original, 'Rechnung 1');
  const backup = join(t.testdirName, 'backup');
  const target = join(t.testdirName, 'restored');
  await postausgang(['backup', '--with-keys', backup], original.dataDirectory);
  await original.kill();
  await postausgang(['restore', backup, target]);
  const note = readFileSync(join(target, 'restored.json'));

  const first = await startStandaloneProcess(target);
  t.match(await confirmed(first, 'moved'), {
    heldFor: null,
    confirmed: { as: 'moved', backupTakenAt: null },
  });
  await first.stop();
  const server = await openServer();
  // As if the files of the same log had just been restored to the inodes that it names.
  writeFileSync(join(target, 'restored.json'), note);
  const second = await startStandaloneProcess(target);
  t.match(await environment(second), { heldFor: 'other-place' });
  await settled(second);
  t.equal(server.messages.length, 0);
  await second.kill();
  const third = await startStandaloneProcess(target);
  t.teardown(() => third.kill());
  t.match(await environment(third), { heldFor: 'other-place' }, 'until somebody has spoken');
  await confirmed(third, 'moved');
  await third.stop();
  const fourth = await startStandaloneProcess(target);
  t.teardown(() => fourth.kill());
  t.match(await environment(fourth), { heldFor: null, confirmed: { as: 'moved' } }, 'said once');
});

/** The commands of the section about backups, word for word. */
function documentedSteps(): string[] {
  const sections = read('docs/operations.md').split(/^## /m);
  return shellBlocks(sections.find((section) => section.startsWith('Back up, restore, move, copy\n')) ?? '');
}

test('the documented steps back up, restore, move and copy, word for word', async (t) => {
  const directory = t.testdir();
  linkCheckout(directory);
  const [start = '', save = ''] = firstSteps();
  const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).toISOString();
  const body = {
    to: [{ address: 'kunde@example.com' }],
    subject: 'Morgen',
    text: 'Anbei.',
    sendAt: tomorrow,
  };
  const sendLater = `call "$API/v1/mails" -d '${JSON.stringify(body)}'`;
  const seeWaiting = 'call "$API/v1/mails?state=queued"';
  const steps = documentedSteps();
  t.equal(steps.length, 7, 'back up; restore, say so, look; stop and copy, say so; a test copy');
  const [backup = '', restore = '', isRestored = '', look = '', stop = '', isMoved = '', copy = ''] = steps;
  const { code, printed, everything } = await runTour(
    directory,
    [start, save, sendLater, backup, restore, isRestored, look, stop, isMoved, seeWaiting, copy],
    { PORT: String(await freePort()), COPY_PORT: String(await freePort()) },
  );
  if (code !== 0) t.comment(everything);
  t.equal(code, 0, 'every command ends well');
  const [, , sent, backedUp, , confirmed, looked, , moved, waiting, copied] = printed;
  t.match(sent, /"state":"queued"/);
  t.match(backedUp, /The backup is in .*monday.*is complete and undamaged/s);
  t.match(confirmed, /"heldFor":null.*"as":"restored".*"backupTakenAt":"2/s);
  t.match(looked, /"subject":"Morgen".*"state":"held"|"state":"held".*"subject":"Morgen"/s);
  t.match(moved, /"heldFor":null.*"as":"moved"/s);
  t.match(waiting, /"subject":"Morgen"/, 'what was released waits for its time, at the new place, too');
  t.match(copied, /"heldFor":null.*"as":"copy"/s);
});
