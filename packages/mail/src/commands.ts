/**
 * What becomes of a command about a mail: a fact, or nothing, with the reason. Pure, so that every rule can be tested
 * without a queue. Repeating a command is no mistake: where it is so already, there is nothing to do.
 */
import type {
  AnsweredCommand,
  CommandRefusal,
  EventData,
  MailResendRequested,
  MailResolveRequested,
  MailVerb,
  RecipientResult,
} from '@postausgang/contracts';
import { isValidAddress, type SendingModeNow } from '@postausgang/settings';
import type { MailCommand } from './mail-event.ts';
import { defaultLifetimeMs, instantMs, isFinished, isWaiting, type Mail, toInstant } from './mail.ts';
import { decisionFields } from './outcome.ts';
import { liveMode, wouldReach } from './sending-mode.ts';
import { addressKey, finalState, openRecipients } from './recipients.ts';

type FactName = 'mailHeld' | 'mailReleased' | 'mailCancelled' | 'mailRequeued' | 'mailResolved';

/** The event a command becomes: a union on `name`. */
export type CommandFact = {
  [N in FactName]: { readonly name: N; readonly data: EventData<N> };
}[FactName];

type CommandDecision =
  | { readonly kind: 'fact'; readonly fact: CommandFact }
  /** `code` null: it is so already. */
  | { readonly kind: 'declined'; readonly code: CommandRefusal | null; readonly detail: string };

