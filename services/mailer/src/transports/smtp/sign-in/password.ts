import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
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

const nothingBound = Buffer.from('n,,').toString('base64');

/** SCRAM (RFC 5802, RFC 7677): the password stays here, and the server proves that it knows it too. */
export function scram(
  name: ScramName,
  username: string,
  password: string,
  nonce = randomBytes(18).toString('base64'),
): SaslMechanism {
  const hash = scramHashes[name];
  const clientFirst = `n=${prepared(username).replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  let proof: { readonly serverSignature: Buffer } | undefined;
  let isProven = false;
  return {
    name,
    initialResponse: Buffer.from(`n,,${clientFirst}`),
    secrets: [password, Buffer.from(password).toString('base64')],
    isComplete: () => isProven,
    async respond(challenge) {
      const message = challenge.toString('utf8');
      if (proof === undefined) {
        const { clientFinal, serverSignature } = await prove(
          hash,
          prepared(password),
          clientFirst,
          nonce,
          message,
        );
        proof = { serverSignature };
        return Buffer.from(clientFinal);
      }
      isProven = hasSignature(message, proof.serverSignature);
      if (!isProven) throw new SaslError('sign-in-unproven', 'the server does not know the password either');
      return Buffer.alloc(0);
    },
  };
}

async function prove(
  hash: string,
  password: string,
  clientFirst: string,
  nonce: string,
  serverFirst: string,
) {
  const challenge = readServerFirst(serverFirst, nonce);
  const size = createHash(hash).digest().length;
  const salted = await derive(password, challenge.salt, challenge.iterations, size, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const withoutProof = `c=${nothingBound},r=${challenge.nonce}`;
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

type Login = { readonly username: string; readonly password: string };

const scramNames = Object.keys(scramHashes) as readonly ScramName[];

/** Every server that offers PLAIN has it right, and over TLS nothing is safer. */
const encryptedOrder = ['PLAIN', 'LOGIN', ...scramNames, 'CRAM-MD5'] as const;
/** In the clear those come first that do not give the password away. */
const cleartextOrder = [...scramNames, 'CRAM-MD5', 'PLAIN', 'LOGIN'] as const;

/** The offered mechanisms for a password, the best first. */
export function passwordMechanisms(
  offered: readonly string[],
  isEncrypted: boolean,
  login: Login,
): readonly SaslMechanism[] {
  const order = isEncrypted ? encryptedOrder : cleartextOrder;
  return order.filter((candidate) => offered.includes(candidate)).map((name) => mechanismOf(name, login));
}

function mechanismOf(name: (typeof encryptedOrder)[number], login: Login): SaslMechanism {
  switch (name) {
    case 'PLAIN':
      return plain(login);
    case 'LOGIN':
      return loginMechanism(login);
    case 'CRAM-MD5':
      return cramMd5(login);
    default:
      return scram(name, login.username, login.password);
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
