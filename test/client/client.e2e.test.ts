/* The client against the product, and as others get it: packed, installed and run by another Node. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { createClient, ifMatch, PostausgangProblem } from '@postausgang/client';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { startSmtpServer } from '../peers/smtp-server.ts';

const root = join(import.meta.dirname, '../..');
const pdf = readFileSync(join(root, 'docs/examples/rechnung.pdf'));
const run = promisify(execFile);

test('settings, a connection test, a mail, its outcome, the list, a resend and a problem', async (t) => {
  const mailServer = await startSmtpServer({
    onRcptTo: (address) =>
      address.startsWith('nobody@') ? { code: 550, text: '5.1.1 No such mailbox' } : undefined,
  });
  t.teardown(mailServer.stop);
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const { call, send, outcome } = createClient({ url: service.api, key: service.key });
  const path = { id: 'default' };
  const { version } = await call('GET /v1/outgoing-servers/{id}', { path });
  const server = await call('PATCH /v1/outgoing-servers/{id}', {
    path,
    headers: { ...ifMatch(version), prefer: 'wait=applied' },
    body: {
      enabled: true,
      serverType: 'smtp',
      senderAddress: { address: 'erp@acme.example' },
      smtp: { hostname: '127.0.0.1', port: mailServer.port, encryption: 'none', authentication: 'none' },
    },
  });
  t.match(server, { enabled: true, applied: { state: 'applied' } });
  const tested = await call('POST /v1/outgoing-servers/{id}/connection-tests', {
    path,
    body: {},
    headers: { prefer: 'wait=30' },
  });
  t.equal(tested.state, 'ok');

  const attachments = [
    { filename: 'rechnung.pdf', contentType: 'application/pdf', content: pdf.toString('base64') },
  ];
  const invoice = {
    to: [{ address: 'kunde@example.com' }],
    subject: 'Rechnung 4711',
    text: 'Anbei.',
    attachments,
    businessReference: 'invoice/4711',
  };
  const accepted = await send(invoice, 'invoice-4711-v1');
  t.equal((await send(invoice, 'invoice-4711-v1')).id, accepted.id, 'asked for twice, sent once');
  const refused = await send({ to: [{ address: 'nobody@example.com' }], subject: 'Mahnung', text: '' });
  const [sent, failed] = await Promise.all([outcome(accepted.id), outcome(refused.id)]);
  t.match(sent, { state: 'sent', businessReference: 'invoice/4711' });
  t.match(failed, { state: 'failed', recipients: [{ failure: { code: 'recipient-refused' } }] });
  t.equal(mailServer.messages.length, 1);
  const list = await call('GET /v1/mails', { query: { businessReference: 'invoice/4711' } });
  t.match(list.items, [{ id: accepted.id, state: 'sent' }]);

  await call('POST /v1/mails/{id}/resend', { path: { id: accepted.id }, body: { force: true } });
  t.match(await outcome(accepted.id), { state: 'sent', round: 2 });
  const error = await send({ subject: 'An niemanden' }).catch((thrown: unknown) => thrown);
  t.ok(error instanceof PostausgangProblem);
  t.match(error, { status: 422, findings: [{ code: String, pointer: String }] });
});

test('the packed client runs in a project of its own, and has types there', async (t) => {
  const project = t.testdir({ 'package.json': '{ "type": "module", "private": true }' });
  const pack = join(root, 'test/tooling/pack-client.ts');
  await run(process.execPath, [pack, project], { cwd: root });
  const [tarball = ''] = (await readdir(project)).filter((name) => name.endsWith('.tgz'));
  t.match(tarball, /^postausgang-client-\d+\.\d+\.\d+\.tgz$/);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], { cwd: project });
  const program = `
    import { createClient, PostausgangProblem } from '@postausgang/client';
    const { send, outcome } = createClient({ url: 'http://127.0.0.1:1', key: 'k', tries: 1 });
    export const run = async (): Promise<string> => {
      try {
        const { id } = await send({ to: [{ address: 'kunde@example.com' }], subject: 'Rechnung' });
        const { state } = await outcome(id);
        return state;
      } catch (error) {
        return error instanceof PostausgangProblem ? error.code : 'other';
      }
    };
    console.log(await run());
  `;
  await writeFile(join(project, 'program.ts'), program);
  const options = '--strict --target es2022 --module nodenext --lib es2023,dom --types'.split(' ');
  await run(join(root, 'node_modules/.bin/tsc'), ['--ignoreConfig', ...options, '', 'program.ts'], {
    cwd: project,
  });
  const { stdout } = await run('node', ['program.js'], {
    cwd: project,
    env: { ...process.env, PATH: withoutOurNode() },
  });
  t.equal(stdout.trim(), 'offline');
});

/** The path of a shell outside of npm: its Node is that of the machine, where there is one. */
function withoutOurNode(): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  return [...folders, join(process.execPath, '..')].join(':');
}