/** Nothing changes, and why. */
function declined(code: CommandRefusal | null, detail: string): CommandDecision {
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

/** The end of waiting of another generation: as the command asks, else as of a new mail; null where that has passed. */
function laterNotAfter(notAfter: string | null | undefined, nowMs: number): string | null {
  const requestedMs =
    notAfter === null || notAfter === undefined ? nowMs + defaultLifetimeMs : instantMs(notAfter);
  return requestedMs === null || requestedMs <= nowMs ? null : toInstant(requestedMs);
}

interface RequestedRecipient {
  readonly address: string;
  readonly correctedAddress?: string | null;
}

interface Resent {
  readonly recipient: RecipientResult;
  readonly correctedAddress: string | null;
}

/**
 * Another generation of a mail that has ended: for the recipients that are named, else for all that have not got it for
 * certain. Nobody who is `sent` gets it again without `force`.
 */
function decideResend(
  mail: Mail,
  resend: MailResendRequested,
  command: AnsweredCommand,
  { nowMs, sendingMode = liveMode }: CommandContext,
): CommandDecision {
  if (!isFinished(mail)) {
    return mail.generation > 1
      ? declined(null, 'The mail is on its way again already.')
      : declined('mail-not-finished', 'Only a mail that has ended can go out again.');
  }
  const chosen = choose(mail, resend, sendingMode);
  if ('kind' in chosen) {
    return chosen;
  }
  const notAfter = laterNotAfter(resend.notAfter, nowMs);
  if (notAfter === null) {
    return declined('not-after-passed', 'notAfter has to be a time to come.');
  }
  const recipients = chosen.map(({ recipient, correctedAddress }) => ({
    address: recipient.address,
    correctedAddress,
  }));
  const data = { ...decisionFields(mail), round: mail.generation + 1, recipients, notAfter, command };
  return { kind: 'fact', fact: { name: 'mailRequeued', data } };
}

function choose(
  mail: Mail,
  command: MailResendRequested,
  mode: SendingModeNow,
): readonly Resent[] | CommandDecision {
  const byKey = new Map(mail.recipients.map((one) => [addressKey(one.address), one] as const));
  const requested: readonly RequestedRecipient[] = command.recipients ?? mail.recipients;
  const unknown = requested.find(({ address }) => !byKey.has(addressKey(address)));
  if (unknown !== undefined) {
    return declined('recipient-unknown', `${unknown.address} is no recipient of the mail.`);
  }
  const all = requested.flatMap((one): Resent[] => {
    const recipient = byKey.get(addressKey(one.address));
    return recipient === undefined ? [] : [{ recipient, correctedAddress: one.correctedAddress ?? null }];
  });
  const isConfirmed = command.confirmRedirected === true;
  if (!isConfirmed && all.some(({ recipient }) => wouldReach(mode, recipient))) {
    return declined('mail-redirected', 'The mail was redirected; confirm that its recipients are to get it.');
  }
  const isOwed = (one: Resent): boolean =>
    isMissing(one) || (isConfirmed && one.recipient.deliveredTo !== undefined);
  const chosen = command.recipients === undefined && command.force !== true ? all.filter(isOwed) : all;
  const hasIt = command.force === true ? undefined : chosen.find((one) => !isOwed(one));
  if (hasIt !== undefined || chosen.length === 0) {
    return declined('recipient-sent', `${hasIt?.recipient.address ?? 'Everyone'} has the mail already.`);
  }
  return wrongCorrection(mail, chosen) ?? chosen;
}

const isMissing = ({ recipient }: Resent): boolean => recipient.outcome !== 'sent';

/** A correction is an address that the mail does not go to yet, each only once; a copy follows the sender. */
function wrongCorrection(mail: Mail, chosen: readonly Resent[]): CommandDecision | undefined {
  const taken = new Set(mail.recipients.map(({ address }) => addressKey(address)));
  const copies = new Set((mail.decisions?.copies ?? []).map(({ address }) => addressKey(address)));
  for (const { recipient, correctedAddress } of chosen) {
    if (correctedAddress !== null) {
      const key = addressKey(correctedAddress);
      if (!isValidAddress(correctedAddress) || taken.has(key) || copies.has(addressKey(recipient.address))) {
        return declined('correction-invalid', `${correctedAddress} cannot stand for ${recipient.address}.`);
      }
      taken.add(key);
    }
  }
  return undefined;
}

/** What became of an unknown outcome, as a person knows it: of the recipients named, else of all that are `unknown`. */
function decideResolve(
  mail: Mail,
  resolve: MailResolveRequested,
  command: AnsweredCommand,
  { nowMs, sendingMode = liveMode }: CommandContext,
): CommandDecision {
  const { outcome, recipients: requested = null, resend: resendRequested = false } = resolve;
  const named = requested === null ? mail.recipients : namedRecipients(mail, requested);
  if (named === null) {
    return declined('recipient-unknown', 'A recipient that is named is none of the mail.');
  }
  const unknown = named.filter((one) => one.outcome === 'unknown');
  const contradicts =
    requested !== null && named.some((one) => one.outcome !== 'unknown' && !isSo(one, outcome));
  if (contradicts || (unknown.length === 0 && !named.some((one) => isSo(one, outcome)))) {
    return declined('outcome-not-unknown', 'Only an unknown outcome can be resolved, and only once.');
  }
  if (unknown.length === 0) {
    return declined(null, 'It is resolved like that already.');
  }
  const resend = outcome === 'not-sent' && resendRequested;
  if (resend && unknown.some((one) => wouldReach(sendingMode, one))) {
    return declined('mail-redirected', 'The mail was redirected; resolve it first, then confirm a resend.');
  }
  const notAfter = resend ? laterNotAfter(resolve.notAfter, nowMs) : null;
  if (resend && notAfter === null) {
    return declined('not-after-passed', 'notAfter has to be a time to come.');
  }
  return {
    kind: 'fact',
    fact: {
      name: 'mailResolved',
      data: {
        ...decisionFields(mail),
        state: stateAfter(mail, unknown, outcome, resend),
        by: 'person',
        outcome,
        recipients: unknown.map(({ address }) => address),
        resend,
        notAfter,
        command,
      },
    },
  };
}

function namedRecipients(mail: Mail, requested: readonly string[]): readonly RecipientResult[] | null {
  const keys = new Set(requested.map(addressKey));
  const named = mail.recipients.filter(({ address }) => keys.has(addressKey(address)));
  return named.length === keys.size ? named : null;
}

/** Whether a resolution said so; with `not-sent` the recipient may have been sent to again since. */
function isSo(one: RecipientResult, outcome: 'sent' | 'not-sent'): boolean {
  return outcome === 'sent' ? one.outcome === 'sent' : one.failure?.code === 'resolved-not-sent';
}

/** The state of the whole mail when these recipients are resolved. */
export function stateAfter(
  mail: Mail,
  unknown: readonly RecipientResult[],
  outcome: 'sent' | 'not-sent',
  resend: boolean,
): Mail['state'] {
  if (!isFinished(mail)) {
    return mail.state;
  }
  if (resend) {
    return 'deferred';
  }
  const resolved = outcome === 'sent' ? ('sent' as const) : ('rejected' as const);
  return finalState(
    mail.recipients.map((one) => (unknown.includes(one) ? { ...one, outcome: resolved } : one)),
  );
}

/** Whose mail a command from another module may act on: its own, anybody's, or nobody's. */
export const commandPolicies = ['own', 'all', 'none'] as const;
export type CommandPolicy = (typeof commandPolicies)[number];

/** What a command is decided on. */
interface CommandContext {
  readonly mail: Mail | undefined;
  /** The key of the command's record: only behind the request of its mail does its order hold. */
  readonly key: string | null;
  readonly nowMs: number;
  /** The `source` of the module that has written the command; null or absent where a service has. */
  readonly producer?: string | null | undefined;
  /** Default `own`. */
  readonly policy?: CommandPolicy | undefined;
  /** Default `live`. */
  readonly sendingMode?: SendingModeNow | undefined;
}

/** Mail of somebody else looks as if there were none. */
export function mayCommand(
  mail: Mail,
  { producer = null, policy = 'own' }: Pick<CommandContext, 'producer' | 'policy'>,
): boolean {
  return producer === null || policy === 'all' || (policy === 'own' && mail.producer === producer);
}

export function decideCommand(command: MailCommand, context: CommandContext): CommandDecision {
  const { mail, key, nowMs } = context;
  if (mail === undefined || !mayCommand(mail, context)) {
    return declined('mail-unknown', 'There is no mail with this id.');
  }
  if (mail.key !== key) {
    return declined('wrong-key', `The key of the record must be ${mail.key}.`.slice(0, 500));
  }
  switch (command.type) {
    case 'io.postausgang.mail-hold-requested.v1':
      return decideHold(mail, answeredCommand(command));
    case 'io.postausgang.mail-release-requested.v1':
      return decideRelease(mail, command, nowMs);
    case 'io.postausgang.mail-cancel-requested.v1':
      return decideCancel(mail, answeredCommand(command));
    case 'io.postausgang.mail-resend-requested.v1':
      return decideResend(mail, command.data, answeredCommand(command), context);
    case 'io.postausgang.mail-resolve-requested.v1':
      return decideResolve(mail, command.data, answeredCommand(command), context);
    default:
      return command satisfies never;
  }
}

function decideHold(mail: Mail, command: AnsweredCommand): CommandDecision {
  if (mail.state === 'held' && mail.heldFor === 'requested') {
    return declined(null, 'The mail is held already.');
  }
  return isWaiting(mail) || mail.state === 'held'
    ? {
        kind: 'fact',
        fact: { name: 'mailHeld', data: { ...decisionFields(mail), reason: 'requested', command } },
      }
    : tooLate(mail);
}

function decideRelease(
  mail: Mail,
  command: Extract<MailCommand, { type: 'io.postausgang.mail-release-requested.v1' }>,
  nowMs: number,
): CommandDecision {
  if (mail.state !== 'held') {
    const wasReleased = mail.history.some(({ entry }) => entry === 'released');
    return isFinished(mail) && !wasReleased ? tooLate(mail) : declined(null, 'The mail is not held.');
  }
  if (mail.heldFor === 'mail-disabled') {
    return declined(
      'mail-disabled',
      'Sending is switched off; when it is switched on, the mail goes on by itself.',
    );
  }
  const { notAfter = null } = command.data;
  const notAfterMs = notAfter === null ? mail.notAfterMs : instantMs(notAfter);
  if (notAfterMs === null || notAfterMs <= nowMs) {
    return declined('not-after-passed', 'Release it with a later notAfter, or cancel it.');
  }
  const data = {
    ...decisionFields(mail),
    reason: 'requested' as const,
    command: answeredCommand(command),
    notAfter,
  };
  return { kind: 'fact', fact: { name: 'mailReleased', data } };
}

function decideCancel(mail: Mail, command: AnsweredCommand): CommandDecision {
  if (isFinished(mail) && mail.recipients.some(({ outcome }) => outcome === 'cancelled')) {
    return declined(null, 'The mail is cancelled already.');
  }
  if (!isWaiting(mail) && mail.state !== 'held') {
    return tooLate(mail);
  }
  const cancelled = openRecipients(mail.recipients).map((one) => ({ ...one, outcome: 'cancelled' as const }));
  const left = mail.recipients.filter((one) => !openRecipients([one]).includes(one));
  const data = {
    ...decisionFields(mail),
    state: finalState([...left, ...cancelled]),
    recipients: cancelled,
    command,
  };
  return { kind: 'fact', fact: { name: 'mailCancelled', data } };
}

function tooLate(mail: Mail): CommandDecision {
  return mail.state === 'sending'
    ? declined('mail-sending', 'The message is with the server, whose answer is awaited.')
    : declined('mail-finished', `The mail has ended as ${mail.state}.`);
}
