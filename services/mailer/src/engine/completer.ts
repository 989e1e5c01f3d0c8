import type { Logger } from 'pino';
import type { EventData } from '@postausgang/contracts';
import type { Publisher } from '@postausgang/event-log';
import { type CommandFact, type Mail, type MailEvent, mailIdOf, type MailOutcome } from '@postausgang/mail';
import { within } from '@postausgang/net';
import type { CommandAnswer, MailView } from '../view/mail-view.ts';
import type { Clock } from './clock.ts';

/** The answers to commands, for whoever waits for one. */
export interface CommandWaiters {
  /** Resolves when the answer is folded: at once where it is already. */
  to(mailId: string, commandId: string): Promise<CommandAnswer>;
  /** To be called with every event that was folded. */
  folded(event: MailEvent): void;
}

export function createCommandWaiters(view: Pick<MailView, 'answerTo'>): CommandWaiters {
  const waiting = new Map<string, ((answer: CommandAnswer) => void)[]>();
  const keyOf = (mailId: string, commandId: string): string => `${mailId} ${commandId}`;
  return {
    to(mailId, commandId) {
      const known = view.answerTo(mailId, commandId);
      if (known !== undefined) {
        return Promise.resolve(known);
      }
      const key = keyOf(mailId, commandId);
      const { promise, resolve } = Promise.withResolvers<CommandAnswer>();
      waiting.set(key, [...(waiting.get(key) ?? []), resolve]);
      return promise;
    },
    folded(event) {
      const command = 'command' in event.data ? event.data.command : undefined;
      const mailId = mailIdOf(event);
      if (command !== undefined && mailId !== null) {
        const key = keyOf(mailId, command.id);
        const told = waiting.get(key);
        // An answer that came too late for the version it was decided on is none.
        const answer = told === undefined ? undefined : view.answerTo(mailId, command.id);
        if (told !== undefined && answer !== undefined) {
          waiting.delete(key);
          told.forEach((resolve) => resolve(answer));
        }
      }
    },
  };
}

/**
 * What is in flight: mails from when something is done about them until the event that tells of it has come back through
 * the log. In between the row still looks as if nothing had happened, so nobody may act on it again.
 */
export interface InFlight {
  readonly size: number;
  has(key: string): boolean;
  take(key: string): void;
  /** Stays in flight until this event is folded. */
  awaitEvent(key: string, eventId: string): void;
  isAwaited(eventId: string): boolean;
  /** Releases what waited for this event. */
  eventFolded(eventId: string): void;
  drop(key: string): void;
  /** Resolves when nothing is in flight. */
  empty(): Promise<void>;
}

export function createInFlight(): InFlight {
  const inFlight = new Set<string>();
  const awaited = new Map<string, readonly string[]>();
  let whenEmpty: (() => void)[] = [];
  const drop = (key: string): void => {
    inFlight.delete(key);
    if (inFlight.size === 0) {
      whenEmpty.forEach((resolve) => resolve());
      whenEmpty = [];
    }
  };
  return {
    get size() {
      return inFlight.size;
    },
    has: (key) => inFlight.has(key),
    take: (key) => void inFlight.add(key),
    awaitEvent: (key, eventId) => void awaited.set(eventId, [...(awaited.get(eventId) ?? []), key]),
    isAwaited: (eventId) => awaited.has(eventId),
    eventFolded(eventId) {
      const keys = awaited.get(eventId) ?? [];
      awaited.delete(eventId);
      keys.forEach(drop);
    },
    drop,
    empty: () =>
      inFlight.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenEmpty.push(resolve)),
  };
}

interface PersistOptions {
  readonly clock: Clock;
  /** Whether it need not be tried any more: it was durable after all, or the queue has stopped. */
  readonly isOver: () => boolean;
  /** Hears of each failed try. */
  readonly onFailed: (error: unknown) => void;
}

const firstPauseMs = 100;
const longestPauseMs = 10_000;

/** Publishes until it is durable. An outcome must not be lost, whatever the log is going through. */
async function persist(publish: () => Promise<unknown>, options: PersistOptions): Promise<void> {
  const { clock, isOver, onFailed } = options;
  for (let pauseMs = firstPauseMs; !isOver(); pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await publish();
      return;
    } catch (error) {
      onFailed(error);
      await new Promise<void>((resolve) => void clock.setTimer(pauseMs, resolve));
    }
  }
}

