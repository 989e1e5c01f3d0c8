/**
 * Commands about mails, decided by whoever owns the partition they lie in. They are decided in the order of the log, those
 * about one mail one after the other: the next one sees what the one before has done. Without a lease that surely holds
 * nothing is decided: another mailer may have begun to send.
 */
import { answeredCommand, type CommandFact, decideCommand, isFinished, type Mail } from '@postausgang/mail';
import type { DueCommand, MailView } from '../view/mail-view.ts';
import type { AttemptGuard, Completer, InFlight } from './completer.ts';
import { eventIds } from './event-ids.ts';

interface CommandsDeps {
  readonly view: Pick<MailView, 'get' | 'dueCommands'>;
  readonly hand: InFlight;
  readonly claims: Pick<AttemptGuard, 'callOff'>;
  readonly records: Completer;
  readonly nowMs: () => number;
  /** See `Acting`. */
  readonly epochOf: (mail: Mail) => number | undefined;
  /** The partitions this process may act on. */
  readonly partitions: () => readonly number[];
}

export interface Commands {
  /** Answers what can be answered now; the rest follows as events come back. */
  decideDue(): void;
}

const atOnce = 500;

export function createCommands(deps: CommandsDeps): Commands {
  const { view, hand, partitions } = deps;
  return {
    decideDue() {
      const seen = new Set<string>();
      for (const due of view.dueCommands(partitions(), atOnce)) {
        const { mailId } = due.command.data;
        if (!seen.has(mailId) && !hand.has(nameOf(due))) {
          decide(deps, due);
        }
        seen.add(mailId);
      }
    },
  };
}

/** Of a command in flight. A mail id has no space. */
function nameOf({ position }: DueCommand): string {
  return `command ${position.partition} ${position.offset}`;
}

function decide(deps: CommandsDeps, due: DueCommand): void {
  const { command, key, position } = due;
  const { mailId } = command.data;
  const mail = deps.view.get(mailId);
  if (mail !== undefined && deps.epochOf(mail) === undefined) {
    return;
  }
  const decision = decideCommand(command, { mail, key, nowMs: deps.nowMs() });
  const answered = answeredCommand(command);
  const answering = { id: eventIds.answer(mailId, command.id), inFlightAs: nameOf(due) };
  if (decision.kind === 'declined') {
    const { code, detail } = decision;
    deps.records.event({
      name: 'mailCommandDeclined',
      id: answering.id,
      key: key ?? `${position.partition}-${position.offset}`,
      data: { mailId, command: answered, code, detail },
      inFlightAs: [answering.inFlightAs],
    });
  } else if (mail !== undefined) {
    record(deps, mail, decision.fact, answering);
  }
}

interface Answering {
  readonly id: string;
  readonly inFlightAs: string;
}

/** Where something else is being done about the mail, the command waits for what comes of that. */
function record(
  { hand, claims, records }: CommandsDeps,
  mail: Mail,
  { name, data }: CommandFact,
  { id, inFlightAs }: Answering,
): void {
  const { key } = mail;
  const concernsOnlyTheEnded = name === 'mailResolved' && !isFinished(mail);
  if (!hand.has(mail.id) && !concernsOnlyTheEnded) {
    records.event({ name, id, key, data, inFlightAs: [inFlightAs, mail.id] });
  } else if (concernsOnlyTheEnded || claims.callOff(mail.id, id)) {
    records.event({ name, id, key, data, inFlightAs: [inFlightAs] });
  }
}
