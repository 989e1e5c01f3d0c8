import { createHmac } from 'node:crypto';
import type { SaslMechanism } from './sasl-mechanism.ts';
import { scram, scramHashes, type ScramName } from './scram.ts';

type Login = { readonly username: string; readonly password: string };

const scramNames = Object.keys(scramHashes) as readonly ScramName[];

/** Every server that offers PLAIN has it right, and over TLS nothing is safer. */
const encryptedOrder = ['PLAIN', 'LOGIN', ...scramNames, 'CRAM-MD5'] as const;
/** In the clear those come first that do not give the password away. */
const cleartextOrder = [...scramNames, 'CRAM-MD5', 'PLAIN', 'LOGIN'] as const;

/** The best of the offered mechanisms for a password; null when there is none. */
export function passwordMechanism(
  offered: readonly string[],
  isEncrypted: boolean,
  login: Login,
): SaslMechanism | null {
  const order = isEncrypted ? encryptedOrder : cleartextOrder;
  const name = order.find((candidate) => offered.includes(candidate));
  switch (name) {
    case undefined:
      return null;
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
