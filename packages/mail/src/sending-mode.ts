/**
 * What the sending mode of the environment means for a mail: whether it may go out now, which addresses stand in the
 * envelope instead of its recipients, and what the outcome of those says about these. Pure, and asked last: whatever was
 * decided about a mail before, its envelope comes from here.
 *
 * - While mail is redirected, nobody but the targets and the kept addresses is ever in an envelope.
 * - Back to live, what waited in the meantime is held: somebody has to say of it that it may reach its recipients.
 */
import type { HeldReason, RecipientResult } from '@postausgang/contracts';
import { isKept, type SendingModeNow } from '@postausgang/settings';
import { instantMs, type Mail, type WaitingMail } from './mail.ts';
import { openRecipients } from './recipients.ts';
import type { Intent, SendRecipient, SendResult } from './transport.ts';

/** Mail goes to its recipients, and always did. */
export const liveMode: SendingModeNow = {
  mode: 'live',
  to: [],
  keep: [],
  version: 0,
  sinceMs: 0,
  redirectedUntilMs: null,
};

type ModeMail = Pick<Mail, 'history' | 'acceptedAtMs' | 'recipients'>;

/** Why the mode keeps a waiting mail from going out; null: it may. */
export function heldByMode(
  mode: SendingModeNow,
  mail: ModeMail & Pick<WaitingMail, 'state'>,
): HeldReason | null {
  switch (mode.mode) {
    case 'hold':
      return isWantedSince(mail, mode.sinceMs) ? null : 'sending-mode';
    case 'redirect':
      return mode.to.length === 0 ? 'sending-mode' : null;
    case 'live':
      return wasRedirected(mode, mail) && !isWantedSince(mail, mode.redirectedUntilMs ?? 0)
        ? 'redirected'
        : null;
    default:
      return mode.mode satisfies never;
  }
}

/** Whether it waited while mail was redirected, or has recipients that were. */
function wasRedirected(
  { redirectedUntilMs }: SendingModeNow,
  { acceptedAtMs, recipients }: ModeMail,
): boolean {
  const hasWaited = redirectedUntilMs !== null && acceptedAtMs < redirectedUntilMs;
  return hasWaited || openRecipients(recipients).some(({ deliveredTo }) => deliveredTo !== undefined);
}

/** Whether somebody has released the mail or sent it again since then. */
function isWantedSince({ history }: Pick<Mail, 'history'>, sinceMs: number): boolean {
  return history.some(({ entry, detail, at }) => {
    const isWanted = entry === 'requeued' || (entry === 'released' && detail === 'requested');
    return isWanted && (instantMs(at) ?? 0) >= sinceMs;
  });
}

/** One transaction: whom it is for, and who stands in its envelope. */
export interface Delivery {
  /** Recipients of the mail. */
  readonly for: readonly string[];
  readonly to: readonly string[];
  readonly isRedirected: boolean;
}

/**
 * The next transaction of those that could share one: while mail is redirected, those that are kept have one of their own,
 * with the message as it is.
 *
 * @param next recipients of the mail, at least one
 */
export function deliveryOf(mode: SendingModeNow, next: readonly string[]): Delivery {
  if (mode.mode !== 'redirect') return { for: next, to: next, isRedirected: false };
  const kept = next.filter((address) => isKept(mode, address));
  if (kept.length > 0) return { for: kept, to: kept, isRedirected: false };
  return { for: next, to: mode.to, isRedirected: true };
}

/**
 * The sender of the envelope: reports do not leave either. An author who takes them himself stays, since servers judge who
 * sends by it.
 */
export function returnPathOf(
  mode: SendingModeNow,
  { envelopeFrom, author }: { readonly envelopeFrom: string; readonly author: string },
): string {
  const [target] = mode.to;
  const isOther = envelopeFrom !== '' && envelopeFrom !== author;
  const isInside = mode.mode !== 'redirect' || !isOther || isKept(mode, envelopeFrom);
  return isInside || target === undefined ? envelopeFrom : target;
}

/** The intent of a redirected transaction, as one for the recipients of the mail. */
export function intentFor(delivery: Delivery, intent: Intent): Intent {
  return delivery.isRedirected && intent.accepted.length > 0 ? { ...intent, accepted: delivery.for } : intent;
}

/** The end of a redirected transaction, as one for the recipients of the mail: what the best of the targets has. */
export function resultFor(delivery: Delivery, result: SendResult): SendResult {
  if (!delivery.isRedirected || result.kind !== 'finished') return result;
  const best = bestOf(result.recipients);
  const recipients = best === undefined ? [] : delivery.for.map((address) => ({ ...best, address }));
  return { ...result, recipients };
}

/** Whoever may have it counts most; one that has it is enough; one that may still get it is waited for. */
const outcomes = ['unknown', 'sent', 'deferred', 'rejected'] as const;

function bestOf(recipients: readonly SendRecipient[]): SendRecipient | undefined {
  return outcomes
    .map((outcome) => recipients.find((one) => one.outcome === outcome))
    .find((one) => one !== undefined);
}

/** Whether a recipient whose mail was redirected would get it now. */
export function wouldReach(mode: SendingModeNow, { address, deliveredTo }: RecipientResult): boolean {
  return deliveredTo !== undefined && (mode.mode !== 'redirect' || isKept(mode, address));
}
