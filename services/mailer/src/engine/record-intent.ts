/** The intent of an attempt: what may still stop it, and what the log has of it. */
import { EventLogError, type Position, type Publisher } from '@postausgang/event-log';
import { type AttemptInFlight, decisionFields, type Intent, type WaitingMail } from '@postausgang/mail';
import type { IntentRecord } from './attempt-end.ts';
import type { GuardedAttempt } from './completer.ts';
import { eventIds } from './event-ids.ts';
import type { ModeOfAttempt } from './sending-mode.ts';

export interface IntentDeps {
  readonly publisher: Publisher;
  /** See `AttemptDeps`. */
  readonly intentFolded: (intent: Position) => Promise<void>;
  readonly runId: string;
}

/** Whether the final dot may be sent. */
export interface Rights {
  /** No other mailer has taken over. */
  readonly isOurs: (identity: string) => boolean;
  /** Nobody has called the attempt off. */
  readonly claim: GuardedAttempt;
  /** The envelope is still that of the sending mode. */
  readonly mode: Pick<ModeOfAttempt, 'isCurrent'>;
}

/** Makes the intent durable. `note` hears how far that came; rejects where the final dot must not be sent. */
export async function recordIntent(
  deps: IntentDeps,
  mail: WaitingMail,
  inFlight: AttemptInFlight,
  { isOurs, claim, mode }: Rights,
  intent: Intent,
  note: (record: IntentRecord) => void,
): Promise<void> {
  const identity = eventIds.attempt(deps.runId, mail, inFlight.number);
  if (!mode.isCurrent()) {
    note({ state: 'mode-changed' });
    throw new Error('The sending mode has changed');
  }
  if (!isOurs(identity)) {
    note({ state: 'no-lease' });
    throw new Error('Another mailer may have taken over');
  }
  if (!claim.commit()) {
    throw new Error('The attempt was called off');
  }
  note({ state: 'uncertain', intent });
  const position = await publishIntent(deps, mail, inFlight, intent).catch((error: unknown) => {
    if (isOutOfRoom(error)) note({ state: 'no-room' });
    throw error;
  });
  await deps.intentFolded(position);
  if (!isOurs(identity)) {
    throw new Error('Another mailer may have taken over while the intent was written');
  }
  note({ state: 'recorded', intent });
}

/** What was refused for want of space is surely not in the log. */
function isOutOfRoom(error: unknown): boolean {
  return error instanceof EventLogError && error.code === 'log-full';
}

async function publishIntent(
  { publisher, runId }: IntentDeps,
  mail: WaitingMail,
  { number, startedAt, settingsVersion, decisions, messageId, redirection, chargedTo }: AttemptInFlight,
  { server, tls, accepted }: Intent,
): Promise<Position> {
  const open = { endedAt: null, outcome: null, reply: null, failure: null };
  const redirected = redirection === undefined ? {} : { redirected: redirection.kind };
  const attempt = { number, startedAt, settingsVersion, server, tls, ...open, ...redirected };
  const instead = redirection === undefined ? {} : { deliveredTo: [...redirection.to] };
  const charge = chargedTo === undefined ? {} : { chargedTo };
  const recipients = [...accepted];
  const data = { ...decisionFields(mail, messageId), attempt, decisions, recipients, ...instead, ...charge };
  const id = eventIds.started(runId, mail, number);
  const { position } = await publisher.publish('mailAttemptStarted', mail.key, data, {
    id,
    subject: mail.id,
    traceparent: mail.traceparent,
  });
  return position;
}
