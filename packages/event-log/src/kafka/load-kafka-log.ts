import type { KafkaLogOptions } from './kafka-log-options.ts';
import type { KafkaLog } from './open-kafka-log.ts';

/** See `openKafkaLog` there. The client is loaded only now: a process that needs none does not carry it in memory. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const adapter = await import('./open-kafka-log.ts');
  return adapter.openKafkaLog(options);
}
