import { readRecord, topics } from '@postausgang/contracts';
import type { EventLog } from '@postausgang/event-log';
import type { FoldedPosition, MailTopic, MailView } from '../view/mail-view.ts';

/**
 * Whether the view was made from this log: the last record it has seen of each partition is still what it was. It is
 * not when the log was replaced, or restored to an older state.
 */
export async function isOfThisLog(view: MailView, log: EventLog): Promise<boolean> {
  const checks = (['mailRequests', 'mailEvents'] as const).flatMap((topic) =>
    view.positions(topic).map((position) => holds(log, topic, position)),
  );
  return (await Promise.all(checks)).every(Boolean);
}

async function holds(log: EventLog, topic: MailTopic, folded: FoldedPosition): Promise<boolean> {
  const { partition, offset, lastEventId } = folded;
  const record = await log.read(topics[topic].name, { partition, offset: offset - 1 });
  if (record === undefined) {
    return false;
  }
  const result = readRecord(record);
  return lastEventId === (result.ok ? result.event.id : null);
}
