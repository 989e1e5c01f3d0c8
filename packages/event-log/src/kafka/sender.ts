import kafkajs from 'kafkajs';
import type { Message, Producer, RecordMetadata } from 'kafkajs';
import type { Connection, Connections } from './connections.ts';

export type PartitionedMessage = Message & { readonly partition: number };

export interface Sender {
  /**
   * Resolves with the offset of the first message in each partition, once all copies in sync have them. Calls
   * `onSending` when there is a broker to send them to: from then on they may be durable, whatever comes.
   */
  send(
    messages: PartitionedMessage[],
    timeoutMs: number,
    onSending: () => void,
  ): Promise<Map<number, number>>;
  close(): void;
}

/**
 * One producer for one topic, one `send` at a time. It is not idempotent: after a failed produce the idempotent one of
 * kafkajs reuses a sequence number, and the broker drops the next batch as a duplicate although it says it has it.
 * After a failure the producer is thrown away, so a retry may write a batch twice; readers fold by event id.
 */
export function createSender(connections: Connections, topic: string): Sender {
  let current: { connection: Connection; producer: Promise<Producer> } | undefined;

  const open = () => {
    const connection = connections.open();
    return { connection, producer: connectProducer(connection) };
  };
  const close = () => {
    current?.connection.close();
    current = undefined;
  };
  return {
    close,
    async send(messages, timeoutMs, onSending) {
      current ??= open();
      const { connection, producer } = current;
      const request = { topic, messages, acks: -1, timeout: timeoutMs };
      const sent = producer.then((connected) => {
        onSending();
        return connected.send(request);
      });
      try {
        return firstOffsets(messages, await connection.within(timeoutMs, sent));
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}

async function connectProducer({ kafka }: Connection): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: false,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: { retries: 0 },
  });
  await producer.connect();
  return producer;
}

/** Every partition has to be acknowledged by name; kafkajs can forget one whose leader moves while it sends. */
function firstOffsets(
  messages: readonly PartitionedMessage[],
  answers: readonly RecordMetadata[],
): Map<number, number> {
  const offsets = new Map(
    answers.map(({ partition, baseOffset }): [number, number] => [partition, Number(baseOffset ?? -1)]),
  );
  for (const { partition } of messages) {
    if (!((offsets.get(partition) ?? -1) >= 0)) {
      throw new Error(`partition ${partition} was not acknowledged`);
    }
  }
  return offsets;
}
