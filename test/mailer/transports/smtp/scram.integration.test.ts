import { randomBytes } from 'node:crypto';
import { type Test, test } from 'tap';
import { createSecret } from '@postausgang/credentials';
import { scram } from '../../../../services/mailer/src/transports/smtp/sign-in/password.ts';
import { type Certificates, createCertificates } from '../../../peers/certificates.ts';
import { requirePeer } from '../../../peers/peer.ts';
import type { SaslServer } from '../../../peers/scripted-login.ts';
import { startScriptedSmtp } from '../../../peers/scripted-smtp.ts';
import { startStrictScramSmtp, type StrictScramOptions } from '../../../peers/strict-scram-smtp.ts';
import { signedIn } from './fixture.ts';
import { signInStep, windowsSettings } from './windows-fixture.ts';

const user = 'erp';
const password = 'correct, horse = battery';

/** RFC 5802 §5 and RFC 7677 §3. */
const vectors = [
  {
    name: 'SCRAM-SHA-1',
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverFirst: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    proof: 'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    serverFinal: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    name: 'SCRAM-SHA-256',
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
] as const;

for (const { name, nonce, serverFirst, proof, serverFinal } of vectors) {
  test(`${name} gives the messages of its RFC and knows the server by its signature`, async (t) => {
    const exchange = () => scram(name, { username: 'user', password: 'pencil', nonce });
    const right = exchange();
    t.equal(Buffer.from(right.initialResponse ?? []).toString(), `n,,n=user,r=${nonce}`);
    const final = Buffer.from(await right.respond(Buffer.from(serverFirst))).toString();
    t.equal(final, `c=biws,${serverFirst.split(',')[0]},p=${proof}`);
    t.notOk(right.isComplete());
    await right.respond(Buffer.from(serverFinal));
    t.ok(right.isComplete());

    const deceived = exchange();
    await deceived.respond(Buffer.from(serverFirst));
    const forged = Buffer.from(serverFinal.replace(/^v=./, 'v=7'));
    await t.rejects(async () => deceived.respond(forged), { code: 'sign-in-unproven' });
    for (const changed of [
      serverFirst.replace('r=', 'r=x'),
      serverFirst.replace(/^r=[^,]+/, `r=${nonce}`),
      serverFirst.replace('4096', '1'),
      serverFirst.replace('4096', '99999999'),
      `m=mandatory,${serverFirst}`,
      '',
    ]) {
      await t.rejects(async () => exchange().respond(Buffer.from(changed)), { code: 'unexpected-reply' });
    }
  });
}

test('the first message says what is known of channel bindings, and the last one repeats it', async (t) => {
  const data = Buffer.from('0123456789abcdef0123456789abcdef');
  const [{ serverFirst, nonce }] = vectors;
  for (const [binding, header] of [
    [{ type: 'none' }, 'n,,'],
    [{ type: 'not-offered' }, 'y,,'],
    [{ type: 'tls-exporter', data }, 'p=tls-exporter,,'],
    [{ type: 'tls-server-end-point', data }, 'p=tls-server-end-point,,'],
  ] as const) {
    const exchange = scram('SCRAM-SHA-1', { username: 'a=b,c', password, nonce, binding });
    t.equal(Buffer.from(exchange.initialResponse ?? []).toString(), `${header}n=a=3Db=2Cc,r=${nonce}`);
    const final = Buffer.from(await exchange.respond(Buffer.from(serverFirst))).toString();
    const bound = Buffer.concat([Buffer.from(header), 'data' in binding ? binding.data : Buffer.alloc(0)]);
    t.ok(final.startsWith(`c=${bound.toString('base64')},`));
    t.equal(exchange.name, 'data' in binding ? 'SCRAM-SHA-1-PLUS' : 'SCRAM-SHA-1');
  }
});

let certificates: Certificates;
test('prepares certificates', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  certificates = await createCertificates();
  t.ok(certificates.ca.certificate);
});

/** The mechanism of the connection test or its failure, and the mechanisms that were tried on the way. */
async function signInAt(
  t: Test,
  options: Partial<StrictScramOptions> & Pick<StrictScramOptions, 'mechanisms'>,
  login = { username: user, password },
): Promise<string> {
  const server = await startStrictScramSmtp(certificates.server, { user, password, ...options });
  t.teardown(server.stop);
  const settings = windowsSettings({ port: server.port, ca: certificates.ca.certificate, user: login });
  const description = { ...settings.description, authentication: 'password', windows: null } as const;
  const step = await signInStep(server.port, { ...settings, description });
  const tried = server.commands().filter((line) => line.startsWith('AUTH '));
  return [step?.hint?.code ?? step?.detail, ...tried.map((line) => line.split(' ')[1])].join(' ');
}

