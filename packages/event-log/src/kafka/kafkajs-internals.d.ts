/** The parts of kafkajs 2.2.4 that are used and not public. Written down from its source. */

declare module 'kafkajs/src/cluster/index.js' {
  import type { ISocketFactory, Logger, RetryOptions, SASLOptions } from 'kafkajs';
  import type { ConnectionOptions } from 'node:tls';

  export interface ClusterOptions {
    readonly logger: Logger;
    readonly brokers: readonly string[];
    readonly clientId: string;
    readonly socketFactory: ISocketFactory;
    readonly ssl: ConnectionOptions | boolean;
    readonly sasl: SASLOptions | undefined;
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly enforceRequestTimeout: boolean;
    readonly metadataMaxAge: number;
    readonly retry: RetryOptions;
    readonly allowAutoTopicCreation: boolean;
    readonly maxInFlightRequests: number | null;
    /** 1: only what is committed. */
    readonly isolationLevel: 0 | 1;
  }

  export interface RawMessage {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | null | readonly (Buffer | null)[]>>;
  }

  export interface FetchedPartition {
    readonly partition: number;
    readonly lastStableOffset: string;
    readonly highWatermark: string;
    readonly messages: readonly RawMessage[];
  }

  export interface FetchRequest {
    readonly isolationLevel: 0 | 1;
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
    }[];
  }

  export interface Broker {
    fetch(request: FetchRequest): Promise<{
      readonly responses: readonly {
        readonly topicName: string;
        readonly partitions: readonly FetchedPartition[];
      }[];
    }>;
  }

  interface TopicOffsets {
    readonly topic: string;
    readonly partitions: readonly { partition: number; offset: string }[];
  }

  class Cluster {
    constructor(options: ClusterOptions);
    connect(): Promise<void>;
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
    findBroker(node: { nodeId: string }): Promise<Broker>;
    findGroupCoordinator(group: { groupId: string }): Promise<unknown>;
    /** Partitions by the node id of their leader; partitions that do not exist are left out. */
    findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
    fetchTopicsOffset(
      topics: readonly { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
    ): Promise<readonly TopicOffsets[]>;
  }
  export { Cluster as default };
}

declare module 'kafkajs/src/consumer/batch.js' {
  import type { FetchedPartition, RawMessage } from 'kafkajs/src/cluster/index.js';

  /** Leaves out what lies before the offset asked for, aborted transactions and control records. */
  class Batch {
    constructor(topic: string, fetchedOffset: string, partition: FetchedPartition);
    readonly messages: readonly RawMessage[];
  }
  export { Batch as default };
}

declare module 'kafkajs/src/consumer/consumerGroup.js' {
  import type { Logger, RetryOptions } from 'kafkajs';
  import type Cluster from 'kafkajs/src/cluster/index.js';

  export interface ConsumerGroupOptions {
    readonly cluster: Cluster;
    readonly groupId: string;
    readonly topics: readonly string[];
    readonly topicConfigurations: Readonly<Record<string, { fromBeginning: boolean }>>;
    readonly assigners: readonly unknown[];
    readonly sessionTimeout: number;
    readonly rebalanceTimeout: number;
    readonly retry: RetryOptions;
    readonly logger: Logger;
    readonly instrumentationEmitter: { emit(): void };
  }

  class ConsumerGroup {
    constructor(options: ConsumerGroupOptions);
    memberId: string | null;
    generationId: number | null;
    coordinator: unknown;
    joinAndSync(): Promise<void>;
    /** Sends a heartbeat unless the last one is younger than `interval` milliseconds. */
    heartbeat(options: { interval: number }): Promise<void>;
    leave(): Promise<void>;
    assigned(): { topic: string; partitions: number[] }[];
  }
  export { ConsumerGroup as default };
}

declare module 'kafkajs/src/consumer/assigners/roundRobinAssigner/index.js' {
  import type Cluster from 'kafkajs/src/cluster/index.js';
  function createRoundRobinAssigner(options: { cluster: Cluster }): unknown;
  export { createRoundRobinAssigner as default };
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  class RequestQueue {
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    pending: readonly unknown[];
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
  export { RequestQueue as default };
}

declare module 'kafkajs-snappy' {
  function createSnappyCodec(): {
    decompress(buffer: Buffer): Promise<Buffer>;
  };
  export { createSnappyCodec as default };
}

declare module 'lz4js' {
  export function decompress(buffer: Uint8Array, maxSize?: number): Uint8Array;
  /** The size that the frame says, or else the largest that its blocks can have. */
  export function decompressBound(buffer: Uint8Array): number;
}
