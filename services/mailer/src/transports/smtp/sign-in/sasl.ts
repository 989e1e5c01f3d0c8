import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { smtpError, type SmtpError, untrustedText, within } from '@postausgang/net';
import { WindowsAuthenticationError } from '@postausgang/windows-authentication';
import { openingFailure } from '../replies.ts';
import { settled, type SmtpSession } from '../session.ts';

type Asked =
  { readonly ok: true; readonly reply: string } | { readonly ok: false; readonly error: SmtpError };

/** Sends a line and waits for the reply to it. Never rejects. */
async function ask(session: SmtpSession, line: string): Promise<Asked> {
  if (session.destroyed) return { ok: false, error: smtpError('The connection ended', 'ECONNECTION') };
  let reply = '';
  const error = await settled(session, (done) => {
    session._responseActions.push((answer) => {
      reply = answer;
      done();
    });
    session._sendCommand(line);
  });
  return error === null ? { ok: true, reply } : { ok: false, error };
}

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

/** AUTH (RFC 4954) with a mechanism, to its end. `timeoutMs` also limits what is computed between two lines. */
export async function exchangeSasl(
  session: SmtpSession,
  mechanism: SaslMechanism,
  timeoutMs: number,
): Promise<SignIn> {
  session.openingStage = 'authenticate';
  const { name, initialResponse } = mechanism;
  const sent: string[] = [];
  let line =
    initialResponse === undefined ? `AUTH ${name}` : `AUTH ${name} ${encode(initialResponse, sent) || '='}`;
  for (let round = 0; round < maxRounds; round += 1) {
    const asked = await ask(session, line);
    if (!asked.ok) return failed(asked.error, mechanism, sent);
    if (!asked.reply.startsWith('334')) return judge(asked.reply, mechanism, sent);
    const answer = await respond(session, mechanism, asked.reply, timeoutMs);
    if (!(answer instanceof Uint8Array)) return { ok: false, failure: answer, reply: null };
    line = encode(answer, sent);
  }
  return { ok: false, failure: failure('unexpected-reply', 'the sign-in never ends'), reply: null };
}

/** The server has nothing to say in the meantime, so its time does not run. */
async function respond(
  session: SmtpSession,
  mechanism: SaslMechanism,
  reply: string,
  timeoutMs: number,
): Promise<Uint8Array | Failure> {
  session.stopWaiting();
  try {
    const challenge = Buffer.from(reply.slice(4), 'base64');
    return await within(timeoutMs, Promise.resolve(mechanism.respond(challenge)));
  } catch (error) {
    return signInFailure(error);
  } finally {
    session.waitFor(timeoutMs);
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

function judge(reply: string, mechanism: SaslMechanism, sent: readonly string[]): SignIn {
  const safe = withoutSecrets(reply, [...mechanism.secrets, ...sent]);
  if (!reply.startsWith('2')) {
    return failed(Object.assign(smtpError('Invalid login', 'EAUTH'), { response: reply }), mechanism, sent);
  }
  if (!mechanism.isComplete()) return { ok: false, failure: failure('sign-in-unproven'), reply: safe };
  return { ok: true, mechanism: mechanism.description ?? mechanism.name, reply: safe };
}

function failed(error: SmtpError, mechanism: SaslMechanism, sent: readonly string[]): SignIn {
  const { response } = error;
  if (response === undefined) {
    return { ok: false, failure: openingFailure('authenticate', error), reply: null };
  }
  error.response = withoutSecrets(response, [...mechanism.secrets, ...sent]);
  const found = openingFailure('authenticate', error);
  const code: FailureCode =
    found.code === 'credentials-rejected' ? (mechanism.refusal?.(response) ?? found.code) : found.code;
  const { retryAfterSeconds } = found;
  const pause = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { ok: false, failure: { ...failure(code, found.detail), ...pause }, reply: error.response };
}

function encode(response: Uint8Array, sent: string[]): string {
  const text = Buffer.from(response).toString('base64');
  if (text !== '') sent.push(text);
  return text;
}

/** Some servers repeat the command they do not like. A password must not get into an event that way. */
function withoutSecrets(reply: string, secrets: readonly string[]): string {
  const repeats = secrets.some((secret) => reply.toLowerCase().includes(secret.toLowerCase()));
  return repeats ? `${reply.slice(0, 4)}(the rest repeats the sign-in)` : reply;
}
