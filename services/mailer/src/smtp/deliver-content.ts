import { writeAll } from './content-writer.ts';
import { dotStuff } from './dot-stuffing.ts';
import type { SmtpSession } from './smtp-session.ts';
import type { TransactionRecord } from './transaction.ts';
import { writeTogether } from './write-together.ts';

export interface Delivery {
  readonly message: Uint8Array;
  /** Limit for each piece of content to leave. */
  readonly writeTimeoutMs: number;
  /** Limit for the reply to the final dot (RFC 5321 §4.5.3.2.6: ten minutes). */
  readonly finalReplyTimeoutMs: number;
  readonly onIntent: () => Promise<void>;
}

/**
 * Writes the content, has the intent recorded, and only then sends the final dot. The dot stays away when the intent
 * could not be recorded, when the server has answered already or when the connection is gone: nothing was handed over
 * then, and the connection is of no more use.
 */
export async function deliverContent(
  session: SmtpSession,
  record: TransactionRecord,
  delivery: Delivery,
): Promise<void> {
  const socket = session._socket;
  if (!socket) return;
  try {
    session.waitFor(delivery.writeTimeoutMs);
    writeTogether(socket);
    await writeAll(socket, dotStuff(delivery.message), () => session.waitFor(delivery.writeTimeoutMs));
  } catch {
    // What ended the socket is reported by the session.
    return;
  }
  session.stopWaiting();
  try {
    await delivery.onIntent();
  } catch {
    record.intentFailed = true;
    session.close();
  }
  if (session.destroyed || !socket.writable) return;
  // From here on only the reply to the dot is waited for, and nothing may shorten that.
  session.endIn(null);
  session.waitFor(delivery.finalReplyTimeoutMs);
  record.dotSent = true;
  writeTogether(socket);
  socket.write('.\r\n');
}
