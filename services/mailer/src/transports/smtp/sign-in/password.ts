import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { FailureCode } from '@postausgang/contracts';
import type { ChannelBinding } from '@postausgang/net';
import { SaslError, type SaslMechanism } from './sasl.ts';

const derive = promisify(pbkdf2);

const scramHashes = {
  'SCRAM-SHA-512': 'sha512',
  'SCRAM-SHA-256': 'sha256',
  'SCRAM-SHA-1': 'sha1',
} as const;
type ScramName = keyof typeof scramHashes;

/** RFC 5802 asks for 4096 at least; the upper limit is there for our processor's sake. */
const iterations = { min: 4096, max: 1_000_000 };

/** How a sign-in says what it knows of channel bindings (RFC 5802 §6, §7: gs2-cbind-flag). */
type Binding =
  | ChannelBinding
  /** `not-offered`: we could, but the server does not offer it; a server that did offer it notices that somebody hid it. */
  | { readonly type: 'not-offered' | 'none' };

function gs2Header(binding: Binding): string {
  switch (binding.type) {
    case 'none':
      return 'n,,';
    case 'not-offered':
      return 'y,,';
    default:
      return `p=${binding.type},,`;
  }
}

interface ScramOptions extends Login {
  readonly binding?: Binding;
  readonly nonce?: string;
}

/**
 * SCRAM (RFC 5802, RFC 7677): the password stays here, and the server proves that it knows it too. Bound to the TLS
 * connection it is called `-PLUS`: then nobody between us can pass it on.
 */
