import kafkajs from 'kafkajs';

const partitioner = kafkajs.Partitioners.DefaultPartitioner();

/** The partition of a key as Kafka's Java client chooses it, so that foreign writers agree with us. */
export function partitionOfKey(topic: string, key: string, partitions: number): number {
  const partitionMetadata = partitionLists.get(partitions) ?? listPartitions(partitions);
  return partitioner({ topic, partitionMetadata, message: { key, value: null } });
}

type PartitionList = Parameters<typeof partitioner>[0]['partitionMetadata'];

const partitionLists = new Map<number, PartitionList>();

function listPartitions(count: number): PartitionList {
  const list = Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  partitionLists.set(count, list);
  return list;
}
