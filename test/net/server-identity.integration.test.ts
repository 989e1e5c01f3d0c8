import { createServer, getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { createS3Store } from '@postausgang/content-store';
import { openKafkaLog } from '@postausgang/event-log';
import { createHttpServer, tokenAuthentication } from '@postausgang/http';
import { UnsecuredJWT } from 'jose';
import pino from 'pino';
import { type Test, test } from 'tap';
import { createTokenSource } from '../../packages/event-log/src/kafka/oauth-token.ts';
import { mailProxy } from '../../services/config-api/src/mail-proxy.ts';
import { type Certificate, createCertificates } from '../peers/certificates.ts';
import { listenOnLoopback } from '../peers/loopback-server.ts';
import { requirePeer } from '../peers/peer.ts';

const missing = 'the certificate has no subject alternative name';

/** A TLS server that ends every connection on which somebody has said something. */
async function startServer(t: Test, { certificate, key }: Certificate) {
  let heard = 0;
  const server = createServer({ cert: certificate, key }, (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      heard += 1;
      socket.destroy();
    });
  });
  server.on('tlsClientError', () => undefined);
  const { port, close } = await listenOnLoopback(server);
  t.teardown(close);
  return { authority: `localhost:${port}`, heard: () => heard };
}

/** Each way out that has no TLS settings of its own: it asks the server, and says why it got no answer. */
const waysOut = {
  async s3(authority) {
    const credentials = { region: 'x', accessKeyId: 'x', secretAccessKey: 'x' };
    const store = createS3Store({ url: `https://${authority}/bucket`, ...credentials });
    return store.put(Buffer.from('x')).then(String, String);
  },
  async identityProvider(authority) {
    const authenticate = tokenAuthentication(
      {
        OIDC_ISSUER: `https://${authority}`,
        OIDC_AUDIENCE: 'x',
        OIDC_JWKS_URL: '',
        OIDC_MAX_TOKEN_AGE_MINUTES: 10,
        OIDC_SCOPE_CLAIM: 'scope',
        OIDC_SCOPE_MAP: '',
        OIDC_SENDER_MAP: '',
      },
      () => new Date(),
    );
    const [, payload] = new UnsecuredJWT({ sub: 'anna' }).encode().split('.');
    const header = Buffer.from('{"alg":"ES256"}').toString('base64url');
    return JSON.stringify(await authenticate?.(`${header}.${payload}.x`));
  },
  async kafkaToken(authority) {
    const login = { tokenUrl: `https://${authority}/token`, clientId: 'x', clientSecret: 'x', scope: '' };
    return createTokenSource({ mechanism: 'oauthbearer', ...login }, 10_000)().then(String, String);
  },
  async brokers(authority, ca) {
    const options = { clientId: 'test', topics: [], createTopics: false, onError: () => undefined };
    const limits = { startTimeoutMs: 1000 };
    return openKafkaLog({ ...options, brokers: [authority], ssl: { ca }, limits }).then(String, String);
  },
  async mailer(authority) {
    const lines: string[] = [];
    const app = await createHttpServer({
      title: 'Test',
      version: '1.0.0',
      logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
      authenticate: async () => ({ kind: 'api-key', id: 'k', name: 'K', scopes: new Set() }),
      isReady: () => ({ ready: true, checks: {} }),
    });
    await app.register(mailProxy, { mailerUrl: `https://${authority}` });
    const headers = { authorization: 'Bearer key' };
    const { statusCode } = await app.inject({ method: 'GET', url: '/v1/mails', headers });
    await app.close();
    return `${statusCode} ${lines.join('')}`;
  },
} satisfies Record<string, (authority: string, ca: string) => Promise<string>>;

test('a server that has its name only as common name hears nothing, by whatever way out', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, certificates.ca.certificate]);
  t.teardown(() => setDefaultCACertificates(before));
  const commonName = await certificates.issue('common-name', {
    names: [],
    commonName: 'localhost',
    extensions: ['extendedKeyUsage=serverAuth'],
  });
  for (const [name, ask] of Object.entries(waysOut)) {
    const good = await startServer(t, certificates.server);
    t.notMatch(await ask(good.authority, certificates.ca.certificate), missing, name);
    t.ok(good.heard() > 0, `${name}: a server with its name is asked`);

    const bad = await startServer(t, commonName);
    t.match(await ask(bad.authority, certificates.ca.certificate), missing, `${name} says why`);
    t.equal(bad.heard(), 0, `${name}: the other one hears nothing`);

    const other = await startServer(t, certificates.wrongName);
    t.notMatch(await ask(other.authority, certificates.ca.certificate), missing, `${name}: another name`);
    t.equal(other.heard(), 0, `${name}: nor does one with another name`);
  }
});