export function scram(name: ScramName, options: ScramOptions): SaslMechanism {
  const { username, password, binding = { type: 'none' } } = options;
  const { nonce = randomBytes(18).toString('base64') } = options;
  const isBound = 'data' in binding;
  const header = Buffer.from(gs2Header(binding));
  const bound = Buffer.concat([header, isBound ? binding.data : Buffer.alloc(0)]).toString('base64');
  const clientFirst = `n=${prepared(username).replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  let expected: Buffer | undefined;
  let isProven = false;
  let serverError: string | undefined;
  return {
    name: isBound ? `${name}-PLUS` : name,
    ...(isBound ? { description: `${name}-PLUS (${binding.type})` } : {}),
    initialResponse: Buffer.concat([header, Buffer.from(clientFirst)]),
    secrets: secretsOf(options),
    isComplete: () => isProven,
    hasShownSecret: () => expected !== undefined,
    refusal: (reply) => refusalOf(serverError ?? reply),
    async respond(challenge) {
      const message = challenge.toString('utf8');
      serverError ??= /^e=([^,]{1,100})/.exec(message)?.[1];
      // The refusal itself follows our answer to it.
      if (serverError !== undefined) return Buffer.alloc(0);
      if (expected === undefined) {
        const said = { clientFirst, bound, nonce, serverFirst: message };
        const { clientFinal, serverSignature } = await prove(scramHashes[name], prepared(password), said);
        expected = serverSignature;
        return Buffer.from(clientFinal);
      }
      isProven = hasSignature(message, expected);
      if (!isProven) throw new SaslError('sign-in-unproven', 'the server does not know the password either');
      return Buffer.alloc(0);
    },
  };
}

/** RFC 5802 §7 names the errors: `channel-bindings-dont-match` and the like. Some servers say it in words. */
const refusalOf = (said: string): FailureCode =>
  /channel.?binding/i.test(said) ? 'channel-binding-rejected' : 'credentials-rejected';

interface Said {
  readonly clientFirst: string;
  /** What the sign-in is bound to, in base64. */
  readonly bound: string;
  readonly nonce: string;
  readonly serverFirst: string;
}

async function prove(hash: string, password: string, { clientFirst, bound, nonce, serverFirst }: Said) {
  const challenge = readServerFirst(serverFirst, nonce);
  const size = createHash(hash).digest().length;
  const salted = await derive(password, challenge.salt, challenge.iterations, size, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const withoutProof = `c=${bound},r=${challenge.nonce}`;
  const signed = `${clientFirst},${serverFirst},${withoutProof}`;
  const clientKey = hmac(salted, 'Client Key');
  const signature = hmac(createHash(hash).update(clientKey).digest(), signed);
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
  return {
    clientFinal: `${withoutProof},p=${Buffer.from(proof).toString('base64')}`,
    serverSignature: hmac(hmac(salted, 'Server Key'), signed),
  };
}

function readServerFirst(message: string, clientNonce: string) {
  const [, nonce = '', salt = '', count = ''] = /^r=([^,]+),s=([^,]+),i=(\d{1,9})(?:,|$)/.exec(message) ?? [];
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw new SaslError('unexpected-reply', 'not a SCRAM challenge to us');
  }
  const amount = Number(count);
  if (amount < iterations.min || amount > iterations.max) {
    throw new SaslError('unexpected-reply', `SCRAM with ${amount} iterations`);
  }
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations: amount };
}

function hasSignature(message: string, expected: Buffer): boolean {
  const given = Buffer.from(/^v=([^,]+)/.exec(message)?.[1] ?? '', 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** SASLprep (RFC 4013), as far as it changes what people type. */
const prepared = (text: string): string => text.replaceAll(/\p{Zs}/gu, ' ').normalize('NFKC');

interface Login {
  readonly username: string;
  readonly password: string;
}

const scramNames = Object.keys(scramHashes) as readonly ScramName[];
const plus = (name: ScramName): string => `${name}-PLUS`;

/** Every server that offers PLAIN has it right. */
const encryptedOrder = ['PLAIN', 'LOGIN', ...scramNames, 'CRAM-MD5'] as const;
/** In the clear those come first that do not give the password away. */
const cleartextOrder = [...scramNames, 'CRAM-MD5', 'PLAIN', 'LOGIN'] as const;

/**
 * The offered mechanisms for a password, the best first: over TLS those that are bound to the connection, each in as many
 * ways as the connection can be named.
 *
 * @param bindings null without TLS
 */
export function passwordMechanisms(
  offered: readonly string[],
  bindings: readonly ChannelBinding[] | null,
  login: Login,
): readonly SaslMechanism[] {
  const bound = scramNames
    .filter((name) => offered.includes(plus(name)))
    .flatMap((name) => (bindings ?? []).map((binding) => scram(name, { ...login, binding })));
  const order = bindings === null ? cleartextOrder : encryptedOrder;
  const hidesBinding =
    bindings !== null && bindings.length > 0 && !scramNames.some((name) => offered.includes(plus(name)));
  const unbound = order
    .filter((candidate) => offered.includes(candidate))
    .map((name) => mechanismOf(name, login, { type: hidesBinding ? 'not-offered' : 'none' }));
  return [...bound, ...unbound];
}

function mechanismOf(name: (typeof encryptedOrder)[number], login: Login, binding: Binding): SaslMechanism {
  switch (name) {
    case 'PLAIN':
      return plain(login);
    case 'LOGIN':
      return loginMechanism(login);
    case 'CRAM-MD5':
      return cramMd5(login);
    default:
      return scram(name, { ...login, binding });
  }
}

const secretsOf = ({ password }: Login): readonly string[] => [
  password,
  Buffer.from(password).toString('base64'),
];

/** RFC 4616. */
function plain(login: Login): SaslMechanism {
  const message = Buffer.from(`\0${login.username}\0${login.password}`);
  return {
    name: 'PLAIN',
    initialResponse: message,
    secrets: secretsOf(login),
    respond: () => message,
    isComplete: () => true,
  };
}

/** Asks for the name, then for the password, in whatever words. */
function loginMechanism(login: Login): SaslMechanism {
  const answers = [login.username, login.password];
  return {
    name: 'LOGIN',
    secrets: secretsOf(login),
    respond: () => Buffer.from(answers.shift() ?? ''),
    isComplete: () => answers.length === 0,
  };
}

/** RFC 2195. */
function cramMd5(login: Login): SaslMechanism {
  let isAnswered = false;
  return {
    name: 'CRAM-MD5',
    secrets: secretsOf(login),
    respond(challenge) {
      isAnswered = true;
      const digest = createHmac('md5', login.password).update(challenge).digest('hex');
      return Buffer.from(`${login.username} ${digest}`);
    },
    isComplete: () => isAnswered,
  };
}
