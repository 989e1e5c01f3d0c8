import type { PartitionBounds } from '../event-log.ts';
import type { Connections } from './connections.ts';
import { toEventLogError } from './kafka-failure.ts';
import type { KafkaLogLimits } from './limits.ts';
import { fetchOffsetRanges } from './offset-ranges.ts';
import type { PreparedTopic } from './prepare-topics.ts';

/** What each partition of a topic holds, asked over a connection of its own. */
export async function fetchBounds(
  connections: Connections,
  { requestTimeoutMs }: KafkaLogLimits,
  { definition: { name, partitions } }: PreparedTopic,
): Promise<readonly PartitionBounds[]> {
  const { cluster, within, close } = connections.open();
  const ask = async (): Promise<readonly PartitionBounds[]> => {
    await cluster.connect();
    await cluster.addMultipleTargetTopics([name]);
    const numbers = Array.from({ length: partitions }, (_, index) => index);
    const ranges = await fetchOffsetRanges(cluster, name, numbers);
    return [...ranges].map(([partition, range]) => ({ partition, ...range }));
  };
  try {
    return await within(requestTimeoutMs, ask());
  } catch (error) {
    throw toEventLogError(error, `ask for the bounds of ${name}`);
  } finally {
    close();
  }
}
