import { isAscii } from 'node:buffer';
import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import type { SendEnvelope, SendRecipient } from '@postausgang/mail';

/** What the server said it can do. */
export interface Capabilities {
  offers(extension: string): boolean;
  /** 0: no limit known. */
  readonly maxSizeBytes: number;
}

export interface Admission {
  /** Recipients worth asking the server for. */
  readonly asked: readonly string[];
  /** Those that it cannot take, by what it said before. */
  readonly refused: readonly SendRecipient[];
  /** Why none can be asked for at all. */
  readonly failure: Failure | null;
}

const isAsciiAddress = (address: string): boolean => /^\p{ASCII}*$/u.test(address);

/** What would end the address, or the command, within a command. No address that passed the grammar has it. */
const isUnsafe = (address: string): boolean => /[\p{Cc}<>]/u.test(address);

/**
 * Sorts out what the EHLO reply rules out: a message beyond SIZE (RFC 1870), 8-bit content without 8BITMIME (RFC 6152;
 * what we compose is 7-bit, a finished message need not be), and addresses that need SMTPUTF8 (RFC 6531); nodemailer
 * would send their bytes as they are. Permanent: trying again changes nothing. Pure.
 */
export function admit(server: Capabilities, { from, to }: SendEnvelope, message: Uint8Array): Admission {
  const sizeBytes = message.length;
  if (server.maxSizeBytes > 0 && sizeBytes > server.maxSizeBytes) {
    return refuseAll(
      to,
      failure('message-too-large', `${sizeBytes} of at most ${server.maxSizeBytes} bytes`),
    );
  }
  if (!server.offers('8BITMIME') && !isAscii(message)) {
    return refuseAll(to, failure('8bitmime-unsupported'));
  }
  const senderObstacle = obstacle(server, from, 'sender-refused');
  if (senderObstacle !== null) return refuseAll(to, senderObstacle);
  const refused = to.flatMap((address) => {
    const reason = obstacle(server, address, 'recipient-refused');
    return reason === null ? [] : [rejected(address, reason)];
  });
  const asked = to.filter((address) => obstacle(server, address, 'recipient-refused') === null);
  return { asked, refused, failure: asked.length === 0 ? (refused[0]?.failure ?? null) : null };
}

function obstacle(server: Capabilities, address: string, unsafe: FailureCode): Failure | null {
  if (isUnsafe(address)) return failure(unsafe);
  return isAsciiAddress(address) || server.offers('SMTPUTF8') ? null : failure('smtputf8-unsupported');
}

const rejected = (address: string, reason: Failure): SendRecipient => ({
  address,
  outcome: 'rejected',
  failure: reason,
});

const refuseAll = (to: readonly string[], reason: Failure): Admission => ({
  asked: [],
  refused: to.map((address) => rejected(address, reason)),
  failure: reason,
});
