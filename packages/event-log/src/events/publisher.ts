import {
  type CloudEvent,
  type EventData,
  type EventName,
  type EventOf,
  events,
  topics,
  writeRecord,
} from '@postausgang/contracts';
import type { EventLog, Position } from '../event-log.ts';

/** What a publisher needs from outside: who it is, the time, and new ids. */
export interface PublisherOptions {
  /** CloudEvents source, a URI reference such as `/config-api`. */
  readonly source: string;
  readonly now: () => Date;
  readonly newId: () => string;
}

export interface PublishOptions {
  /** The event id, where the caller must know it beforehand or repeat it. */
  readonly id?: string;
  /** RFC 3339; default now. */
  readonly time?: string;
  readonly subject?: string;
  /** The JSON of the data in UTF-8, where the caller has it already: large data is not written out once more. */
  readonly json?: Uint8Array;
}

export interface Published<Name extends EventName> {
  readonly event: EventOf<Name>;
  readonly position: Position;
}

export interface Publisher {
  /**
   * Appends one event to its topic; resolves when it is durable. Rejects with the errors of `EventLog.append`. The data is
   * a value from now on: followers in this process may get this very object.
   */
  publish<Name extends EventName>(
    name: Name,
    key: string,
    data: EventData<Name>,
    options?: PublishOptions,
  ): Promise<Published<Name>>;
}

/** Publishes events of the product to the topics their definitions name. */
export function createPublisher(log: EventLog, { source, now, newId }: PublisherOptions): Publisher {
  return {
    async publish(name, key, data, options = {}) {
      const definition = events[name];
      const event: CloudEvent = {
        id: options.id ?? newId(),
        type: definition.type,
        source,
        time: options.time ?? now().toISOString(),
        ...(options.subject === undefined ? {} : { subject: options.subject }),
        data,
      };
      const { headers, value } = writeRecord(key, event, options.json);
      const [position] = await log.append(topics[definition.topic].name, [
        { key, headers, value, original: event },
      ]);
      if (position === undefined) {
        throw new Error('The log answered without a position');
      }
      return { event: event as EventOf<typeof name>, position };
    },
  };
}
