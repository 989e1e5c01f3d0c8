/**
 * One mail, the log it lies in, and some mailers that all act on it. The worst is assumed of everything around the rules:
 *
 * - There is no lease: any mailer acts at any time, on what it has folded so far. So every rebalance, pause and late write is
 *   among the histories.
 * - What was appended lands at any later time, in any order, also twice, also after its writer has died; or is lost with it.
 * - A mailer may die at any moment. The next run begins with the log alone.
 *
 * A world is a value: an action gives the next one.
 */
import type { OnUnknown } from '@postausgang/contracts';
import type { Mail, MailCommand, MailEvent, WaitingMail } from '../../packages/mail/src/index.ts';
import { acceptedAtMs, eventOf, place, request } from '../mail/mail-events.ts';
import type { Rules } from './rules.ts';

/** What a mailer is doing about the mail. */
export type Doing =
  /** All content is with the server; a command may still call it off. */
  | { readonly kind: 'sending'; readonly taken: WaitingMail; readonly to: readonly string[] }
  /** The intent is on its way to the log, or there. */
  | {
      readonly kind: 'intended';
      readonly taken: WaitingMail;
      readonly to: readonly string[];
      readonly accepted: readonly string[];
    }
  /** The final dot is sent, the reply is awaited. */
  | {
      readonly kind: 'dotted';
      readonly taken: WaitingMail;
      readonly to: readonly string[];
      readonly accepted: readonly string[];
    }
  /** Until this event is folded. */
  | { readonly kind: 'telling'; readonly eventId: string };

export interface Mailer {
  /** Names the run. */
  readonly run: string;
  /** How much of the log it has folded. */
  readonly folded: number;
  readonly doing: Doing | null;
  /** Answers under way that leave the mail alone: the ids of their events. */
  readonly answering: readonly string[];
}

/** An append that was not acknowledged yet. */
export interface Append {
  readonly run: string;
  readonly event: MailEvent;
  /** Its writer repeats it until it is there. */
  readonly isInsistent: boolean;
}

/** A final dot that a server has seen. */
export interface Dot {
  readonly attempt: string;
  readonly accepted: readonly string[];
  /** How long the log was. */
  readonly at: number;
  /** Null while the server has not decided. */
  readonly isTaken: boolean | null;
}

/** What the server says to those it had accepted; `lost…`: nothing arrives, and it has the message or not. */
export type Reply = 'sent' | 'rejected' | 'deferred' | 'lost-taken' | 'lost';
export const allReplies: readonly Reply[] = ['sent', 'rejected', 'deferred', 'lost-taken', 'lost'];

/** What may still happen. */
export interface Budget {
  readonly attempts: number;
  readonly crashes: number;
  readonly repeats: number;
  readonly expiries: number;
  /** How often sending is switched off for a moment. */
  readonly switches: number;
  /** Appends whose acknowledgment never comes. */
  readonly silences: number;
}

export interface World {
  readonly log: readonly MailEvent[];
  /** The mail after so many events. */
  readonly rows: readonly Mail[];
  readonly commands: readonly MailCommand[];
  /** The id of each command that is answered, with the place of the answer that counts. */
  readonly answered: ReadonlyMap<string, number>;
  /** Commands that nobody has given yet, in their order. */
  readonly script: readonly MailCommand[];
  readonly mailers: readonly Mailer[];
  readonly appends: readonly Append[];
  readonly dots: readonly Dot[];
  readonly replies: readonly Reply[];
  /** One mailer that has the log to itself: appends land in their order, and it does not wait for its own intent to be folded. */
  readonly isAlone: boolean;
  readonly budget: Budget;
}

export const nowMs = acceptedAtMs + 1000;
export const time = new Date(nowMs).toISOString();
export const context = { nowMs, jitter: 0.5 };

export interface Scenario {
  readonly recipients: readonly string[];
  readonly mailers: number;
  readonly onUnknown: OnUnknown;
  readonly script: readonly MailCommand[];
  readonly replies: readonly Reply[];
  readonly budget: Budget;
}

export function createWorld({ mail }: Rules, scenario: Scenario): World {
  const { recipients, onUnknown, script, replies, budget } = scenario;
  const row = mail.evolve(undefined, eventOf('mailRequested', request(recipients, { onUnknown })), place);
  if (row === undefined || row.state === 'awaited') throw new Error('no mail');
  const mailers = Array.from({ length: scenario.mailers }, (_, n) => newRun(`m${n}.0`));
  return {
    log: [],
    rows: [row],
    commands: [],
    answered: new Map(),
    script,
    mailers,
    appends: [],
    dots: [],
    replies,
    isAlone: scenario.mailers === 1,
    budget,
  };
}

export function newRun(run: string): Mailer {
  return { run, folded: 0, doing: null, answering: [] };
}

export function rowOf({ rows }: Pick<World, 'rows'>, { folded }: Pick<Mailer, 'folded'>): Mail {
  const row = rows[folded];
  if (row === undefined) throw new Error('a mailer has folded what is not there');
  return row;
}

/** The commands that a mailer has to answer, by what it has folded. */
export function openCommands(
  { commands, answered }: World,
  { folded, answering }: Mailer,
  row: Mail,
  { eventIds }: Rules,
): readonly MailCommand[] {
  return commands.filter(({ id }) => {
    const at = answered.get(id);
    const isUnderWay = answering.includes(eventIds.answer(row.id, id, row.version));
    return (at === undefined || at >= folded) && !isUnderWay;
  });
}

/** The world after an event has landed. */
export function landed(world: World, { mail }: Rules, event: MailEvent): World {
  const before = world.rows.at(-1);
  const place = { partition: 0, offset: world.log.length, key: before?.key ?? null };
  const answered = new Map(world.answered);
  for (const answer of mail.answersAmong(before, event, place)) {
    const command = 'command' in answer.data ? answer.data.command : undefined;
    if (command !== undefined && !answered.has(command.id)) answered.set(command.id, world.log.length);
  }
  const after = mail.evolve(before, event, place);
  if (after === undefined || after.state === 'awaited') throw new Error('the mail is gone');
  return { ...world, log: [...world.log, event], rows: [...world.rows, after], answered };
}

/** Tells worlds apart in which the same can happen and has been told. */
export function keyOf({ log, mailers, appends, commands, dots, budget }: World): string {
  const parts = [
    log.map(nameOf),
    mailers.map(
      ({ run, folded, doing, answering }) => `${run}:${folded}:${doingKey(doing)}:${answering.join()}`,
    ),
    appends
      .map(({ run, event, isInsistent }) => `${run}>${nameOf(event)}${isInsistent ? '!' : ''}`)
      .toSorted(),
    [commands.length],
    dots.map(({ attempt, at, isTaken }) => `${attempt}@${at}${isTaken}`),
    Object.values(budget),
  ];
  return parts.map((part) => part.join('|')).join('\n');
}

/** The id of an event and what it says. */
function nameOf({ id, type, data }: MailEvent): string {
  const recipients = 'recipients' in data ? data.recipients : [];
  const outcomes = recipients.map((one) => (typeof one === 'object' && 'outcome' in one ? one.outcome : ''));
  return `${id} ${type.slice(type.indexOf('mail-') + 5, -3)} ${outcomes.join()}`;
}

function doingKey(doing: Doing | null): string {
  if (doing === null) return '';
  return doing.kind === 'telling' ? doing.eventId : `${doing.kind}${doing.taken.version}`;
}
