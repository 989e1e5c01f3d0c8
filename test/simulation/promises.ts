/**
 * What holds in every world, whatever the rules say of themselves. Everything told is judged from the moment it lies in the
 * log, which is earlier than anybody hears of it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Mail, MailCommand, MailEvent } from '../../packages/mail/src/index.ts';
import type { Rules } from './rules.ts';
import type { Dot, World } from './world.ts';

/** The promise that the last action has broken, in words; null: all hold. */
export function brokenPromise(before: World, world: World, rules: Rules): string | null {
  const dot = world.dots.length > before.dots.length ? world.dots.at(-1) : undefined;
  const hasLanded = world.log.length > before.log.length;
  return (
    (dot === undefined ? null : brokenByDot(world, dot)) ??
    (hasLanded ? (brokenByAnswer(before, world, rules) ?? brokenByRepeat(world)) : null) ??
    brokenByDelivery(world) ??
    brokenByStatus(world)
  );
}

/** What people were told last, by the answers that count. */
interface Told {
  readonly isHeld: boolean;
  readonly cancelled: ReadonlySet<string>;
}

function toldIn({ log, answered }: World): Told {
  let isHeld = false;
  const cancelled = new Set<string>();
  for (const at of [...answered.values()].toSorted((one, other) => one - other)) {
    const event = log[at];
    switch (event?.type) {
      case 'io.postausgang.mail-held.v1':
        isHeld = true;
        break;
      case 'io.postausgang.mail-released.v1':
        isHeld = false;
        break;
      case 'io.postausgang.mail-cancelled.v1':
        isHeld = false;
        event.data.recipients.forEach(({ address }) => cancelled.add(address));
        break;
      case 'io.postausgang.mail-requeued.v1':
        event.data.recipients.forEach(({ address }) => cancelled.delete(address));
        break;
      default:
    }
  }
  return { isHeld, cancelled };
}

/** The final dot is what cannot be undone: the whole log so far has to allow it. */
function brokenByDot(world: World, { attempt, accepted, at }: Dot): string | null {
  const row = world.rows[at];
  if (row === undefined) throw new Error('a dot without a row');
  const { isHeld, cancelled } = toldIn(world);
  if (accepted.some((address) => cancelled.has(address))) return 'told cancelled, and it goes out';
  if (isHeld || row.state === 'held') return 'told held, and it goes out';
  const outcomes = new Map(row.recipients.map((one) => [one.address, one.outcome] as const));
  const told = accepted.map((address) => outcomes.get(address));
  if (told.includes('sent')) return 'told sent, and it goes out again';
  if (told.includes(undefined)) return 'it goes to an address that was corrected';
  const isIntended = row.state === 'sending' && row.intents.some((intent) => intent.attempt === attempt);
  return isIntended || world.isAlone ? null : 'it goes out, and its intent is not in the log';
}

/** An answer is true of the log at its own place: decided there, it would be the same. */
function brokenByAnswer(before: World, world: World, rules: Rules): string | null {
  const at = before.log.length;
  const [row, after, event] = [world.rows[at], world.rows[at + 1], world.log[at]];
  const id = [...world.answered].find(([, place]) => place === at)?.[0];
  const command = world.commands.find((one) => one.id === id);
  if (command === undefined || row === undefined || after === undefined || event === undefined) return null;
  const decision = rules.mail.decideCommand(command, {
    mail: row,
    key: row.key,
    nowMs: Date.parse(event.time),
  });
  const isDeclined = event.type === 'io.postausgang.mail-command-declined.v1';
  if ((decision.kind === 'declined') !== isDeclined) return `${command.type} is answered by ${event.type}`;
  if (isDeclined && 'code' in decision && decision.code !== event.data.code) {
    return `${command.type} is declined as ${event.data.code}, and not ${decision.code}`;
  }
  return brokenByFact(row, after, event, command);
}

function brokenByFact(row: Mail, after: Mail, event: MailEvent, command: MailCommand): string | null {
  const outcomeOf = (mail: Mail, address: string): string | undefined =>
    mail.recipients.find((one) => one.address === address)?.outcome;
  switch (event.type) {
    case 'io.postausgang.mail-held.v1':
      return after.state === 'held' && after.heldFor === 'requested' ? null : 'told held, and it is not';
    case 'io.postausgang.mail-released.v1':
      return after.state === 'held' ? 'told released, and it is held' : null;
    case 'io.postausgang.mail-cancelled.v1': {
      const isSo = row.recipients.every(
        ({ address, outcome }) => outcomeOf(after, address) === (isOpen(outcome) ? 'cancelled' : outcome),
      );
      return isSo ? null : 'told cancelled, and it is not';
    }
    case 'io.postausgang.mail-requeued.v1': {
      const named = event.data.recipients;
      const isForced = 'force' in command.data && command.data.force === true;
      const hasIt = named.some(({ address }) => outcomeOf(row, address) === 'sent');
      if (hasIt && !isForced) return 'told that those get it who have not got it, and one of them is sent';
      const isSo = named.every(
        ({ address, correctedAddress }) => outcomeOf(after, correctedAddress ?? address) === 'pending',
      );
      return isSo && after.generation === row.generation + 1 ? null : 'told resent, and it is not';
    }
    case 'io.postausgang.mail-resolved.v1': {
      const { recipients, outcome, resend } = event.data;
      const wanted = outcome === 'sent' ? 'sent' : resend ? 'pending' : 'rejected';
      const isSo = recipients.every(
        (address) => outcomeOf(row, address) === 'unknown' && outcomeOf(after, address) === wanted,
      );
      return isSo ? null : 'told resolved, and it is not';
    }
    default:
      return null;
  }
}

