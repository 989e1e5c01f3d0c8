import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { createRepeatedSecrets } from '@postausgang/credentials';
import { smtpError, untrustedText, within } from '@postausgang/net';
import { WindowsAuthenticationError } from '@postausgang/windows-authentication';
import { lostOpening, refusedOpening } from '../replies.ts';
import { rawCommand, type SmtpSession } from '../session.ts';

/** Our side of one sign-in by SASL (RFC 4422). Of use once. */
export interface SaslMechanism {
  /** As in AUTH, e.g. `CRAM-MD5`. */
  readonly name: string;
  /** For people, where the name does not say it all. */
  readonly description?: string;
  /** Goes out with the AUTH command. Without one AUTH is sent bare and the first challenge is answered. */
  readonly initialResponse?: Uint8Array;
  /**
   * The answer to a challenge.
   *
   * @throws SaslError, WindowsAuthenticationError
   */
  respond(challenge: Buffer): Uint8Array | Promise<Uint8Array>;
  /** Whether a server that says "signed in" can be believed. */
  isComplete(): boolean;
  /** What a plain refusal means; `credentials-rejected` unless given. */
  readonly refusal?: (reply: string) => FailureCode;
  /** Whether anything was sent that the secret is needed for; a refusal before says nothing about it. True unless given. */
  readonly hasShownSecret?: () => boolean;
  /** What must not stand in any reply that is kept. What was sent is guarded anyway. */
  readonly secrets: readonly string[];
}

/** Why a challenge cannot be answered. */
export class SaslError extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, detail: string) {
    super(detail);
    this.name = 'SaslError';
    this.code = code;
  }
}

export type SignIn =
  | { readonly ok: true; readonly mechanism: string; readonly reply: string }
  | { readonly ok: false; readonly failure: Failure; readonly reply: string | null };

/** No mechanism needs as many; a server that goes on and on does. */
const maxRounds = 12;

/** A line of less tells nothing that would not be in other texts by accident. */
const leastTellingChars = 8;

/** AUTH (RFC 4954) with a mechanism, to its end. The time for a reply also limits what is computed between two lines. */
export async function exchangeSasl(session: SmtpSession, mechanism: SaslMechanism): Promise<SignIn> {
  const sent: string[] = [];
  const signedIn = await exchange(session, mechanism, sent);
  // Whatever the server says from now on, it may say back.
  session.told.know(...mechanism.secrets, ...sent.filter((line) => line.length >= leastTellingChars));
  return signedIn;
}

async function exchange(session: SmtpSession, mechanism: SaslMechanism, sent: string[]): Promise<SignIn> {
  const { name, initialResponse } = mechanism;
  let line =
    initialResponse === undefined ? `AUTH ${name}` : `AUTH ${name} ${encode(initialResponse, sent) || '='}`;
  for (let round = 0; round < maxRounds; round += 1) {
    const reply = await rawCommand(session, line);
    const secrets = [...mechanism.secrets, ...sent];
    if (reply === null) return lost(session, secrets);
    if (!reply.startsWith('334')) return judge(withoutSecrets(reply, secrets), mechanism, reply);
    const answer = await respond(session, mechanism, reply);
    if (!(answer instanceof Uint8Array)) return { ok: false, failure: answer, reply: null };
    line = encode(answer, sent);
  }
  return { ok: false, failure: failure('unexpected-reply', 'the sign-in never ends'), reply: null };
}

async function respond(
  { replyTimeoutMs }: SmtpSession,
  mechanism: SaslMechanism,
  reply: string,
): Promise<Uint8Array | Failure> {
  try {
    const challenge = Buffer.from(reply.slice(4), 'base64');
    return await within(replyTimeoutMs, Promise.resolve(mechanism.respond(challenge)));
  } catch (error) {
    return signInFailure(error);
  }
}

/** The failure that an error of a mechanism stands for. Whatever else is thrown is a mistake of ours. */
export function signInFailure(error: unknown): Failure {
  if (error instanceof SaslError || error instanceof WindowsAuthenticationError) {
    return failure(error.code, untrustedText(error.message));
  }
  if (error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT') {
    return failure('timeout', untrustedText(error.message));
  }
  throw error;
}

/** @param safe the reply without secrets; the mechanism may look for its meaning in the whole one */
function judge(safe: string, mechanism: SaslMechanism, whole: string): SignIn {
  if (whole.startsWith('2')) {
    if (!mechanism.isComplete()) return { ok: false, failure: failure('sign-in-unproven'), reply: safe };
    return { ok: true, mechanism: mechanism.description ?? mechanism.name, reply: safe };
  }
  const found = refusedOpening('authenticate', safe);
  const code = found.code === 'credentials-rejected' ? mechanism.refusal?.(whole) : undefined;
  return { ok: false, failure: code === undefined ? found : failure(code, found.detail), reply: safe };
}

/** The connection ended, perhaps with a reply that ends every session, or with what is none. */
function lost({ ended }: SmtpSession, secrets: readonly string[]): SignIn {
  const error = ended ?? smtpError('', 'ECONNECTION');
  const { response } = error;
  if (response === undefined) return { ok: false, failure: lostOpening('authenticate', error), reply: null };
  const safe = withoutSecrets(response, secrets);
  const told = Object.assign(smtpError(error.message, error.code ?? ''), { response: safe });
  return { ok: false, failure: lostOpening('authenticate', told), reply: safe };
}

function encode(response: Uint8Array, sent: string[]): string {
  const text = Buffer.from(response).toString('base64');
  if (text !== '') sent.push(text);
  return text;
}

/** Some servers repeat the command they do not like. A password must not get into an event that way. */
function withoutSecrets(reply: string, secrets: readonly string[]): string {
  const told = createRepeatedSecrets();
  told.know(...secrets);
  const repeats =
    told.cut(reply) !== reply || secrets.some((secret) => reply.toLowerCase().includes(secret.toLowerCase()));
  return repeats ? `${reply.slice(0, 4)}(the rest repeats the sign-in)` : reply;
}

/** For the detail of a failure. */
export const whatIsOffered = (offered: readonly string[]): string =>
  offered.length === 0 ? 'the server offers no sign-in' : `the server offers ${offered.join(' ')}`;
