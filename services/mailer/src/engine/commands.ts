/**
 * Commands about mails, answered by whoever owns the partition they lie in, in the order of the log: of those about one
 * mail the first, and the next when the answer of the one before is folded. An answer that finds the mail changed counts for
 * nothing: the command is open still, and is decided anew. Pure; see `plan.ts`.
 */
import { answeredCommand, decideCommand, homeOf, isFinished, type Mail } from '@postausgang/mail';
import type { DueCommand } from '../view/mail-view.ts';
import type { Completion } from './completer.ts';
import { eventIds } from './event-ids.ts';
import type { Facts, Told } from './plan.ts';

/** The first open command about a mail, with what is known of the mail. */
export interface OpenCommand extends DueCommand {
  readonly mail: Mail | undefined;
  /** Whether something is being done about the mail. */
  readonly isMailInFlight: boolean;
}

/** A command in flight. A mail id has no space. */
export function commandName({ position }: Pick<DueCommand, 'position'>): string {
  return `command ${position.partition} ${position.offset}`;
}

export function answers(facts: Facts): readonly Told[] {
  const { commands, leased } = facts;
  return commands
    .filter(({ mail }) => mail === undefined || leased.has(homeOf(mail)))
    .flatMap((open) => answer(open, facts) ?? []);
}

function answer(open: OpenCommand, { nowMs, commandPolicy: policy, sendingMode }: Facts): Told | null {
  const { command, key, position, mail, producer } = open;
  const { mailId } = command.data;
  const name = commandName(open);
  const decision = decideCommand(command, { mail, key, nowMs, producer, policy, sendingMode });
  if (decision.kind === 'declined') {
    const { code, detail } = decision;
    // Of mail that looks as if it did not exist nothing is told, and a wrong key leads to another partition.
    const requestedBy = code === 'mail-unknown' ? null : (mail?.requestedBy ?? null);
    const version = code === 'mail-unknown' || code === 'wrong-key' ? null : (mail?.version ?? null);
    const decidedOn = version === null ? {} : { expectedVersion: version };
    const id = eventIds.answer(mailId, command.id, version);
    const data = { mailId, requestedBy, ...decidedOn, command: answeredCommand(command), code, detail };
    const eventKey = key ?? `${position.partition}-${position.offset}`;
    return {
      kind: 'answer',
      event: { name: 'mailCommandDeclined', id, key: eventKey, data, inFlightAs: [name] },
    };
  }
  if (mail === undefined) {
    return null;
  }
  const { fact } = decision;
  const id = eventIds.answer(mailId, command.id, mail.version);
  const event = (...inFlightAs: readonly string[]): Completion => ({
    ...fact,
    id,
    key: mail.key,
    inFlightAs,
  });
  // Recipients that have ended are told of while others still wait: nothing that goes on about the mail minds.
  if (fact.name === 'mailResolved' && !isFinished(mail)) {
    return { kind: 'answer', event: event(name) };
  }
  return open.isMailInFlight
    ? { kind: 'answer', event: event(name), callsOff: mail.id }
    : { kind: 'answer', event: event(name, mail.id) };
}