function isOpen(outcome: string): boolean {
  return outcome === 'pending' || outcome === 'deferred';
}

function brokenByRepeat({ log, rows }: World): string | null {
  const last = log.length - 1;
  const event = log[last];
  const isRepeat = log.findIndex((one) => one.id === event?.id && isDeepStrictEqual(one, event)) < last;
  return isRepeat && !isDeepStrictEqual(rows[last], rows[last + 1]) ? 'a repeat changes the mail' : null;
}

/** How often a recipient has the mail, and how often that was allowed. */
function brokenByDelivery(world: World): string | null {
  const doubled = addressesOf(world).find((address) => taken(world, address) > 1 + leaves(world, address));
  return doubled === undefined ? null : `${doubled} has the mail twice`;
}

function addressesOf({ dots }: World): readonly string[] {
  return [...new Set(dots.flatMap(({ accepted }) => accepted))];
}

function taken({ dots }: World, address: string): number {
  return dots.filter(({ accepted, isTaken }) => isTaken === true && accepted.includes(address)).length;
}

/** Somebody who knew that the recipient may have the mail has asked for another one; with `resend` everybody has. */
function leaves({ log, rows }: World, address: string): number {
  const onUnknown = rows[0]?.onUnknown;
  return log.filter((event, at) => {
    const outcomeIn = (row: Mail | undefined): string | undefined =>
      row?.recipients.find((one) => one.address === address)?.outcome;
    const [before, after] = [outcomeIn(rows[at]), outcomeIn(rows[at + 1])];
    if (
      event.type === 'io.postausgang.mail-requeued.v1' ||
      event.type === 'io.postausgang.mail-resolved.v1'
    ) {
      return (before === 'unknown' || before === 'sent') && after === 'pending';
    }
    const attempt = 'attempt' in event.data ? event.data.attempt : null;
    return onUnknown === 'resend' && attempt?.outcome === 'unknown';
  }).length;
}

/** What the status says is so. */
function brokenByStatus(world: World): string | null {
  const row = world.rows.at(-1);
  if (row === undefined) throw new Error('there is always a row');
  const { isHeld, cancelled } = toldIn(world);
  const isOver = 'finishedAtMs' in row;
  if (isHeld && row.state !== 'held' && !isOver) return 'told held, and it is not held any more';
  for (const { address, outcome, resolvedBy } of row.recipients) {
    const count = taken(world, address);
    if (cancelled.has(address) && outcome !== 'cancelled')
      return `${address} is told cancelled, and is ${outcome}`;
    if (isOver && isOpen(outcome)) return `it has ended, and ${address} waits`;
    if (resolvedBy !== undefined) continue;
    if (outcome === 'sent' && count === 0) return `${address} is told sent, and has nothing`;
    if (outcome !== 'sent' && !cancelled.has(address) && isKnownSent(world, address)) {
      return `the server has taken it for ${address}, which the log knows, and it is told ${outcome}`;
    }
    const isDenied = outcome === 'cancelled' || outcome === 'expired' || outcome === 'rejected';
    if (isDenied && count > 0 && leaves(world, address) === 0) {
      return `${address} is told ${outcome}, and has the mail`;
    }
  }
  return brokenState(row);
}

function brokenState({ state, recipients }: Mail): string | null {
  const all = (...outcomes: readonly string[]): boolean =>
    recipients.every(({ outcome }) => outcomes.includes(outcome));
  const isOver = !recipients.some(({ outcome }) => isOpen(outcome));
  const isEnd = !['queued', 'sending', 'deferred', 'held'].includes(state);
  const isSo =
    isOver === isEnd &&
    (state === 'sent') === all('sent') &&
    (state === 'unknown') === (isOver && recipients.some(({ outcome }) => outcome === 'unknown')) &&
    (state !== 'failed' || all('rejected')) &&
    (state !== 'cancelled' || !all('rejected'));
  return isSo
    ? null
    : `the mail is ${state}, and its recipients are ${recipients.map((one) => one.outcome).join()}`;
}

/** Whether an outcome with the server's word lies in the log behind the last time that the recipient was opened. */
function isKnownSent({ log, rows }: World, address: string): boolean {
  const isReopened = (at: number): boolean => {
    const outcomeIn = (row: Mail | undefined): string | undefined =>
      row?.recipients.find((one) => one.address === address)?.outcome;
    return outcomeIn(rows[at + 1]) === 'pending' && outcomeIn(rows[at]) !== 'pending';
  };
  const lastOpened = log.findLastIndex((_event, at) => isReopened(at));
  return log
    .slice(lastOpened + 1)
    .some(
      ({ data }) =>
        'attempt' in data &&
        data.attempt?.outcome !== null &&
        data.recipients.some(
          (one) => typeof one === 'object' && one.address === address && one.outcome === 'sent',
        ),
    );
}
