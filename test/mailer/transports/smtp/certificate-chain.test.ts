import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { messageOfBytes } from '../../../../packages/message/src/message.ts';
import { createSmtpConnectionTest } from '../../../../services/mailer/src/transports/smtp/connection-test.ts';
import { run } from '../../../credentials/openssl.ts';
import type { Certificate } from '../../../peers/certificates.ts';
import { startScriptedSmtp } from '../../../peers/scripted-smtp.ts';

/** A certificate for localhost by an intermediate authority by a root, all of them made by the command `openssl`. */
async function createChain(directory: string): Promise<readonly [Certificate, Certificate, Certificate]> {
  const issue = async (name: string, issuer: Certificate | null, extension: string): Promise<Certificate> => {
    const [certificateFile, keyFile] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', keyFile];
    const by = issuer === null ? [] : ['-CA', issuer.certificateFile, '-CAkey', issuer.keyFile];
    const about = ['-subj', `/CN=${name}`, '-days', '30', '-addext', extension];
    await run('req', '-x509', ...key, ...by, ...about, '-out', certificateFile);
    const [certificate, privateKey] = await Promise.all([
      readFile(certificateFile, 'utf8'),
      readFile(keyFile, 'utf8'),
    ]);
    return { certificateFile, keyFile, certificate, key: privateKey };
  };
  const root = await issue('Root', null, 'basicConstraints=critical,CA:TRUE');
  const intermediate = await issue('Intermediate', root, 'basicConstraints=critical,CA:TRUE,pathlen:0');
  const leaf = await issue('localhost', intermediate, 'subjectAltName=DNS:localhost');
  return [leaf, intermediate, root];
}

async function tlsStep(t: Test, sent: readonly Certificate[], implicitTls: boolean, trusted: string | null) {
  const [leaf] = sent;
  if (leaf === undefined) throw new Error('no certificate');
  const chain = { ...leaf, certificate: sent.map(({ certificate }) => certificate).join('') };
  const server = await startScriptedSmtp({ certificate: chain, implicitTls });
  t.teardown(() => server.stop());
  const steps = await createSmtpConnectionTest({
    description: {
      hostname: 'localhost',
      port: server.port,
      encryption: implicitTls ? 'implicit' : 'starttls',
      authentication: 'none',
      username: null,
      windows: null,
      timeoutSeconds: 20,
      allowCleartextAuthentication: false,
    },
    password: null,
    policy: { allowedPorts: 'any', allowLoopback: true, deniedNetworks: [], allowedNetworks: [] },
    ehloName: 'client.test',
    tls: { client: null, trusted },
  })({
    from: 'a@acme.example',
    to: 'b@acme.example',
    outside: 'c@outside.test',
    message: messageOfBytes(Buffer.alloc(0)),
  });
  return steps.find(({ name }) => name === 'tls');
}

/** As the connection test shows it. */
const shown = ({ certificate }: Certificate) => {
  const { subject, issuer, fingerprint256 } = new X509Certificate(certificate);
  return { subject, issuer, fingerprintSha256: fingerprint256 };
};

test('a connection test shows leaf, intermediate and root as they were sent, and why they are refused', async (t) => {
  const [leaf, intermediate, root] = await createChain(t.testdir());
  const whole = { certificate: shown(leaf), chain: [shown(intermediate), shown(root)] };
  const untrusted = { code: 'certificate-untrusted', class: 'tls' };
  for (const implicitTls of [false, true]) {
    const refused = await tlsStep(t, [leaf, intermediate, root], implicitTls, null);
    const detail = /self-signed certificate in certificate chain/;
    t.match(refused, { state: 'failed', hint: { ...untrusted, detail }, ...whole });
    t.equal(refused?.chain?.length, 2);
    t.match(refused?.chain?.[1]?.pem, root.certificate, 'the root can be taken from there');

    const trusted = await tlsStep(t, [leaf, intermediate, root], implicitTls, root.certificate);
    t.match(trusted, { state: 'ok', ...whole }, 'trusted by its root');

    const without = await tlsStep(t, [leaf], implicitTls, null);
    t.match(without, { state: 'failed', hint: { ...untrusted, detail: /unable to verify the first/ } });
    t.strictSame([without?.certificate?.subject, without?.chain], ['CN=localhost', undefined]);
  }
});
