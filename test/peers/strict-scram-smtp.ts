import { createHash, createHmac, pbkdf2Sync, randomBytes, X509Certificate } from 'node:crypto';
import type { TLSSocket, TLSSocketOptions } from 'node:tls';
import type { Certificate } from './certificates.ts';
import type { SaslServer } from './scripted-login.ts';
import { type ScriptedSmtp, startScriptedSmtp } from './scripted-smtp.ts';

export type StrictScramOptions = {
  /** As in EHLO: `SCRAM-SHA-256-PLUS`. */
  mechanisms: readonly string[];
  user: string;
  password: string;
  /** The bindings that it takes; all unless given. */
  bindings?: readonly string[];
  /** Knows channel bindings although EHLO does not say so: somebody in between took it out. */
  isHidden?: boolean;
  /** Names errors in a last challenge (RFC 5802 §7), or only refuses. */
  namesErrors?: boolean;
  /** The TLS connection it takes this one for; its own unless given. */
  otherTls?: (type: string) => Buffer;
  tls?: TLSSocketOptions;
};

/** The server's end of the binding of this type, taken from its own side of the connection and its own file. */
function bindingOf(type: string, socket: TLSSocket, certificate: Certificate): Buffer | undefined {
  switch (type) {
    case 'tls-exporter':
      return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    case 'tls-server-end-point':
      return createHash('sha256').update(new X509Certificate(certificate.certificate).raw).digest();
    case 'tls-unique':
      return socket.getPeerFinished();
    default:
      return undefined;
  }
}

/** An SMTP server with SCRAM that checks all that RFC 5802 §7 tells a server to check. */
export function startStrictScramSmtp(
  certificate: Certificate,
  options: StrictScramOptions,
): Promise<ScriptedSmtp> {
  const { mechanisms, tls = {} } = options;
  const sasl = Object.fromEntries(
    mechanisms.map((name) => [
      name,
      ({ tls: socketOf }: { tls: () => TLSSocket | undefined }) =>
        strictScram(name, certificate, socketOf(), options),
    ]),
  );
  return startScriptedSmtp({ certificate, extensions: [`AUTH ${mechanisms.join(' ')}`], sasl, tls });
}

type Answer = ReturnType<SaslServer>;

const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** What the server keeps of a password, and what it computes with it. */
function createVerifier(mechanism: string, password: string) {
  const hash = mechanism.replace(/^SCRAM-SHA-(\d+)(?:-PLUS)?$/, 'sha$1');
  const digest = (bytes: Uint8Array): Buffer => createHash(hash).update(bytes).digest();
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, 4096, digest(salt).length, hash);
  const storedKey = digest(hmac(salted, 'Client Key'));
  return {
    salt: salt.toString('base64'),
    isProof(proof: string, signed: string): boolean {
      const signature = hmac(storedKey, signed);
      const clientKey = Buffer.from(proof, 'base64').map((byte, index) => byte ^ (signature[index] ?? 0));
      return digest(clientKey).equals(storedKey);
    },
    signature: (signed: string): string => hmac(hmac(salted, 'Server Key'), signed).toString('base64'),
  };
}

const clientFirstPattern = /^((n|y|p=([a-z-]+)),,)(n=([^,]*),r=([!-+\--~]+))$/;

function strictScram(
  mechanism: string,
  certificate: Certificate,
  socket: TLSSocket | undefined,
  options: StrictScramOptions,
): SaslServer {
  const isPlus = mechanism.endsWith('-PLUS');
  const knowsBindings = options.isHidden === true || options.mechanisms.some((one) => one.endsWith('-PLUS'));
  const verifier = createVerifier(mechanism, options.password);
  let expect: 'first' | 'final' | 'nothing' = 'first';
  let verdict = '535 5.7.8 Authentication credentials invalid';
  let said = { bound: '', clientFirst: '', serverFirst: '', nonce: '' };

  const refuse = (error: string): Answer => {
    expect = 'nothing';
    return options.namesErrors === true ? { challenge: encoded(`e=${error}`) } : { verdict };
  };
  const channel = (type: string): Buffer | undefined => {
    if (options.bindings?.includes(type) === false || socket === undefined) return undefined;
    return options.otherTls?.(type) ?? bindingOf(type, socket, certificate);
  };
  const begin = (message: string): Answer => {
    const [, header = '', flag = '', type, clientFirst = '', name, given = ''] =
      clientFirstPattern.exec(message) ?? [];
    if (header === '') return refuse('invalid-encoding');
    if (isPlus !== (type !== undefined)) return refuse('channel-binding-not-supported');
    if (flag === 'y' && knowsBindings) return refuse('server-does-support-channel-binding');
    const data = type === undefined ? Buffer.alloc(0) : channel(type);
    if (data === undefined) return refuse('unsupported-channel-binding-type');
    if (name !== options.user) return refuse('unknown-user');
    const nonce = `${given}${randomBytes(9).toString('base64')}`;
    const bound = Buffer.concat([Buffer.from(header), data]).toString('base64');
    said = { bound, clientFirst, nonce, serverFirst: `r=${nonce},s=${verifier.salt},i=4096` };
    expect = 'final';
    return { challenge: encoded(said.serverFirst) };
  };
  const finish = (message: string): Answer => {
    const [, withoutProof = '', bound, nonce, proof = ''] =
      /^(c=([^,]+),r=([^,]+)),p=([^,]+)$/.exec(message) ?? [];
    if (bound !== said.bound) return refuse('channel-bindings-dont-match');
    const signed = `${said.clientFirst},${said.serverFirst},${withoutProof}`;
    if (nonce !== said.nonce || !verifier.isProof(proof, signed)) return refuse('invalid-proof');
    expect = 'nothing';
    verdict = '235 2.7.0 Accepted';
    return { challenge: encoded(`v=${verifier.signature(signed)}`) };
  };

  return (response) => {
    if (expect === 'nothing') return { verdict };
    const message = Buffer.from(response, 'base64').toString();
    return expect === 'first' ? begin(message) : finish(message);
  };
}