const versions = { 'TLS 1.2': { maxVersion: 'TLSv1.2' }, 'TLS 1.3': { minVersion: 'TLSv1.3' } } as const;

for (const [version, tls] of Object.entries(versions)) {
  const usual = version === 'TLS 1.3' ? 'tls-exporter' : 'tls-server-end-point';
  const other = version === 'TLS 1.3' ? 'tls-server-end-point' : 'tls-unique';

  for (const hash of ['1', '256', '512']) {
    test(`${version}: SCRAM-SHA-${hash}-PLUS alone, and before all others`, async (t) => {
      if (!requirePeer(t, 'openssl')) return;
      const name = `SCRAM-SHA-${hash}-PLUS`;
      t.equal(await signInAt(t, { mechanisms: [name], tls }), `${name} (${usual}) ${name}`);
      const mechanisms = ['PLAIN', 'LOGIN', `SCRAM-SHA-${hash}`, name];
      t.equal(await signInAt(t, { mechanisms, tls }), `${name} (${usual}) ${name}`);
    });
  }

  test(`${version}: a server that knows another binding is asked with that one`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const name = 'SCRAM-SHA-256-PLUS';
    for (const namesErrors of [true, false]) {
      const found = await signInAt(t, { mechanisms: [name], bindings: [other], namesErrors, tls });
      t.equal(found, `${name} (${other}) ${name} ${name}`);
    }
  });

  test(`${version}: a wrong password is tried once, and is what is wrong`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    for (const namesErrors of [true, false]) {
      const options = { mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'PLAIN'], namesErrors, tls };
      const wrong = { username: user, password: 'wrong' };
      t.equal(await signInAt(t, options, wrong), 'credentials-rejected SCRAM-SHA-256-PLUS');
    }
  });

  test(`${version}: a connection that ends at somebody in between is not signed in on`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const options = { mechanisms: ['SCRAM-SHA-256-PLUS', 'PLAIN'], namesErrors: true, tls };
    const found = await signInAt(t, { ...options, otherTls: () => randomBytes(32) });
    t.equal(found, 'channel-binding-rejected SCRAM-SHA-256-PLUS SCRAM-SHA-256-PLUS', 'no PLAIN for it');
  });

  test(`${version}: the server notices when somebody hides its offer of channel binding`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const options = { mechanisms: ['SCRAM-SHA-256'], isHidden: true, namesErrors: true, tls };
    t.equal(await signInAt(t, options), 'channel-binding-rejected SCRAM-SHA-256');
    t.equal(await signInAt(t, { mechanisms: ['SCRAM-SHA-256'], tls }), 'SCRAM-SHA-256 SCRAM-SHA-256');
  });
}

test('an account for which the server does not do SCRAM signs in with the next mechanism', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const sasl = {
    'SCRAM-SHA-256-PLUS': (): SaslServer => () => ({ verdict: '535 5.7.8 Authentication failed' }),
  };
  const extensions = ['AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN'];
  const server = await startScriptedSmtp({ certificate: certificates.server, extensions, sasl });
  t.teardown(server.stop);
  const { port } = server;
  const settings = windowsSettings({
    port,
    ca: certificates.ca.certificate,
    user: { username: user, password },
  });
  const description = { ...settings.description, authentication: 'password', windows: null } as const;
  t.match(await signInStep(port, { ...settings, description }), { state: 'ok', detail: 'PLAIN' });
});

test('without TLS there is nothing to bind to', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const server = await startStrictScramSmtp(certificates.selfSigned, {
    mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS'],
    user,
    password,
  });
  t.teardown(server.stop);
  const step = await signInStep(server.port, {
    description: { ...signedIn, username: user },
    password: createSecret(password),
  });
  t.match(step, { state: 'ok', detail: 'SCRAM-SHA-256' });
  t.match(
    server.commands().find((line) => line.startsWith('AUTH')),
    /^AUTH SCRAM-SHA-256 biws/,
    'n,,',
  );
});

test('removes certificates', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  await certificates.remove();
});
