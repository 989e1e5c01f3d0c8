import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'tap';
import {
  createKerberosContext,
  type KerberosLibrary,
  WindowsAuthenticationError,
} from '@postausgang/windows-authentication';
import { kerberosError } from '../../packages/windows-authentication/src/kerberos/kerberos-context.ts';
import { createGssAcceptor } from '../peers/kerberos/gss-acceptor.ts';
import { startKdc } from '../peers/kerberos/kdc.ts';
import { requirePeer } from '../peers/peer.ts';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('../../packages/windows-authentication/src', import.meta.url));

test('a client and a server prove themselves to each other, as HTTP Negotiate does', async (t) => {
  if (!requirePeer(t, 'kerberos')) return;
  const kdc = await startKdc();
  t.teardown(kdc.stop);
  const KRB5_CLIENT_KTNAME = await kdc.keytab('erp', 'erp');
  const KRB5_KTNAME = await kdc.keytab('web', 'HTTP/mail.test');
  Object.assign(process.env, kdc.environment, { KRB5_CLIENT_KTNAME, KRB5_KTNAME, KRB5CCNAME: 'MEMORY:t' });
  for (const token of ['spnego', 'kerberos'] as const) {
    const context = createKerberosContext({ servicePrincipal: 'HTTP/mail.test', token });
    const acceptor = await createGssAcceptor('HTTP@mail.test');
    const first = await context.step(null);
    t.notOk(context.isComplete(), 'the server has proven nothing yet');
    const answer = await acceptor.accept(first);
    t.equal(acceptor.user(), 'erp@ACME.TEST', token);
    t.same(await context.step(answer), Buffer.alloc(0));
    t.ok(context.isComplete());
  }
  const context = createKerberosContext({ servicePrincipal: 'HTTP/mail.test', token: 'spnego' });
  const acceptor = await createGssAcceptor('HTTP@mail.test');
  const forged = Buffer.from(await acceptor.accept(await context.step(null)));
  forged[forged.length - 5] = (forged[forged.length - 5] ?? 0) ^ 1;
  await t.rejects(context.step(forged), WindowsAuthenticationError, 'a server that has changed its proof');
});

test('a machine without the native module is told what to do', async (t) => {
  // Outside of the repository, where no node_modules are found.
  const elsewhere = await mkdtemp(join(tmpdir(), 'without-kerberos-'));
  t.teardown(() => rm(elsewhere, { recursive: true }));
  await mkdir(`${elsewhere}/kerberos`);
  for (const file of ['kerberos/kerberos-context.ts', 'security-context.ts']) {
    await cp(`${sources}/${file}`, `${elsewhere}/${file}`);
  }
  const script = `import { createKerberosContext } from '${elsewhere}/kerberos/kerberos-context.ts';
    const options = { servicePrincipal: 'HTTP/mail.test', token: 'spnego' };
    try { createKerberosContext(options); } catch ({ code, message }) { console.log(code, message); }`;
  const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '-e', script]);
  t.match(stdout, /^kerberos-unavailable Cannot find module 'kerberos'/);
});

/** A library that fails, as SSPI or GSSAPI would. */
const failing = (message: string): KerberosLibrary => ({
  GSS_C_MUTUAL_FLAG: 2,
  GSS_C_SEQUENCE_FLAG: 8,
  GSS_MECH_OID_KRB5: 9,
  GSS_MECH_OID_SPNEGO: 6,
  initializeClient: () => Promise.reject(new Error(message)),
});

test('an error of the library becomes a code, and its sentence the detail', async (t) => {
  const sentences = {
    'InitializeSecurityContext: The specified target is unknown or unreachable': 'kerberos-service-unknown',
    'AcquireCredentialsHandle: No credentials are available in the security package': 'kerberos-no-ticket',
    'InitializeSecurityContext: No authority could be contacted for authentication.':
      'kerberos-kdc-unreachable',
    'InitializeSecurityContext: The clocks on the client and server machines are skewed.':
      'kerberos-clock-skew',
    'GSS failure: Ticket expired': 'kerberos-no-ticket',
    "GSS failure: Client 'x@Y' not found in Kerberos database": 'kerberos-identity-rejected',
    'GSS failure: Cannot find KDC for realm "ACME.TEST"': 'kerberos-kdc-unreachable',
    'something else': 'kerberos-failed',
  };
  for (const [message, code] of Object.entries(sentences)) {
    const context = createKerberosContext({
      servicePrincipal: 'SMTPSVC/mail.test',
      token: 'kerberos',
      load: () => failing(message),
    });
    await t.rejects(context.step(null), { code, message });
  }
  t.equal(kerberosError(new WindowsAuthenticationError('timeout', 'x')).code, 'timeout');
});
