import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { FailureCode } from '@postausgang/contracts';
import { openSmtpTransport } from '../../../../../services/mailer/src/transports/smtp/transport.ts';
import type { Certificate, Certificates } from '../../../../peers/certificates.ts';
import { listenOnLoopback } from '../../../../peers/loopback-server.ts';
import { startScriptedSmtp } from '../../../../peers/scripted-smtp.ts';
import { optionsFor, signedIn } from '../fixture.ts';

type Encryption = 'starttls' | 'implicit';

export interface Running {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** A server whose encryption is at fault, and what is to be said of it. */
export interface TlsFault {
  readonly name: string;
  readonly encryption: Encryption;
  readonly start: (certificates: Certificates) => Promise<Running>;
  readonly expected: FailureCode;
}

const certificateFaults: readonly (readonly [string, (of: Certificates) => Certificate, FailureCode])[] = [
  ['expired', ({ expired }) => expired, 'certificate-expired'],
  ['for another name', ({ wrongName }) => wrongName, 'certificate-name-mismatch'],
  ['of an unknown authority', ({ selfSigned }) => selfSigned, 'certificate-untrusted'],
];

const withCertificate = (encryption: Encryption): readonly TlsFault[] =>
  certificateFaults.map(([name, pick, expected]) => ({
    name: `${encryption}: certificate ${name}`,
    encryption,
    expected,
    start: (certificates) =>
      startScriptedSmtp({ certificate: pick(certificates), implicitTls: encryption === 'implicit' }),
  }));

async function listening(server: Server): Promise<Running> {
  const { port, close } = await listenOnLoopback(server);
  return { port, stop: close };
}

function tlsServer({ server }: Certificates, options: TlsOptions): Promise<Running> {
  const running = createTlsServer({ key: server.key, cert: server.certificate, ...options }, (socket) =>
    socket.on('error', () => undefined).end('220 old.test ESMTP\r\n'),
  );
  return listening(running.on('tlsClientError', () => undefined));
}

const onTheTlsPort = (name: string, expected: FailureCode, start: TlsFault['start']): TlsFault => ({
  name: `implicit: ${name}`,
  encryption: 'implicit',
  expected,
  start,
});

export const tlsFaults: readonly TlsFault[] = [
  ...withCertificate('starttls'),
  ...withCertificate('implicit'),
  onTheTlsPort('TLS 1.1 only', 'tls-version-unsupported', (certificates) =>
    tlsServer(certificates, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
  ),
  onTheTlsPort('plain text', 'tls-not-spoken', () => startScriptedSmtp()),
  onTheTlsPort('closes in the handshake', 'tls-failed', () =>
    listening(createServer((socket) => socket.once('data', () => socket.destroy()))),
  ),
  onTheTlsPort('says nothing', 'timeout', () => listening(createServer((socket) => socket.resume()))),
  {
    name: 'starttls: TLS from the start',
    encryption: 'starttls',
    expected: 'greeting-timeout',
    start: ({ server }) => startScriptedSmtp({ certificate: server, implicitTls: true }),
  },
  {
    name: 'starttls: not offered',
    encryption: 'starttls',
    expected: 'starttls-not-offered',
    start: () => startScriptedSmtp(),
  },
];

/** The code of what such a server is judged to be, and nothing was said to it that should not be. */
export async function codeOf(certificates: Certificates, fault: TlsFault): Promise<string> {
  const server = await fault.start(certificates);
  const opened = await openSmtpTransport(
    optionsFor(server.port, {
      description: { ...signedIn, encryption: fault.encryption, timeoutSeconds: 3 },
      ca: certificates.ca.certificate,
    }),
  );
  if (opened.ok) await opened.transport.close();
  await server.stop();
  return opened.ok ? 'ok' : opened.failure.code;
}