interface CompleterDeps {
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error'>;
  readonly inFlight: InFlight;
  /** Aborted when nothing is written any more. */
  readonly halted: AbortSignal;
  readonly view: Pick<MailView, 'get'>;
  /** Hears of each event when it is durable. */
  readonly onCompleted?: ((event: Completion, mail: Mail | undefined) => void) | undefined;
}

/** The events that end what was in flight. */
type CompletionName =
  MailOutcome['name'] | CommandFact['name'] | 'mailCommandDeclined' | 'mailLookupEnded' | 'mailRefused';

/** An event that ends a step. */
export type Completion = {
  [Name in CompletionName]: {
    readonly name: Name;
    readonly id: string;
    readonly key: string;
    readonly data: EventData<Name>;
    /** What stays in flight until the event is folded: mail ids, or names for records that are no mails. */
    readonly inFlightAs: readonly string[];
  };
}[CompletionName];

/** Writes what has happened into the log, until it is there; what it is about stays in flight until it is folded. */
export interface Completer {
  complete(event: Completion): void;
}

export function createCompleter(deps: CompleterDeps): Completer {
  const { publisher, clock, logger, inFlight, halted, view, onCompleted } = deps;
  return {
    complete(event) {
      const { name, id, key, data, inFlightAs } = event;
      for (const one of inFlightAs) {
        inFlight.take(one);
        inFlight.awaitEvent(one, id);
      }
      // What ends after the view was closed is written by nobody any more.
      const mail = data.mailId === null || halted.aborted ? undefined : view.get(data.mailId);
      const subject = data.mailId === null ? {} : { subject: data.mailId };
      const options = { id, ...subject, traceparent: mail?.traceparent };
      void persist(() => publisher.publish(name, key, data, options), {
        clock,
        isOver: () => halted.aborted || !inFlight.isAwaited(id),
        onFailed: (error) =>
          logger.error({ err: error, eventId: id }, 'a mail event cannot be written; trying again'),
      }).then(() => halted.aborted || onCompleted?.(event, view.get(data.mailId ?? '')));
    },
  };
}

/**
 * Who wins between an attempt and a command about its mail. Both are in this process and nothing is awaited in between:
 * until the attempt commits, which it does before its intent goes to the log, a command can call it off. After that the
 * message is on its way, and the command is decided on what the log says.
 */
export interface AttemptGuard {
  /** For the attempt that is about to begin. */
  open(mailId: string): GuardedAttempt;
  /** Says whether there is an attempt that is called off by this, in favor of the event with this id. */
  callOff(mailId: string, eventId: string): boolean;
  /** Calls off every attempt that has not committed, and all that follow: the process stops. Says which mails. */
  close(): readonly string[];
}

export interface GuardedAttempt {
  /** False: the attempt was called off, and must not go on. */
  commit(): boolean;
  /** The id of the event it was called off by. */
  calledOffBy(): string | null;
  end(): void;
}

/** Instead of an event's id: no event tells of it, the mail is as it was. */
const stopping = 'stopping';

export function createAttemptGuard(): AttemptGuard {
  const open = new Map<string, (eventId: string) => void>();
  let isClosed = false;
  return {
    open(mailId) {
      let calledOffBy: string | null = isClosed ? stopping : null;
      const close = () => void open.delete(mailId);
      open.set(mailId, (eventId) => {
        calledOffBy = eventId;
        close();
      });
      return {
        commit() {
          if (calledOffBy === null) {
            close();
          }
          return calledOffBy === null;
        },
        calledOffBy: () => calledOffBy,
        end: close,
      };
    },
    close() {
      isClosed = true;
      const mailIds = [...open.keys()];
      open.values().forEach((callOff) => callOff(stopping));
      return mailIds;
    },
    callOff(mailId, eventId) {
      const callOff = open.get(mailId);
      callOff?.(eventId);
      return callOff !== undefined;
    },
  };
}

/** Resolves when nothing is in flight any more, or when the time is up. */
export async function emptied(
  { logger }: { readonly logger: Pick<Logger, 'warn'> },
  inFlight: Pick<InFlight, 'size' | 'empty'>,
  graceMs: number,
): Promise<void> {
  const isTold = await within(
    graceMs,
    inFlight.empty().then(() => true),
    () => false,
  );
  if (!isTold)
    logger.warn({ mails: inFlight.size }, 'no answer in time: what was handed over will be unknown');
}
