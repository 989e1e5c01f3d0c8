import type { AnsweredCommand, CommandRefusal, EventData, MailVerb } from '@postausgang/contracts';
import { instantMs, toInstant } from './instants.ts';
import type { MailCommand } from './mail-event.ts';
import { defaultLifetimeMs } from './new-mail.ts';

type FactName = 'mailHeld' | 'mailReleased' | 'mailCancelled' | 'mailRequeued' | 'mailResolved';

/** The event a command becomes: a union on `name`. */
export type CommandFact = {
  [N in FactName]: { readonly name: N; readonly data: EventData<N> };
}[FactName];

export type CommandDecision =
  | { readonly kind: 'fact'; readonly fact: CommandFact }
  /** `code` null: it is so already. */
  | { readonly kind: 'declined'; readonly code: CommandRefusal | null; readonly detail: string };

/** Nothing changes, and why. */
export function declined(code: CommandRefusal | null, detail: string): CommandDecision {
  return { kind: 'declined', code, detail };
}

const verbs: Readonly<Record<MailCommand['type'], MailVerb>> = {
  'io.postausgang.mail-hold-requested.v1': 'hold',
  'io.postausgang.mail-release-requested.v1': 'release',
  'io.postausgang.mail-cancel-requested.v1': 'cancel',
  'io.postausgang.mail-resend-requested.v1': 'resend',
  'io.postausgang.mail-resolve-requested.v1': 'resolve',
};

/** How an answer names its command. */
export function answeredCommand({ id, source, type, data }: MailCommand): AnsweredCommand {
  const { actor = null, requestedBy = null, reason = null } = data;
  return { id, source, verb: verbs[type], actor, requestedBy, reason };
}

/** The end of waiting of another round: as it was wished, else as of a new mail; null where that has passed. */
export function laterNotAfter(notAfter: string | null | undefined, nowMs: number): string | null {
  const wishedMs =
    notAfter === null || notAfter === undefined ? nowMs + defaultLifetimeMs : instantMs(notAfter);
  return wishedMs === null || wishedMs <= nowMs ? null : toInstant(wishedMs);
}
