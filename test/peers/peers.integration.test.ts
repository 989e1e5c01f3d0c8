import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { createCertificates } from './certificates.ts';
import { requirePeer } from './peer.ts';
import { startPostfix } from './postfix.ts';
import type { Postfix } from './postfix.ts';
import { processGroup } from './process-group.ts';
import { LOOPBACK, send } from './send-mail.ts';
import type { Transport } from './send-mail.ts';
import { startSmtpSink } from './smtp-sink.ts';
import { waitFor } from './wait-for.ts';

const startTls = (postfix: Postfix, auth?: Transport['auth'], authMethod?: string): Transport => ({
  port: postfix.submissionPort,
  requireTLS: true,
  tls: { ca: postfix.ca },
  ...(auth === undefined ? {} : { auth }),
  ...(authMethod === undefined ? {} : { authMethod }),
});
const login = (postfix: Postfix): { user: string; pass: string } => ({
  user: postfix.user,
  pass: postfix.password,
});

test('Postfix takes mail', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const users = { erp: 'geheim genug', 'erp@acme.example': 'pässword with spaces' };
  const postfix = await startPostfix({ users, sizeBytes: 200_000 });
  t.teardown(postfix.stop);

  await t.test('on the plain port from anyone', async (t) => {
    t.match(await send({ port: postfix.plainPort, ignoreTLS: true }, { subject: 'plain' }), /^250/);
    const { sender, recipient, text, bytes } = await postfix.waitForMessage((m) => m.text.includes('plain'));
    t.strictSame([sender, recipient], ['erp@acme.example', 'kunde@example.com']);
    t.match(text, /\n\nGuten Tag\n/);
    t.equal(bytes.toString('utf8'), text);
  });

  await t.test('on the submission port with STARTTLS and every mechanism', async (t) => {
    for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
      const subject = `submission ${mechanism}`;
      t.match(await send(startTls(postfix, login(postfix), mechanism), { subject }), /^250/, mechanism);
      const { text } = await postfix.waitForMessage((m) => m.text.includes(subject));
      t.match(text, /using TLSv1\.3/);
      t.match(text, /Authenticated sender: erp@mail\.test\)/);
    }
  });

  await t.test('from a user whose name is a mail address', async (t) => {
    const auth = { user: 'erp@acme.example', pass: 'pässword with spaces' };
    t.match(await send(startTls(postfix, auth)), /^250/);
  });

  await t.test('on the port with implicit TLS after a login', async (t) => {
    const transport = { port: postfix.implicitPort, secure: true, tls: { ca: postfix.ca } };
    t.match(await send({ ...transport, auth: login(postfix) }, { subject: 'implicit' }), /^250/);
    await postfix.waitForMessage((m) => m.text.includes('implicit'));
    t.equal(await send(transport), 554, 'and refuses without one');
  });

  await t.test('but not with a wrong password', async (t) => {
    for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
      const wrong = { user: postfix.user, pass: 'wrong' };
      t.equal(await send(startTls(postfix, wrong, mechanism)), 535, mechanism);
    }
    t.match(await postfix.log(), /SASL PLAIN authentication failed/);
  });

  await t.test('but not for relaying without a login, and offers no login before TLS', async (t) => {
    t.equal(await send(startTls(postfix)), 554);
    t.notMatch(await capabilities(postfix.submissionPort), /AUTH/);
  });

  await t.test('one copy per recipient, in UTF-8 too', async (t) => {
    const to = ['eins@example.com', 'zwei@example.org', 'drëi@example.net'];
    t.match(await send({ port: postfix.plainPort, ignoreTLS: true }, { to, subject: 'copies' }), /^250/);
    for (const address of to) {
      const copy = await postfix.waitForMessage((m) => m.text.includes('copies') && m.recipient === address);
      t.ok(existsSync(copy.file));
    }
  });

  await t.test('but nothing above the size it announces', async (t) => {
    t.match(await capabilities(postfix.plainPort), /SIZE 200000/);
    t.equal(await send({ port: postfix.plainPort, ignoreTLS: true }, { text: 'x'.repeat(250_000) }), 552);
  });
});

/** What a server says until it has answered EHLO. */
function capabilities(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(port, LOOPBACK, () => socket.write('EHLO client.test\r\n'));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (/^250 /m.test(heard)) socket.destroy();
    });
    socket.on('close', () => resolve(heard));
  });
}

