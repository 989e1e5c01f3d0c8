import { createHash, X509Certificate } from 'node:crypto';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'tap';
import { tlsServerEndPoint } from '../../packages/net/src/channel-binding.ts';
import { requirePeer } from '../peers/peer.ts';

const run = promisify(execFile);

async function certificateOf(algorithm: string): Promise<X509Certificate> {
  const names = ['-noenc', '-keyout', '/dev/null', '-subj', '/CN=mail.test'];
  const { stdout } = await run('openssl', ['req', '-x509', ...algorithm.split(' '), ...names]);
  return new X509Certificate(stdout);
}

test('the binding is the hash of the certificate, by the hash of its signature', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const ec = '-newkey ec -pkeyopt ec_paramgen_curve:P-256';
  const cases = {
    '-newkey rsa:2048 -sha256': 'sha256',
    '-newkey rsa:2048 -sha1': 'sha256',
    '-newkey rsa:2048 -sha512': 'sha512',
    '-newkey rsa:2048 -sha256 -sigopt rsa_padding_mode:pss': 'sha256',
    [`${ec} -sha384`]: 'sha384',
  };
  for (const [algorithm, hash] of Object.entries(cases)) {
    const certificate = await certificateOf(algorithm);
    const expected = createHash(hash).update(certificate.raw).digest('hex');
    const binding = Buffer.from(tlsServerEndPoint(certificate) ?? '');
    t.equal(binding.toString('latin1', 0, 21), 'tls-server-end-point:');
    t.equal(binding.subarray(21).toString('hex'), expected, algorithm);
  }
  t.equal(tlsServerEndPoint(await certificateOf('-newkey ed25519')), undefined);
});
