import type Cluster from 'kafkajs/src/cluster/index.js';
import type { OffsetRange } from './progress.ts';

/** What each partition holds now, as far as it is committed. The cluster has to know the topic. */
export async function fetchOffsetRanges(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, OffsetRange>> {
  const wanted = { topic, partitions: partitions.map((partition) => ({ partition })) };
  const [starts, ends] = await Promise.all([
    fetchOffsets(cluster, { ...wanted, fromBeginning: true }),
    fetchOffsets(cluster, { ...wanted, fromBeginning: false }),
  ]);
  return new Map(
    partitions.map((partition): [number, OffsetRange] => {
      const start = starts.get(partition);
      const end = ends.get(partition);
      if (start === undefined || end === undefined) {
        throw new Error(`no broker knows the offsets of ${topic}/${partition}`);
      }
      return [partition, { start, end }];
    }),
  );
}

type WantedOffsets = Parameters<Cluster['fetchTopicsOffset']>[0][number];

async function fetchOffsets(cluster: Cluster, wanted: WantedOffsets): Promise<Map<number, number>> {
  const [found] = await cluster.fetchTopicsOffset([wanted]);
  return new Map(
    found?.partitions.map(({ partition, offset }): [number, number] => [partition, Number(offset)]),
  );
}
