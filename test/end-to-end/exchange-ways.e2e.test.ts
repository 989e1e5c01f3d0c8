/*
 * Ways to sign in to Exchange that no other test takes through the whole product. Each has a peer of its own that takes
 * this way and no other, so a mail that arrives has come by it.
 */
import { test, type Test } from 'tap';
import { type Certificates, createCertificates } from '../peers/certificates.ts';
import { type Authority, startAuthority } from '../peers/exchange/authority.ts';
import { type EwsServerOptions, startEwsServer } from '../peers/exchange/ews-server.ts';
import { startTokenDovecot } from '../peers/exchange/token-dovecot.ts';
import { startKdc } from '../peers/kerberos/kdc.ts';
import { createNegotiateAcceptor } from '../peers/kerberos/negotiate.ts';
import type { PeerName } from '../peers/known-peers.ts';
import { startNodeSink } from '../peers/node-sink.ts';
import { requirePeer } from '../peers/peer.ts';
import { noSecretIn, serverPath, startExchangeProduct } from './exchange-product.ts';

const mailbox = 'erp@acme.example';
const secret = 'Kanarienvogel-5518-geheim';
const registration = { tenantId: 'acme.example', clientId: 'app-1', clientSecret: secret, mailbox };

interface Arrived {
  readonly recipients: readonly string[];
  readonly text: string;
}

/** A running peer, and how to reach it. */
interface Peer {
  readonly port: number;
  /** The connection, beside its name and mailbox. */
  readonly connection: Readonly<Record<string, unknown>>;
  /** Variables of the service. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly arrived: () => readonly Arrived[];
  /** Whether the peer knows all senders by the right name. */
  readonly knowsSenders: () => Promise<boolean> | boolean;
}

interface Way {
  readonly title: string;
  readonly peers: readonly PeerName[];
  readonly start: (t: Test, certificates: Certificates) => Promise<Peer>;
  /** What the connection test says of the sign-in. */
  readonly signIn: string;
  /** A change that keeps the service out, and the code of the hint. */
  readonly wrong: readonly [change: Readonly<Record<string, unknown>>, code: string];
}

const ways: readonly Way[] = [
  {
    title: 'a mail goes out by SMTP with a token for a client secret, after Dovecot has asked the authority',
    peers: ['openssl', 'dovecot'],
    start: startXoauth2,
    signIn: 'XOAUTH2',
    wrong: [{ clientSecret: 'wrong' }, 'client-secret-wrong'],
  },
  {
    title: 'a mail goes out by EWS with OAuth, as the mailbox',
    peers: ['openssl'],
    async start(t, certificates) {
      const authority = await startTestAuthority(t, certificates);
      const { ews, peer } = await startEws(t, certificates, { authority });
      const connection = { ...peer.connection, ...byToken(authority), authentication: 'oauth' };
      return {
        ...peer,
        connection,
        knowsSenders: () => ews.mails.every(({ impersonated }) => impersonated === mailbox),
      };
    },
    signIn: 'OAuth',
    wrong: [{ clientSecret: 'wrong' }, 'client-secret-wrong'],
  },
  {
    title: 'a mail goes out by EWS with a user name and a password',
    peers: ['openssl'],
    async start(t, certificates) {
      const basic = { username: mailbox, password: secret };
      const { peer } = await startEws(t, certificates, { basic });
      return { ...peer, connection: { ...peer.connection, ...basic, authentication: 'basic' } };
    },
    signIn: 'Basic',
    wrong: [{ password: 'wrong' }, 'credentials-rejected'],
  },
  {
    title: 'a mail goes out by EWS with Kerberos, as the identity of the service and without a secret',
    peers: ['openssl', 'kerberos'],
    async start(t, certificates) {
      const kdc = await startKdc();
      t.teardown(kdc.stop);
      const { accept, users } = await createNegotiateAcceptor(kdc);
      const { peer } = await startEws(t, certificates, { negotiate: accept });
      return {
        ...peer,
        connection: { ...peer.connection, authentication: 'negotiate' },
        environment: {
          ...kdc.environment,
          KRB5_CLIENT_KTNAME: await kdc.keytab('erp', 'erp'),
          KERBEROS_HOSTS: 'nobody.test',
        },
        knowsSenders: () => users.length > 0 && users.every((user) => user === 'erp@ACME.TEST'),
      };
    },
    signIn: 'Kerberos',
    wrong: [{ servicePrincipal: 'HTTP/nobody.test' }, 'kerberos-service-unknown'],
  },
];