test('two Postfix run side by side and leave nothing behind', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const certificates = await createCertificates();
  t.teardown(certificates.remove);
  const [first, second] = await Promise.all([
    startPostfix({ certificates }),
    startPostfix({ certificates, cleartextAuth: true }),
  ]);
  t.match(await send(startTls(first, login(first)), { subject: 'for the first' }), /^250/);
  await first.waitForMessage((m) => m.text.includes('for the first'));
  t.strictSame(await second.messages(), []);
  t.equal((await processGroup(first.pid)).includes(first.pid), true);

  await first.stop();
  t.strictSame(await processGroup(first.pid), []);
  t.notOk(existsSync(first.mailbox));

  const plain = { port: second.plainPort, ignoreTLS: true };
  t.equal(await send(plain), 554, 'with cleartextAuth the plain port wants a login');
  t.match(await send({ ...plain, auth: login(second) }), /^250/);
  await second.stop();
  t.strictSame(await processGroup(second.pid), []);
});

test('smtp-sink counts what it throws away', async (t) => {
  if (!requirePeer(t, 'postfix')) return;
  const sink = await startSmtpSink({ count: true });
  t.match(await send({ port: sink.port }), /^250/);
  t.match(await send({ port: sink.port }), /^250/);
  await waitFor('two messages', () => (sink.messageCount() === 2 ? true : undefined));
  await sink.stop();
  t.throws(() => process.kill(sink.pid, 0), { code: 'ESRCH' });
});

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

type Outcome = { status: number | null; stdout: string; stderr: string };

/** Runs node where no peer can be found, nor anything that could install one. */
function runWithoutPeers(CI: string, ...args: string[]): Outcome {
  const env = { ...process.env, PATH: '/nowhere', CI };
  return spawnSync(process.execPath, args, { cwd: program('../..'), env, encoding: 'utf8', timeout: 60_000 });
}

test('a missing peer', async (t) => {
  if (['/usr/sbin', '/usr/local/sbin', '/sbin'].some((folder) => existsSync(`${folder}/openssl`))) {
    t.pass('cannot be shown here', { skip: 'openssl lies in a folder where it is always found' });
    return;
  }
  const sentence = /peer missing: openssl is not installed; .*apt-get install .* openssl/;

  await t.test('is a loud skip, and a failure with CI=true', async (t) => {
    const asking = `
      import { test } from 'tap';
      import { requirePeer } from ${JSON.stringify(new URL('peer.ts', import.meta.url).href)};
      test('needs it', async (t) => { if (requirePeer(t, 'openssl')) t.fail('went on all the same'); });
    `;
    const local = runWithoutPeers('', '--input-type=module-typescript', '--eval', asking);
    t.match(local.stdout, new RegExp(`# SKIP ${sentence.source}`));
    t.equal(local.status, 0);
    const ci = runWithoutPeers('true', '--input-type=module-typescript', '--eval', asking);
    t.match(ci.stdout, new RegExp(`not ok \\d+ - ${sentence.source}`));
    t.not(ci.status, 0);
  });

  await t.test('is told before the tests begin', async (t) => {
    const local = runWithoutPeers('', program('install.ts'));
    t.match(local.stderr, sentence);
    t.equal(local.status, 0);
    const ci = runWithoutPeers('true', program('install.ts'));
    t.match(ci.stderr, sentence);
    t.equal(ci.status, 1);
  });
});

test('the demo prints how to reach two servers and cleans up after itself', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const demo = spawn(process.execPath, [program('demo-mail-servers.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => demo.kill('SIGKILL'));
  let printed = '';
  demo.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await waitFor('the demo', () => (printed.includes('# ') ? true : undefined));
  const value = (name: string): string => new RegExp(`^export ${name}='(.*)'$`, 'm').exec(printed)?.[1] ?? '';
  const ca = await readFile(value('MAIL_CA'), 'utf8');
  const auth = { user: value('MAIL_USER'), pass: value('MAIL_PASSWORD') };
  for (const port of [value('MAIL_PORT'), value('MAIL2_PORT')].map(Number)) {
    t.match(await send({ port, requireTLS: true, tls: { ca }, auth }), /^250/);
  }
  await waitFor('both mails', () =>
    existsSync(value('MAIL_BOX')) && existsSync(value('MAIL2_BOX')) ? true : undefined,
  );
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  demo.kill('SIGTERM');
  t.equal(await ended, 0);
  t.notOk(existsSync(value('MAIL_CA')));
  t.notOk(existsSync(value('MAIL_BOX')));
});
