import { EventLogError } from '../event-log-error.ts';
import type { DatabaseFile } from './database-file.ts';
import type { SqliteLogLimits } from './limits.ts';
import { createRecordReader } from './record-reader.ts';
import type { RecordReader } from './record-reader.ts';
import { createTopic } from './topic.ts';
import type { Topic } from './topic.ts';

export interface OpenTopic {
  readonly topic: Topic;
  readonly reader: RecordReader;
}

/** Returns a lookup of topics by name, which throws `unknown-topic`. */
export function openTopics(file: DatabaseFile, limits: SqliteLogLimits): (name: string) => OpenTopic {
  const topics = new Map(
    file.topics.map((stored): [string, OpenTopic] => [
      stored.name,
      { topic: createTopic(stored, limits), reader: createRecordReader(file.reader, stored.id, limits) },
    ]),
  );
  return (name) => {
    const found = topics.get(name);
    if (found === undefined) {
      const known = [...topics.keys()].join(', ');
      throw new EventLogError(
        'unknown-topic',
        `The event log has no topic ${name}. It was opened with: ${known}.`,
      );
    }
    return found;
  };
}