async function startTestAuthority(t: Test, { server }: Certificates): Promise<Authority> {
  const authority = await startAuthority(server, registration);
  t.teardown(authority.close);
  return authority;
}

function byToken({ url }: Authority): Readonly<Record<string, unknown>> {
  const { tenantId, clientId, clientSecret } = registration;
  return { cloud: 'custom', authorityUrl: url, tenantId, clientId, clientSecret };
}

async function startXoauth2(t: Test, certificates: Certificates): Promise<Peer> {
  const authority = await startTestAuthority(t, certificates);
  const sink = await startNodeSink({ capture: true });
  t.teardown(sink.stop);
  const { port, log, stop } = await startTokenDovecot(certificates, authority, sink);
  t.teardown(stop);
  const address = { protocol: 'smtp-oauth', smtpHostname: 'localhost', smtpPort: port };
  return {
    port,
    connection: { ...byToken(authority), ...address },
    arrived: () =>
      sink.messages.map(({ recipients, content }) => ({ recipients, text: content.toString('utf8') })),
    knowsSenders: async () => (await log()).includes(`Login: user=<${mailbox}>, method=XOAUTH2`),
  };
}

async function startEws(t: Test, { server }: Certificates, signIn: Partial<EwsServerOptions>) {
  const ews = await startEwsServer({ certificate: server, mailbox, ...signIn });
  t.teardown(ews.close);
  const peer: Peer = {
    port: ews.port,
    connection: { protocol: 'ews', ewsUrl: `${ews.url}/EWS/Exchange.asmx` },
    arrived: () => ews.mails.map(({ recipients, raw }) => ({ recipients, text: raw.toString('utf8') })),
    // Without more said, the sign-in alone lets nobody else come this far.
    knowsSenders: () => true,
  };
  return { ews, peer };
}

for (const { title, peers, start, signIn, wrong } of ways) {
  test(title, async (t) => {
    if (!requirePeer(t, ...peers)) return;
    const certificates = await createCertificates();
    t.teardown(certificates.remove);
    const peer = await start(t, certificates);
    const product = await startExchangeProduct(t, certificates, peer.environment);
    const { service, call, testConnection, send, stateOf } = product;

    const connection = { name: 'Exchange', email: mailbox, ...peer.connection };
    const created = await call('POST', '/v1/exchange-connections', connection);
    t.match(created, { status: 201, body: { warnings: [] } });
    const { id } = created.body as { id: string };
    const at = `/v1/exchange-connections/${id}`;
    const server = {
      serverType: 'exchange',
      enabled: true,
      senderAddress: { address: mailbox },
      exchange: { connectionId: id },
    };
    const saved = await call('PUT', serverPath, server, 0, 'wait=applied');
    t.match(saved.body, { warnings: [], applied: { state: 'applied' } });

    const tested = await testConnection(at);
    t.match(tested, { state: 'ok' });
    t.match(
      tested.steps.find(({ name }) => name === 'authenticate'),
      { state: 'ok', detail: signIn },
    );
    const [change, code] = wrong;
    const refused = await testConnection(at, { draft: change });
    t.match(
      refused.steps.find(({ state }) => state === 'failed'),
      { hint: { code } },
    );
    t.strictSame(peer.arrived(), []);

    const mail = await stateOf(await send('Rechnung 4711'), 'sent');
    t.match(mail.attempts, [{ server: `localhost:${peer.port}` }]);
    const arrived = peer.arrived();
    t.equal(arrived.length, 1);
    t.match(arrived, [{ recipients: ['kunde@example.com'], text: /^Subject: Rechnung 4711\r$/m }]);
    t.ok(await peer.knowsSenders());
    await noSecretIn(t, service, [secret]);
  });
}
