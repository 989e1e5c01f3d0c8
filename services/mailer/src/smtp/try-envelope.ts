import { type ConnectionTestStepName, type Failure, failure } from '@postausgang/contracts';
import type { TestRequest } from '@postausgang/mail';
import type { StageObserver } from '@postausgang/net';
import { admit } from './admission.ts';
import { attemptTimeout } from './attempt-timeout.ts';
import { lostConnection } from './classify-opening.ts';
import { refusedMessage, refusedRecipient, refusedSender } from './classify-refusal.ts';
import { isPositive } from './smtp-reply.ts';
import type { SmtpSession } from './smtp-session.ts';
import { runTransaction } from './transaction.ts';

/** The step that did not succeed. */
export interface Breach {
  readonly step: ConnectionTestStepName;
  readonly hint: Failure;
  readonly reply: string | null;
}

type EnvelopeStep = 'mail-from' | 'rcpt-to' | 'data';

const envelopeSteps: readonly EnvelopeStep[] = ['mail-from', 'rcpt-to', 'data'];

const refusals = {
  'mail-from': refusedSender,
  'rcpt-to': (reply: string) => refusedRecipient(reply, 0),
  data: refusedMessage,
} as const;

const isGranted = (step: EnvelopeStep, reply: string): boolean =>
  step === 'data' ? reply.startsWith('354') : isPositive(reply);

/**
 * MAIL, RCPT and DATA. The connection is dropped when the server asks for the content, so nothing is delivered.
 * Null when every step succeeded.
 */
export async function tryEnvelope(
  session: SmtpSession,
  { from, to, message }: TestRequest,
  replyTimeoutMs: number,
  observer: StageObserver,
): Promise<Breach | null> {
  const inadmissible = admit(session, { from, to: [to] }, message).failure;
  if (inadmissible !== null) return { step: 'mail-from', hint: inadmissible, reply: null };
  const answers = new Map<EnvelopeStep, string>();
  const record = await runTransaction(session, {
    envelope: { from, to: [to] },
    message,
    replyTimeoutMs,
    timeLeftMs: attemptTimeout(replyTimeoutMs, message.length),
    async deliver() {
      session.close();
    },
    onReply(step, reply) {
      answers.set(step, reply);
      const before = envelopeSteps.slice(0, envelopeSteps.indexOf(step) + 1);
      if (before.every((each) => isGranted(each, answers.get(each) ?? ''))) observer.passed(step, { reply });
    },
  });
  const step = envelopeSteps.find((each) => !isGranted(each, answers.get(each) ?? ''));
  if (step === undefined) return null;
  const reply = answers.get(step);
  if (reply !== undefined) return { step, hint: refusals[step](reply).failure, reply };
  const { lost } = record;
  const hint = lost === null ? failure('unexpected-reply') : lostConnection(lost);
  return { step, hint, reply: lost?.response ?? null };
}
