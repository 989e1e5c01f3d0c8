/** The log of a service over Kafka: it belongs to an installation, and what nobody has signed counts for nothing. */
import { type LogPlace, topics } from '@postausgang/contracts';
import type { EventLog } from './event-log.ts';
import { type Installation, type InstallationOptions, openInstallation } from './installation.ts';
import { logKeysOf, type LogSecrets, signingKey } from './record-signatures.ts';
import { createSignedLog, type SignedLog } from './signed-log.ts';

interface InstalledLogOptions<Log extends EventLog> extends Omit<
  InstallationOptions,
  'log' | 'logName' | 'keys'
> {
  readonly log: Log;
  /** What stands before the names of the topics. */
  readonly topicPrefix: string;
  readonly keys: LogSecrets;
  /** The keys of modules that write requests, by their `source`. */
  readonly producerKeys?: ReadonlyMap<string, Uint8Array>;
}

/** Where a log in Kafka lies: a mirror of its topics is in another cluster, or has another prefix. */
export function placeInKafka(
  { clusterId }: { readonly clusterId: string | null },
  { topicPrefix }: { readonly topicPrefix: string },
): LogPlace {
  return { device: null, folder: clusterId ?? '', log: topicPrefix };
}

export interface InstalledLog<Log extends EventLog> extends SignedLog<Log> {
  readonly installation: Installation;
}

/** @throws as `openInstallation`; the log is closed then. */
export async function openInstalledLog<Log extends EventLog>(
  options: InstalledLogOptions<Log>,
): Promise<InstalledLog<Log>> {
  const { log, topicPrefix, producerKeys = new Map<string, Uint8Array>(), logger } = options;
  const keys = logKeysOf(options.keys);
  const producers = new Map([...producerKeys].map(([source, key]) => [source, signingKey(key)]));
  const logName = `Kafka topic ${topicPrefix}${topics.settings.name}`;
  try {
    const { installation, acceptance } = await openInstallation({ ...options, logName, keys });
    return { ...createSignedLog({ log, keys, acceptance, producers, logger }), installation };
  } catch (error) {
    await log.close();
    throw error;
  }
}
