import type { KafkaLogLimits } from './limits.ts';
import type { PreparedTopic } from './prepare-topics.ts';
import type { Progress } from './progress.ts';

/** What a way of reading gets; it reads until the follower is stopped or something fails. */
export interface ReadingOptions {
  readonly topic: PreparedTopic;
  readonly progress: Progress;
  readonly limits: KafkaLogLimits;
  readonly clientId: string;
  /** Called when the brokers answer. */
  readonly onConnected: () => void;
}
