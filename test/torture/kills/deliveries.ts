import { createHash } from 'node:crypto';
import type { SinkMessage } from '../../peers/node-sink.ts';

export interface Deliveries {
  /** How often each Message-ID was taken. */
  readonly times: ReadonlyMap<string, number>;
  /** Message-IDs of which two copies differ in a byte or a recipient. */
  readonly differing: readonly string[];
}

const digestOf = ({ sender, recipients, content }: SinkMessage): string =>
  createHash('sha256').update(`${sender}\n${recipients.join()}\n`).update(content).digest('hex');

/** What a server has taken, by Message-ID. */
export function deliveriesOf(messages: readonly SinkMessage[]): Deliveries {
  const times = new Map<string, number>();
  const digests = new Map<string, Set<string>>();
  for (const message of messages) {
    const id = /^Message-ID: (<.*>)/im.exec(message.content.toString('latin1'))?.[1] ?? '';
    times.set(id, (times.get(id) ?? 0) + 1);
    digests.set(id, (digests.get(id) ?? new Set()).add(digestOf(message)));
  }
  const differing = [...digests].filter(([, found]) => found.size > 1).map(([id]) => id);
  return { times, differing };
}
