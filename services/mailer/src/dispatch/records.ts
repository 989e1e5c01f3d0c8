import type { Logger } from 'pino';
import type { EventData } from '@postausgang/contracts';
import type { Publisher } from '@postausgang/event-log';
import type { CommandFact, Mail, MailOutcome } from '@postausgang/mail';
import type { Clock } from './clock.ts';
import type { Hand } from './hand.ts';
import { persist } from './persist.ts';

export interface RecordsDeps {
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error'>;
  readonly hand: Hand;
  readonly hasStopped: () => boolean;
}

/** The events that end what was in hand. */
type RecordName =
  MailOutcome['name'] | CommandFact['name'] | 'mailCommandDeclined' | 'mailLookupEnded' | 'mailRefused';

export interface RecordOf<Name extends RecordName> {
  readonly name: Name;
  readonly id: string;
  readonly key: string;
  readonly data: EventData<Name>;
  /** What stays in hand until the event is folded: mail ids, or names for records that are no mails. */
  readonly inHandAs: readonly string[];
}

/** Writes what has happened into the log, until it is there; what it is about stays in hand until it is folded. */
export interface Records {
  outcome(mail: Mail, outcome: MailOutcome, eventId: string): void;
  event<Name extends RecordName>(record: RecordOf<Name>): void;
}

export function createRecords({ publisher, clock, logger, hand, hasStopped }: RecordsDeps): Records {
  const event: Records['event'] = ({ name, id, key, data, inHandAs: names }) => {
    for (const inHandAs of names) {
      hand.take(inHandAs);
      hand.awaitEvent(inHandAs, id);
    }
    const subject = data.mailId === null ? {} : { subject: data.mailId };
    void persist(() => publisher.publish(name, key, data, { id, ...subject }), {
      clock,
      isOver: () => hasStopped() || !hand.isAwaited(id),
      onFailed: (error) =>
        logger.error({ err: error, eventId: id }, 'a mail event cannot be written; trying again'),
    });
  };
  return {
    event,
    outcome: (mail, { name, data }, id) => event({ name, id, key: mail.key, data, inHandAs: [mail.id] }),
  };
}
