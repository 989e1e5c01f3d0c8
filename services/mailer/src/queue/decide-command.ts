/**
 * What becomes of a command about a mail: a fact, or nothing, with the reason. Pure, so that every rule can be tested
 * without a queue. Repeating a command is no mistake: where it is so already, there is nothing to do.
 */
import type { AnsweredCommand } from '@postausgang/contracts';
import { mailFields } from '../delivery/outcome.ts';
import { answeredCommand, type CommandDecision, declined } from './command-decision.ts';
import { decideResend } from './decide-resend.ts';
import { decideResolve } from './decide-resolve.ts';
import { instantMs } from './instants.ts';
import type { MailCommand } from './mail-event.ts';
import { isFinished, isWaiting, type Mail } from './mail-row.ts';
import { finalState, openRecipients } from './recipients.ts';

/** What a command is decided on. */
export interface CommandContext {
  readonly mail: Mail | undefined;
  /** The key of the command's record: only behind the request of its mail does its order hold. */
  readonly key: string | null;
  readonly nowMs: number;
}

export function decideCommand(command: MailCommand, { mail, key, nowMs }: CommandContext): CommandDecision {
  if (mail === undefined) {
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
      return decideResend(mail, command.data, answeredCommand(command), nowMs);
    case 'io.postausgang.mail-resolve-requested.v1':
      return decideResolve(mail, command.data, answeredCommand(command), nowMs);
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
        fact: { name: 'mailHeld', data: { ...mailFields(mail), reason: 'requested', command } },
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
    ...mailFields(mail),
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
    ...mailFields(mail),
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
