import { failure } from '@postausgang/contracts';
import { toInstant } from '../queue/instants.ts';
import type { Mail } from '../queue/mail-row.ts';
import type { AttemptInHand } from './after-attempt.ts';
import { type MailOutcome, outcomeOf } from './outcome.ts';
import type { PolicyContext } from './policy-context.ts';

/** Short, for the mail server is not to blame, but not zero, for the next intent may fail the same way. */
const interruptionMs = 10_000;

/**
 * The intent could not be recorded for certain, so the final dot was not sent: nothing was handed over. It may stand in
 * the log nevertheless, hence the attempt is ended there too.
 */
export function interrupted(
  mail: Mail,
  inHand: AttemptInHand,
  { server, tls }: { readonly server: string; readonly tls: string | null },
  context: PolicyContext,
): MailOutcome {
  const recipients = inHand.to.map((address) => ({ address, outcome: 'deferred' }) as const);
  return outcomeOf(mail, {
    attempt: {
      number: inHand.number,
      startedAt: inHand.startedAt,
      endedAt: toInstant(context.nowMs),
      settingsVersion: inHand.settingsVersion,
      server,
      tls,
      outcome: 'deferred',
      reply: null,
      failure: null,
    },
    decisions: inHand.decisions,
    messageId: inHand.messageId,
    recipients,
    nextAttemptAtMs: context.nowMs + interruptionMs,
    failure: null,
    otherwise: failure('message-deferred'),
  });
}
